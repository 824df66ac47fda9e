"""RECIST 1.1 diameters of a lesion: the longest in-plane diameter and the longest one perpendicular to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import generate_binary_structure, label
from scipy.spatial import ConvexHull

from TumorResponseLib.core.box import Box, bounding_box
from TumorResponseLib.core.errors import SpacingError
from TumorResponseLib.core.image import MaskArray

Point = tuple[float, ...]
Axis = tuple[Point, Point]
"""Both ends of a diameter in array index coordinates: whole numbers are voxel centres."""


@dataclass(frozen=True)
class Diameters:
    """Two perpendicular diameters in one plane.

    Attributes:
        long_mm: the longest diameter in any slice.
        short_mm: the longest one perpendicular to it in the same slice.
        long_ends: its ends, ``(row, column)`` or ``(slice, row, column)``.
        short_ends: likewise.
        slice_index: the slice that was measured; None in 2-D.
    """

    long_mm: float
    short_mm: float
    long_ends: Axis
    short_ends: Axis
    slice_index: int | None


def diameters(mask: MaskArray, spacing_mm: tuple[float, ...], tumour_box: Box | None = None) -> Diameters:
    """Measure a lesion by RECIST 1.1 (Eisenhauer et al., Eur J Cancer 45:228, 2009).

    In each slice the lesion's outline is the convex hull of its pixels' edge midpoints, so a row of n pixels measures
    n pixels and a disc its diameter to within a pixel. In 3-D the slices lie along the first axis and the slice with
    the longest diameter counts. RECIST measures lesion by lesion: when the mask holds several (voxels that touch,
    even by a corner, are one lesion), the one with the most voxels is measured.

    Args:
        mask: ``(rows, columns)`` or ``(slices, rows, columns)``.
        spacing_mm: in array order.
        tumour_box: a box known to hold the whole mask; without it the mask is read once from end to end.

    Raises:
        MaskError: the mask is empty.
        SpacingError: the spacing does not fit the mask's axes.
    """
    if len(spacing_mm) != mask.ndim:
        raise SpacingError(f"The spacing has {len(spacing_mm)} numbers and the mask {mask.ndim} axes.")
    box = bounding_box(mask, tumour_box)
    lesion = _largest_lesion(mask[box.slices])
    if mask.ndim == 2:
        return _in_plane(lesion, spacing_mm, box.start, None)
    slices = [
        _in_plane(plane, spacing_mm[1:], box.start[1:], box.start[0] + index)
        for index, plane in enumerate(lesion)
        if plane.any()
    ]
    return max(slices, key=lambda measured: measured.long_mm)


def _largest_lesion(mask: MaskArray) -> MaskArray:
    components, count = label(mask, structure=generate_binary_structure(mask.ndim, mask.ndim))
    if count == 1:
        return mask
    sizes = np.bincount(components.ravel())
    sizes[0] = 0
    return components == sizes.argmax()


def _in_plane(
    plane: MaskArray, spacing_mm: tuple[float, ...], corner: tuple[int, ...], slice_index: int | None
) -> Diameters:
    step = np.asarray(spacing_mm)
    hull = _hull_mm(plane, step)
    start, stop = _farthest_pair(hull)
    length = float(np.hypot(*(stop - start)))
    along = (stop - start) / length
    short_start, short_stop = _longest_across(hull, start, along, length)

    def index(point: NDArray[np.float64]) -> Point:
        in_plane = tuple(float(value) for value in point / step + corner)
        return in_plane if slice_index is None else (float(slice_index), *in_plane)

    return Diameters(
        long_mm=length,
        short_mm=float(np.hypot(*(short_stop - short_start))),
        long_ends=(index(start), index(stop)),
        short_ends=(index(short_start), index(short_stop)),
        slice_index=slice_index,
    )


def _hull_mm(plane: MaskArray, step: NDArray[np.float64]) -> NDArray[np.float64]:
    """Vertices ``(n, 2)`` in mm of the convex hull, in order around it."""
    # Only the first and last pixel of each row can reach the hull.
    rows = np.flatnonzero(plane.any(axis=1))
    first = plane[rows].argmax(axis=1)
    last = plane.shape[1] - 1 - plane[rows, ::-1].argmax(axis=1)
    centres = np.concatenate([np.stack([rows, first], axis=1), np.stack([rows, last], axis=1)]).astype(np.float64)
    midpoints = np.array([[-0.5, 0.0], [0.5, 0.0], [0.0, -0.5], [0.0, 0.5]])
    points = (centres[:, None] + midpoints).reshape(-1, 2) * step
    return points[ConvexHull(points).vertices]


def _farthest_pair(hull: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    squared = ((hull[:, None] - hull) ** 2).sum(axis=-1)
    first, second = divmod(int(squared.argmax()), len(hull))
    return hull[first], hull[second]


def _longest_across(
    hull: NDArray[np.float64], start: NDArray[np.float64], along: NDArray[np.float64], length: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends of the hull's longest chord perpendicular to ``along``.

    Every vertex lies between the long axis's ends, and the chord's length is concave and linear between vertices: the
    longest chord passes through one.
    """
    across = np.array([-along[1], along[0]])
    position, height = (hull - start) @ along, (hull - start) @ across
    upper = _chain(position, height, height > 0, length)
    lower = _chain(position, height, height < 0, length)
    longest = (upper - lower).argmax()
    foot = start + position[longest] * along
    return foot + lower[longest] * across, foot + upper[longest] * across


def _chain(
    position: NDArray[np.float64], height: NDArray[np.float64], side: MaskArray, length: float
) -> NDArray[np.float64]:
    """Height at every vertex's position of the hull's outline on one side of the long axis."""
    order = np.argsort(position[side])
    known = np.concatenate([[0.0], position[side][order], [length]])
    return np.interp(position, known, np.concatenate([[0.0], height[side][order], [0.0]]))
