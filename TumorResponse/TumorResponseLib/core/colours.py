"""The colour tables of maps, for Slicer's views and the report alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.exhibits import OverlayColours
from TumorResponseLib.core.resources import resources_folder

COLOUR_FOLDER = Path("Colors")
SALIENCY_FILE = COLOUR_FOLDER / "TumorResponseSaliency.ctbl"
OVERLAY_FILES: dict[OverlayColours, Path] = {
    "perfusion": COLOUR_FOLDER / "TumorResponsePerfusion.ctbl",
    "pet": COLOUR_FOLDER / "TumorResponsePet.ctbl",
}


def saliency_colours() -> NDArray[np.float64]:
    """Red, green, blue from 0 to 1 of saliency 0 to 1, ``(256, 3)``, evenly rising in lightness."""
    return _read(SALIENCY_FILE)


def overlay_colours(name: OverlayColours) -> NDArray[np.float64]:
    """Red, green, blue from 0 to 1 of an overlay's ``low`` to ``high``, ``(256, 3)``.

    ``perfusion`` goes from blue over green and yellow to red in even steps; ``pet`` is the Hot Iron palette of DICOM
    PS3.6, Annex B.1.1.
    """
    return _read(OVERLAY_FILES[name])


def uptake_colours() -> NDArray[np.float64]:
    """White to black in even steps, ``(256, 3)``: a PET that lies alone."""
    return np.repeat(np.linspace(1.0, 0.0, 256)[:, None], 3, axis=1)


def _read(file: Path) -> NDArray[np.float64]:
    rows = np.loadtxt(resources_folder() / file, dtype=np.float64)
    colours: NDArray[np.float64] = rows[:, 2:5] / 255
    return colours
