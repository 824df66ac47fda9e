"""A fixed grid in mm around a tumour: what a network sees, and the way back to the image."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import affine_transform, gaussian_filter

from TumorResponseLib.core.box import Box, bounding_box
from TumorResponseLib.core.errors import SpacingError, StudyError
from TumorResponseLib.core.image import MaskArray, PixelArray

SIGMAS = 3.0
"""Where the smoothing Gaussian is cut."""


@dataclass(frozen=True)
class CropGrid:
    """Samples ``step_mm`` apart, centred in an image; may reach beyond its border.

    Attributes:
        centre: the grid's centre in the image's array index coordinates.
        shape: samples along each axis.
        step_mm: distance between neighbouring samples, one for every axis or one for each.
        image_shape: the image's spatial shape.
        spacing_mm: the image's spacing in array order.
    """

    centre: tuple[float, ...]
    shape: tuple[int, ...]
    step_mm: float | tuple[float, ...]
    image_shape: tuple[int, ...]
    spacing_mm: tuple[float, ...]

    def __post_init__(self) -> None:
        axes = (self.centre, self.shape, self.steps_mm, self.image_shape, self.spacing_mm)
        if len(set(map(len, axes))) != 1:
            raise SpacingError(
                f"The spacing {self.spacing_mm} and a crop of shape {self.shape} do not fit "
                f"an image of shape {self.image_shape}; give one number an axis."
            )

    @classmethod
    def around(
        cls,
        mask: MaskArray,
        spacing_mm: tuple[float, ...],
        shape: tuple[int, ...],
        step_mm: float | tuple[float, ...],
        tumour_box: Box | None = None,
    ) -> CropGrid:
        """The grid centred on a mask's bounding box, so that the field reaches equally far on each side.

        Raises:
            MaskError: the mask is empty.
            SpacingError: the spacing or the shape does not fit the mask's axes.
        """
        box = bounding_box(mask, tumour_box)
        centre = tuple((start + stop - 1) / 2 for start, stop in zip(box.start, box.stop, strict=True))
        return cls(centre, tuple(shape), step_mm, mask.shape, tuple(spacing_mm))

    @property
    def steps_mm(self) -> tuple[float, ...]:
        """Distance between neighbouring samples along each axis."""
        return self.step_mm if isinstance(self.step_mm, tuple) else (self.step_mm,) * len(self.shape)

    @property
    def field_mm(self) -> tuple[float, ...]:
        """Extent of the field along each axis, from the first sample's outer edge to the last one's."""
        return tuple(samples * step for samples, step in zip(self.shape, self.steps_mm, strict=True))

    @property
    def field_box(self) -> Box:
        """The image's voxels whose centres lie in the field; may be empty."""
        half_field = np.asarray(self.shape) * self.pixels_a_step / 2
        return _clipped(np.asarray(self.centre) - half_field, np.asarray(self.centre) + half_field, self.image_shape)

    @property
    def pixels_a_step(self) -> tuple[float, ...]:
        """Image pixels between two samples, along each axis."""
        return tuple(step / spacing for step, spacing in zip(self.steps_mm, self.spacing_mm, strict=True))


def resample(pixels: PixelArray, grid: CropGrid, *, order: int = 1, fill: float = 0.0) -> NDArray[np.float32]:
    """Sample an image onto a grid.

    Where the image is finer than the grid it is first smoothed, by a Gaussian of (pixels a step - 1) / 2 pixels as in
    scikit-image's ``resize``; only the part of the image that the grid covers is touched.

    Args:
        pixels: of ``grid.image_shape``.
        grid: where to sample.
        order: of the spline: 1 linear; 0 nearest, without smoothing, for masks and labels.
        fill: value of samples outside the image.

    Returns:
        Values of ``grid.shape``.

    Raises:
        StudyError: the image is not the one that the grid was made for.
    """
    if pixels.shape != grid.image_shape:
        raise StudyError(f"The crop was placed in an image of shape {grid.image_shape}, not {pixels.shape}.")
    sampled = np.full(grid.shape, fill, dtype=np.float32)
    step = np.asarray(grid.pixels_a_step)
    first = np.asarray(grid.centre) - (np.asarray(grid.shape) - 1) / 2 * step
    inside = _clipped((-0.5 - first) / step, (np.asarray(pixels.shape) - 0.5 - first) / step, grid.shape)
    if min(inside.shape) == 0:
        return sampled
    sigma = np.maximum(0.0, (step - 1.0) / 2.0) if order > 0 else np.zeros(len(step))
    margin = np.ceil(SIGMAS * sigma).astype(int) + order + 1
    low, high = first + np.asarray(inside.start) * step, first + (np.asarray(inside.stop) - 1) * step
    box = _clipped(low - margin, high + margin, pixels.shape)
    part = pixels[box.slices].astype(np.float32)
    if sigma.any():
        part = gaussian_filter(part, sigma, mode="nearest", truncate=SIGMAS)
    sampled[inside.slices] = affine_transform(
        part, step, low - box.start, inside.shape, output=np.float32, order=order, mode="nearest"
    )
    return sampled


def restore(values: NDArray[np.floating], grid: CropGrid, *, order: int = 1) -> NDArray[np.float32]:
    """Bring values that cover a grid's field back to the image.

    Args:
        values: any number of samples along each axis, evenly over the field (a class activation map is coarser than
            the grid).
        grid: the grid whose field they cover.
        order: of the spline: 1 linear; 0 nearest.

    Returns:
        Values of ``grid.image_shape``; 0 outside ``grid.field_box``, where nothing is written: memory that nobody
        touches is not taken.

    Raises:
        StudyError: the values have another number of axes than the grid.
    """
    if values.ndim != len(grid.shape):
        raise StudyError(f"A crop with {len(grid.shape)} axes cannot place values with {values.ndim} axes.")
    half_field = np.asarray(grid.shape) * grid.pixels_a_step / 2
    box = grid.field_box
    restored = np.zeros(grid.image_shape, dtype=np.float32)
    if min(box.shape) == 0:
        return restored
    samples_a_pixel = np.asarray(values.shape) / (2 * half_field)
    first = (np.asarray(box.start) - grid.centre + half_field) * samples_a_pixel - 0.5
    if order == 1:
        restored[box.slices] = _interpolated(values.astype(np.float32), samples_a_pixel, first, box.shape)
    else:
        restored[box.slices] = affine_transform(
            values.astype(np.float32), samples_a_pixel, first, box.shape, output=np.float32, order=order, mode="nearest"
        )
    return restored


def _interpolated(
    values: NDArray[np.float32], step: NDArray[np.float64], first: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """Linear interpolation at ``first + index * step``, axis by axis: SciPy's values, several times faster."""
    for axis, size in enumerate(shape):
        known = values.shape[axis]
        place = np.clip(first[axis] + np.arange(size) * step[axis], 0, known - 1)
        before = np.minimum(place.astype(np.intp), max(known - 2, 0))
        weights = np.zeros((size, known), dtype=np.float32)
        weights[np.arange(size), before] = 1 - (place - before)
        weights[np.arange(size), np.minimum(before + 1, known - 1)] += (place - before).astype(np.float32)
        values = np.moveaxis(np.tensordot(weights, values, axes=(1, axis)), 0, axis)
    return values


def _clipped(first: NDArray[np.float64], last: NDArray[np.float64], shape: tuple[int, ...]) -> Box:
    """The whole indices between two points, cut at the border of an array of ``shape``; may be empty."""
    start = tuple(min(size, max(0, ceil(low))) for low, size in zip(first, shape, strict=True))
    stop = tuple(max(0, min(size, floor(high) + 1)) for high, size in zip(last, shape, strict=True))
    return Box(start, tuple(map(max, start, stop)))
