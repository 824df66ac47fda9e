"""Rings: the tumour and the bands of tissue around it, by distance in mm."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from math import ceil, isfinite

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from TumorResponseLib.core.box import Box, separate_boxes
from TumorResponseLib.core.errors import MaskError, SpacingError, UsageError
from TumorResponseLib.core.image import MaskArray

DEFAULT_RADII_MM = (3.0, 5.0, 10.0)
MOST_RADII = 254
"""Label 1 is the tumour and labels are 8 bits wide."""

TOLERANCE = 1e-9
"""A distance that exceeds a radius by this fraction at most counts as equal to it: 30 pixels of 0.1 mm are 3 mm,
whichever way the last bit of a floating-point product rounds."""


@dataclass(frozen=True)
class Rings:
    """A tumour and the bands around it.

    Region 0 is the tumour and region i the i-th band; its label is one more.

    Attributes:
        radii_mm: outer distance of each band, increasing.
        labels: on the image's grid: 0 outside, 1 tumour, 2 first band, 3 second, ...
        box: holds every labelled voxel, so that readers need not pass over the whole volume.
    """

    radii_mm: tuple[float, ...]
    labels: NDArray[np.uint8]
    box: Box

    @property
    def names(self) -> tuple[str, ...]:
        """``tumour`` and each band as ``"3-5 mm"``."""
        inner = (0.0, *self.radii_mm)
        return ("tumour", *(f"{low:g}-{high:g} mm" for low, high in zip(inner, self.radii_mm, strict=False)))

    def band(self, region: int) -> MaskArray:
        """One region alone: 0 the tumour, 1 the first band, ..."""
        return self._between(self._checked(region) + 1, region + 1)

    def margin(self, region: int) -> MaskArray:
        """The tumour with all bands up to ``region``; ``margin(0)`` is the tumour."""
        return self._between(1, self._checked(region) + 1)

    def _checked(self, region: int) -> int:
        if not 0 <= region <= len(self.radii_mm):
            raise IndexError(f"There are regions 0 to {len(self.radii_mm)}, not {region}.")
        return region

    def _between(self, low: int, high: int) -> MaskArray:
        mask = np.zeros(self.labels.shape, dtype=np.bool_)
        labels = self.labels[self.box.slices]
        mask[self.box.slices] = (labels >= low) & (labels <= high)
        return mask


def make_rings(
    tumour: MaskArray,
    spacing_mm: tuple[float, ...],
    radii_mm: tuple[float, ...] = DEFAULT_RADII_MM,
    *,
    within: MaskArray | None = None,
    exclude: MaskArray | None = None,
    tumour_box: Box | None = None,
) -> Rings:
    """Cut the tissue around a tumour into bands.

    A voxel is in the band (a, b] when the distance in mm from its centre to the centre of the nearest tumour voxel,
    of whichever lesion, is in (a, b]. Tumour voxels always stay tumour. Distances are exact (scipy's Euclidean
    feature transform) and are computed only in the lesions' bounding boxes plus the largest radius.

    Args:
        tumour: ``(rows, columns)`` or ``(slices, rows, columns)``; may hold several lesions and touch the border.
        spacing_mm: in array order.
        radii_mm: outer distance of each band, increasing.
        within: bands only where this is True, such as the body or an organ.
        exclude: bands never where this is True.
        tumour_box: a box known to hold the whole tumour. Without it the mask is read once from end to end.

    Raises:
        MaskError: the tumour is empty, or a mask has another shape.
        SpacingError: the spacing does not fit the mask's axes.
        UsageError: the radii are not positive and increasing, or there are more than 254.
    """
    radii = checked_radii(radii_mm)
    _check_grids(tumour, spacing_mm, within, exclude)
    reach = tuple(
        min(size, ceil(radii[-1] * (1.0 + TOLERANCE) / step))
        for step, size in zip(spacing_mm, tumour.shape, strict=True)
    )
    # Lesions twice the reach apart cannot share a band, so each group is computed in a box of its own.
    lesions = separate_boxes(tumour, tuple(2 * layers for layers in reach), tumour_box)
    boxes = [lesion.grown(reach, tumour.shape) for lesion in lesions]
    labels = np.zeros(tumour.shape, dtype=np.uint8)
    for box in boxes:
        allowed = _allowed(box, within, exclude)
        labels[box.slices] = _band_labels(tumour[box.slices], spacing_mm, radii, allowed)
    return Rings(radii, labels, reduce(Box.union, boxes))


def _band_labels(
    tumour: MaskArray, spacing_mm: tuple[float, ...], radii: tuple[float, ...], allowed: MaskArray | None
) -> NDArray[np.uint8]:
    distance = distance_transform_edt(np.logical_not(tumour), sampling=spacing_mm)
    labels = np.ones(tumour.shape, dtype=np.uint8)
    limits = [0.0, *(radius * (1.0 + TOLERANCE) for radius in radii)]
    for limit in limits[:-1]:
        labels += distance > limit
    labels[distance > limits[-1]] = 0
    if allowed is not None:
        labels[(distance > 0.0) & ~allowed] = 0
    return labels


def _allowed(box: Box, within: MaskArray | None, exclude: MaskArray | None) -> MaskArray | None:
    inside = None if within is None else np.asarray(within[box.slices], dtype=np.bool_)
    if exclude is None:
        return inside
    outside = np.logical_not(exclude[box.slices])
    return outside if inside is None else inside & outside


def checked_radii(radii_mm: tuple[float, ...]) -> tuple[float, ...]:
    """The radii as numbers.

    Raises:
        UsageError: they are not positive and increasing, or there are more than 254.
    """
    radii = tuple(float(radius) for radius in radii_mm)
    increasing = all(low < high for low, high in zip((0.0, *radii), radii, strict=False))
    if not radii or not increasing or not isfinite(radii[-1]):
        given = ", ".join(f"{radius:g}" for radius in radii) or "none"
        raise UsageError(f"Ring radii must be positive and increasing numbers of mm, such as 3 5 10, not {given}.")
    if len(radii) > MOST_RADII:
        raise UsageError(f"At most {MOST_RADII} ring radii fit one label map, not {len(radii)}; give fewer.")
    return radii


def _check_grids(
    tumour: MaskArray, spacing_mm: tuple[float, ...], within: MaskArray | None, exclude: MaskArray | None
) -> None:
    if len(spacing_mm) != tumour.ndim:
        raise SpacingError(
            f"The spacing has {len(spacing_mm)} numbers and the tumour mask {tumour.ndim} axes; "
            "give one number an axis."
        )
    if not all(isfinite(step) and step > 0 for step in spacing_mm):
        raise SpacingError(f"The spacing {spacing_mm} must be positive numbers of mm; correct it with --spacing.")
    for name, mask in (("within", within), ("exclude", exclude)):
        if mask is not None and mask.shape != tumour.shape:
            raise MaskError(
                f"The {name} mask has shape {mask.shape} and the tumour mask {tumour.shape}; "
                "give one that was drawn on the same image."
            )
