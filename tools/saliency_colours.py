"""Draws up the colour table of saliency maps: equal steps look equally large, and more is lighter.

python tools/saliency_colours.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from skimage.color import lab2rgb

COLOUR_FILE = Path(__file__).resolve().parents[1] / "Resources" / "Colors" / "TumorResponseSaliency.ctbl"
# CIELAB: the lightness rises all the way; the hue goes from violet over red to pale orange.
CONTROL_POINTS = ((14.0, 24.0, -30.0), (32.0, 52.0, -22.0), (50.0, 64.0, 22.0), (69.0, 38.0, 56.0), (88.0, 6.0, 42.0))
ENTRIES = 256


def table() -> NDArray[np.uint8]:
    """The colours, ``(256, 3)``, least saliency first."""
    points = np.array(CONTROL_POINTS)
    # Distances in CIELAB are differences as they are seen.
    along = np.concatenate([[0.0], np.linalg.norm(np.diff(points, axis=0), axis=1).cumsum()])
    at = np.linspace(0.0, along[-1], ENTRIES)
    lab = np.stack([np.interp(at, along, channel) for channel in points.T], axis=-1)
    return np.round(lab2rgb(lab) * 255).astype(np.uint8)


def text() -> str:
    """The table in the format of Slicer's .ctbl files: number, name, red, green, blue, opacity."""
    lines = [f"{index} {index / (ENTRIES - 1):.3f} {r} {g} {b} 255" for index, (r, g, b) in enumerate(table())]
    return "\n".join(["# Color table file, written by tools/saliency_colours.py", f"# {ENTRIES} values", *lines, ""])


if __name__ == "__main__":
    COLOUR_FILE.write_text(text(), encoding="ascii")
