"""The colour table of saliency maps, for Slicer's views and the report alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.resources import resources_folder

SALIENCY_FILE = Path("Colors") / "TumorResponseSaliency.ctbl"


def saliency_colours() -> NDArray[np.float64]:
    """Red, green, blue from 0 to 1 of saliency 0 to 1, ``(256, 3)``, evenly rising in lightness."""
    rows = np.loadtxt(resources_folder() / SALIENCY_FILE, dtype=np.float64)
    colours: NDArray[np.float64] = rows[:, 2:5] / 255
    return colours
