"""A mask from a file, on the grid of the image that it was drawn on, or on its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from TumorResponseLib.core.errors import MaskError
from TumorResponseLib.core.image import Image, MaskArray, PixelArray, Spacing, require_same_grid
from TumorResponseLib.core.loading.formats import DICOM, PICTURES, format_of
from TumorResponseLib.core.loading.loaded import require_finite

LISTED_LABELS = 8
TUMOUR_ROLE = "tumour"
REMEDIES = {
    TUMOUR_ROLE: "outline the tumour in it",
    "within": "draw in it where the rings may lie, or leave it out",
}
"""What to do about an empty mask of a role; nothing need be done where ``MAY_BE_EMPTY``."""
MAY_BE_EMPTY = frozenset({"exclude"})


def load_mask(path: Path, image: Image, *, role: str = TUMOUR_ROLE, label: int | None = None) -> MaskArray:
    """Read a mask and bring it to ``image.spatial_shape``.

    Pictures (PNG, ...): when the brightest pixel lies above half of the range (127 for 8 bits), pixels above half are
    inside, which leaves the soft rim of a 0/255 mask out; otherwise pixels above 0 are, as in a 0/1 mask. With
    ``label``, pixels of just this grey value are.
    Label maps (NIfTI, NRRD, MetaImage): every label above 0 is inside, unless ``label`` names one.
    Slicer segmentations (``.seg.nrrd``): the segment with this label value, else the one named as ``role``, else the
    only one; a segmentation cut to its segments' extent is put back in its place.

    Args:
        path: the mask's file.
        image: the image that it was drawn on.
        role: what the mask is for: ``tumour`` (a segment may also be named tumor), ``within``, ``exclude``, ... An
            ``exclude`` mask may be empty.
        label: the one label or grey value to take.

    Raises:
        StudyError: the file is missing, empty or damaged.
        MaskError: the mask does not lie on the image's grid, is no label map, is empty, or no segment is the role's.
    """
    if _is_picture(path):
        mask = _bright(_opaque_picture(path).pixels, label, path.name)
    else:
        # SimpleITK is imported only for volumes.
        from TumorResponseLib.core.loading.mask_volumes import mask_of_volume

        mask = mask_of_volume(path, image, role, label)
    require_same_grid(mask, image, f"mask {path.name}")
    _require_content(mask, role, path.name)
    return mask


def load_mask_alone(path: Path, *, spacing: Spacing | None = None) -> tuple[MaskArray, Image]:
    """Read a tumour mask without the image that it was drawn on, by the rules of ``load_mask``.

    Args:
        path: the mask's file.
        spacing: given by the user; wins over the file's own.

    Returns:
        The mask, and an image of the same values that carries its grid: the file's own, or of a Slicer segmentation
        that was cut to its segments the reference grid that its header describes.

    Raises:
        StudyError: the file is missing, empty or damaged.
        SpacingError: a spacing is not positive, or ``spacing`` does not fit the mask's axes.
        MaskError: the file is no label map, is empty, no segment is the tumour's, or the reference grid is not told.
    """
    if _is_picture(path):
        picture = _opaque_picture(path, spacing)
        mask, grid = _bright(picture.pixels, None, path.name), picture
    else:
        from TumorResponseLib.core.loading.mask_volumes import mask_of_volume_alone

        mask, grid = mask_of_volume_alone(path, TUMOUR_ROLE, spacing)
    _require_content(mask, TUMOUR_ROLE, path.name)
    return mask, replace(grid, pixels=mask)


def foreground(labels: PixelArray, label: int | None, name: str) -> MaskArray:
    """The voxels of ``label``, or of every label above 0.

    Raises:
        MaskError: the values are no labels, or none is ``label``.
    """
    require_labels(labels, name)
    if label is None:
        return np.asarray(labels > 0)
    chosen = np.asarray(labels == label)
    if not chosen.any():
        held = [int(value) for value in np.unique(labels) if value > 0]
        words = ", ".join(map(str, held[:LISTED_LABELS])) + (", ..." if len(held) > LISTED_LABELS else "")
        raise MaskError(f"The mask {name} has no label {label}; it has {words or 'none'}.")
    return chosen


def require_labels(labels: PixelArray, name: str) -> None:
    """Raise StudyError or MaskError unless the values are whole numbers."""
    require_finite(labels, name)
    if np.issubdtype(labels.dtype, np.floating) and (labels != np.round(labels)).any():
        raise MaskError(f"The mask {name} holds fractions; save it as a label map with whole numbers.")


def _is_picture(path: Path) -> bool:
    file_format = format_of(path)
    if file_format == DICOM:
        raise MaskError(f"The mask {path.name} is DICOM; export it from Slicer as .seg.nrrd or as a NIfTI label map.")
    return file_format in PICTURES


def _opaque_picture(path: Path, spacing: Spacing | None = None) -> Image:
    from TumorResponseLib.core.loading.pictures import TRANSPARENCY_IGNORED, read_picture

    picture = read_picture(path, spacing)
    if any(TRANSPARENCY_IGNORED in warning for warning in picture.warnings):
        raise MaskError(
            f"The mask {path.name} is partly transparent, so that what is inside may not be seen in its grey; save it "
            "without transparency, white on black."
        )
    return picture.image


def _bright(grey: PixelArray, label: int | None, name: str) -> MaskArray:
    """The bright pixels of a picture, or those of one grey value."""
    if label is not None or np.issubdtype(grey.dtype, np.floating):
        return foreground(grey, label, name)
    half = np.iinfo(grey.dtype).max // 2
    return np.asarray(grey > (half if grey.max() > half else 0))


def _require_content(mask: MaskArray, role: str, name: str) -> None:
    if role not in MAY_BE_EMPTY and not mask.any():
        whose = "" if role == TUMOUR_ROLE else f"{role} "
        raise MaskError(f"The {whose}mask {name} is empty; {REMEDIES.get(role, f'outline the {role} in it')}.")
