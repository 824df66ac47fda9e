"""Regions grown on a PET from a voxel, in boxes that grow with them: the work is the lesion's, not the scan's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import label

from TumorResponseLib.core.box import Box
from TumorResponseLib.core.image import MaskArray, PixelArray

TOUCHING = np.ones((3, 3, 3), dtype=bool)
"""Voxels that share a face, an edge or a corner belong together."""
FIRST_REACH = 8
"""Voxels around the seed in which a region is looked for first."""

Voxel = tuple[int, ...]
"""Array index ``(slice, row, column)``."""


@dataclass(frozen=True)
class Region:
    """A connected region: ``mask`` of ``box.shape`` says which voxels of ``box`` are in it."""

    box: Box
    mask: MaskArray

    def holds(self, voxel: Voxel) -> bool:
        """Whether a voxel of the scan is in the region."""
        place = tuple(index - start for index, start in zip(voxel, self.box.start, strict=True))
        inside = all(0 <= index < size for index, size in zip(place, self.mask.shape, strict=True))
        return inside and bool(self.mask[place])

    def hottest(self, suv: PixelArray) -> Voxel:
        """The voxel with the largest uptake."""
        values = np.where(self.mask, suv[self.box.slices], -np.inf)
        place = np.unravel_index(int(values.argmax()), values.shape)
        return tuple(int(index) + start for index, start in zip(place, self.box.start, strict=True))


def region_above(suv: PixelArray, seed: Voxel, limit: float, within: MaskArray | None = None) -> Region:
    """The voxels of at least ``limit`` that hang together with ``seed``; the seed itself always belongs to them."""
    reach = FIRST_REACH
    while True:
        box = around(seed, (reach,) * suv.ndim, suv.shape)
        active = suv[box.slices] >= limit
        if within is not None:
            active &= within[box.slices]
        place = tuple(index - start for index, start in zip(seed, box.start, strict=True))
        active[place] = True
        parts, _ = label(active, structure=TOUCHING)
        region = np.asarray(parts == parts[place])
        if not _reaches_border(region, box, suv.shape):
            return Region(box, region)
        reach *= 2


def region_of_share(suv: PixelArray, seed: Voxel, share: float, within: MaskArray | None = None) -> Region:
    """The region around ``seed`` of at least ``share`` of the region's own maximum.

    Where a region holds a hotter voxel than its seed, it is grown anew from there, until it is its own summit's.
    """
    summit = seed
    while True:
        region = region_above(suv, summit, share * float(suv[summit]), within)
        hottest = region.hottest(suv)
        if suv[hottest] <= suv[summit]:
            return region
        summit = hottest


def around(at: Voxel, reach: tuple[int, ...], shape: tuple[int, ...]) -> Box:
    """The voxels up to ``reach`` from ``at`` along each axis, cut at the scan's end."""
    return Box(at, tuple(index + 1 for index in at)).grown(reach, shape)


def _reaches_border(region: MaskArray, box: Box, shape: tuple[int, ...]) -> bool:
    """Whether the region comes to a side of its box that is not the scan's end."""
    for axis, (start, stop, size) in enumerate(zip(box.start, box.stop, shape, strict=True)):
        if start > 0 and np.take(region, 0, axis).any():
            return True
        if stop < size and np.take(region, -1, axis).any():
            return True
    return False
