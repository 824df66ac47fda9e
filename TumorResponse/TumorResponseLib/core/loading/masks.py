"""A mask from a file, on the grid of the image that it was drawn on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from TumorResponseLib.core.errors import MaskError
from TumorResponseLib.core.image import Image, MaskArray, PixelArray, require_same_grid
from TumorResponseLib.core.loading.formats import DICOM, PICTURES, format_of
from TumorResponseLib.core.loading.loaded import require_finite

LISTED_LABELS = 8


def load_mask(path: Path, image: Image, *, label: int | None = None) -> MaskArray:
    """Read a mask and bring it to ``image.spatial_shape``.

    Pictures (PNG, ...): when the brightest pixel lies above half of the range (127 for 8 bits), pixels above half are
    tumour, which leaves the soft rim of a 0/255 mask out; otherwise pixels above 0 are, as in a 0/1 mask. With
    ``label``, pixels of just this grey value are.
    Label maps (NIfTI, NRRD, MetaImage): every label above 0 is tumour, unless ``label`` names one.
    Slicer segmentations (``.seg.nrrd``): the only segment, else the one named tumour or tumor, else ``label`` must name
    one; a segmentation cut to its segments' extent is put back in its place.

    Raises:
        StudyError: the file is missing, empty or damaged.
        MaskError: the mask does not lie on the image's grid, is no label map, or holds no tumour.
    """
    file_format = format_of(path)
    if file_format == DICOM:
        raise MaskError(f"The mask {path.name} is DICOM; export it from Slicer as .seg.nrrd or as a NIfTI label map.")
    if file_format in PICTURES:
        mask = _of_picture(path, label)
    else:
        # SimpleITK is imported only for volumes.
        from TumorResponseLib.core.loading.mask_volumes import mask_of_volume

        mask = mask_of_volume(path, image, label)
    require_same_grid(mask, image, f"mask {path.name}")
    if not mask.any():
        raise MaskError(f"The mask {path.name} is empty; outline the tumour in it.")
    return mask


def foreground(labels: PixelArray, label: int | None, name: str) -> MaskArray:
    """The voxels of ``label``, or of every label above 0.

    Raises:
        MaskError: the values are no labels, or none is ``label``.
    """
    require_finite(labels, name)
    if np.issubdtype(labels.dtype, np.floating) and (labels != np.round(labels)).any():
        raise MaskError(f"The mask {name} holds fractions; save it as a label map with whole numbers.")
    if label is None:
        return np.asarray(labels > 0)
    chosen = np.asarray(labels == label)
    if not chosen.any():
        held = [int(value) for value in np.unique(labels) if value > 0]
        words = ", ".join(map(str, held[:LISTED_LABELS])) + (", ..." if len(held) > LISTED_LABELS else "")
        raise MaskError(f"The mask {name} has no label {label}; it has {words or 'none'}.")
    return chosen


def _of_picture(path: Path, label: int | None) -> MaskArray:
    from TumorResponseLib.core.loading.pictures import read_picture

    grey = read_picture(path).image.pixels
    if label is not None or np.issubdtype(grey.dtype, np.floating):
        return foreground(grey, label, path.name)
    half = np.iinfo(grey.dtype).max // 2
    return np.asarray(grey > (half if grey.max() > half else 0))
