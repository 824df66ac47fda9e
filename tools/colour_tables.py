"""Draws up the colour tables of maps as Slicer's .ctbl files.

python -m tools.colour_tables
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from skimage.color import lab2rgb

FOLDER = Path(__file__).resolve().parents[1] / "Resources" / "Colors"
ENTRIES = 256
ControlPoints = tuple[tuple[float, float, float], ...]
# CIELAB: the lightness rises all the way; the hue goes from violet over red to pale orange.
SALIENCY: ControlPoints = (
    (14.0, 24.0, -30.0),
    (32.0, 52.0, -22.0),
    (50.0, 64.0, 22.0),
    (69.0, 38.0, 56.0),
    (88.0, 6.0, 42.0),
)
# CIELAB: the order of hues that ultrasound machines use, blue for little over green and yellow to red for much.
PERFUSION: ControlPoints = (
    (28.0, 24.0, -58.0),
    (52.0, 4.0, -52.0),
    (72.0, -32.0, -14.0),
    (82.0, -36.0, 46.0),
    (84.0, 4.0, 72.0),
    (66.0, 42.0, 64.0),
    (42.0, 62.0, 46.0),
)


def even_steps(points: ControlPoints) -> NDArray[np.uint8]:
    """Colours through points of CIELAB, ``(256, 3)``: equal steps look equally large."""
    lab_points = np.array(points)
    # Distances in CIELAB are differences as they are seen.
    along = np.concatenate([[0.0], np.linalg.norm(np.diff(lab_points, axis=0), axis=1).cumsum()])
    at = np.linspace(0.0, along[-1], ENTRIES)
    lab = np.stack([np.interp(at, along, channel) for channel in lab_points.T], axis=-1)
    return np.round(lab2rgb(lab) * 255).astype(np.uint8)


def hot_iron() -> NDArray[np.uint8]:
    """The Hot Iron palette of DICOM PS3.6, Annex B.1.1, ``(256, 3)``: black over red and yellow to white."""
    index = np.arange(ENTRIES)
    ramps = [2 * index, 2 * (index - 128), 4 * (index - 191)]
    colours = np.clip(np.stack(ramps, axis=-1), 0, 255)
    colours[-1] = 255
    return colours.astype(np.uint8)


def tables() -> dict[str, NDArray[np.uint8]]:
    """The colours, ``(256, 3)``, of the least value first, by file name."""
    return {
        "TumorResponseSaliency.ctbl": even_steps(SALIENCY),
        "TumorResponsePerfusion.ctbl": even_steps(PERFUSION),
        "TumorResponsePet.ctbl": hot_iron(),
    }


def text(colours: NDArray[np.uint8]) -> str:
    """A table in the format of Slicer's .ctbl files: number, name, red, green, blue, opacity."""
    lines = [f"{index} {index / (ENTRIES - 1):.3f} {r} {g} {b} 255" for index, (r, g, b) in enumerate(colours)]
    return "\n".join(["# Color table file, written by tools/colour_tables.py", f"# {ENTRIES} values", *lines, ""])


if __name__ == "__main__":
    for name, colours in tables().items():
        (FOLDER / name).write_text(text(colours), encoding="ascii")
