"""The catalogue's colours in the notation of web pages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.catalogue import region_styles

OUTSIDE = "#8a939c"
"""The rest of the image, which no outline shows."""

GRADIENT_STOPS = 16


def region_colours(names: Sequence[str]) -> dict[str, str]:
    """``#rrggbb`` of each region by name: the tumour, the bands, and ``outside``."""
    styles = region_styles([name for name in names if name != "outside"])
    return {style.name: hexadecimal(style.colour) for style in styles} | {"outside": OUTSIDE}


def gradient(table: NDArray[np.float64]) -> str:
    """A colour table, ``(entries, 3)`` in [0, 1], as a CSS gradient from left to right."""
    stops = (hexadecimal(table[(len(table) - 1) * stop // (GRADIENT_STOPS - 1)]) for stop in range(GRADIENT_STOPS))
    return f"linear-gradient(to right, {', '.join(stops)})"


def hexadecimal(colour: Sequence[float]) -> str:
    """Red, green and blue in [0, 1] as ``#rrggbb``."""
    return "#" + "".join(f"{round(float(level) * 255):02x}" for level in colour)
