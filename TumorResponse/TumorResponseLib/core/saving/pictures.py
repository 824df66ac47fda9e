"""Masks and label maps as picture files, pixel by pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.saving.aside import written_aside
from TumorResponseLib.core.saving.volumes import write_volume

PICTURE = ".png"


def write_mask_picture(mask: MaskArray, path: Path) -> None:
    """Write a mask ``(rows, columns)`` as a grey PNG: 255 inside, 0 outside.

    Raises:
        UsageError: the mask is not 2-D, or the name does not end in ``.png``.
        TumorResponseError: the file cannot be written.
    """
    _write_picture(mask.astype(np.uint8) * np.uint8(255), path)


def write_label_map(labels: NDArray[np.uint8], image: Image, path: Path) -> None:
    """Write labels on an image's grid: as grey PNG with the labels as pixel values, or as a volume.

    Raises:
        UsageError: the name ends in neither ``.png`` nor a volume's extension, or a PNG cannot hold three axes.
        TumorResponseError: the file cannot be written.
    """
    if path.suffix.lower() == PICTURE:
        _write_picture(labels, path)
    else:
        write_volume(labels, image, path)


def _write_picture(grey: NDArray[np.uint8], path: Path) -> None:
    if grey.ndim != 2 or path.suffix.lower() != PICTURE:
        raise UsageError(f"{path.name} cannot hold an array of {grey.ndim} axes; pictures are 2-D PNG, volumes .nrrd.")
    with written_aside(path) as temporary:
        Pillow.fromarray(grey).save(temporary, format="PNG")
