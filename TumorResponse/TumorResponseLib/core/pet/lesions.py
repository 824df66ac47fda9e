"""Lesions on PET: found automatically or from a click, taken away by a click, each with a number of its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, label

from TumorResponseLib.core.box import Box, bounding_box
from TumorResponseLib.core.errors import MaskError, UsageError
from TumorResponseLib.core.image import MaskArray, PixelArray
from TumorResponseLib.core.pet.clicks import lesion_at, require_inside, require_volume
from TumorResponseLib.core.pet.growing import TOUCHING, Region, Voxel, region_of_share
from TumorResponseLib.core.pet.thresholds import Threshold
from TumorResponseLib.core.rings import DEFAULT_RADII_MM, Rings, make_rings

LesionLabels = NDArray[np.int32]
"""On the PET's grid: 0 outside, else the lesion's number; numbers stay when other lesions come and go."""


def find_lesions(
    suv: PixelArray,
    spacing_mm: tuple[float, ...],
    threshold: Threshold,
    *,
    smallest_mm3: float = 0.0,
    within: MaskArray | None = None,
) -> LesionLabels:
    """Every connected region that the threshold calls a lesion, numbered from the hottest on.

    Physiologic uptake is found as well: the user takes it away (``without_lesion``).

    Args:
        suv: ``(slices, rows, columns)``.
        spacing_mm: in array order.
        threshold: from ``thresholds``. For a share of the maximum, each region above ``threshold.suv`` gives a lesion
            around its maximum, unless a hotter lesion holds that already.
        smallest_mm3: smaller lesions are left out.
        within: lesions lie only here.

    Returns:
        Labels; all 0 when nothing is found.

    Raises:
        UsageError: the PET is no volume.
    """
    require_volume(suv, spacing_mm)
    active = suv >= threshold.suv
    if within is not None:
        active &= within
    parts, _ = label(active, structure=TOUCHING)
    regions = [_part(parts, number, found) for number, found in enumerate(find_objects(parts), start=1)]
    summits = sorted(((region.hottest(suv), region) for region in regions), key=lambda pair: -float(suv[pair[0]]))
    fewest = smallest_mm3 / float(np.prod(spacing_mm))
    labels = np.zeros(suv.shape, dtype=np.int32)
    count = 0
    for summit, part in summits:
        if labels[summit]:
            continue
        region = part if threshold.share is None else region_of_share(suv, summit, threshold.share, within)
        count += _entered(labels, region, count + 1, fewest)
    return labels


def with_lesion(
    labels: LesionLabels,
    suv: PixelArray,
    spacing_mm: tuple[float, ...],
    threshold: Threshold,
    click: Voxel,
    *,
    within: MaskArray | None = None,
) -> LesionLabels:
    """The labels with the lesion at a click, under a new number (``lesion_at``); other lesions keep their voxels.

    Raises:
        UsageError: the click lies outside of the scan, the uptake near it is below the threshold, or the place is a
            lesion already.
    """
    region = lesion_at(suv, spacing_mm, threshold, click, within)
    grown = labels.copy()
    if not _entered(grown, region, int(labels.max()) + 1, 0.0):
        raise UsageError("There is a lesion at this place already; take it away first.")
    return grown


def without_lesion(labels: LesionLabels, click: Voxel) -> LesionLabels:
    """The labels without the lesion, or the physiologic uptake, under a click.

    Raises:
        UsageError: the click lies outside of the scan or on no lesion.
    """
    require_inside(click, labels)
    number = int(labels[click])
    if number == 0:
        raise UsageError("There is no lesion under the click; click on one.")
    return np.where(labels == number, 0, labels).astype(np.int32)


def labels_of_mask(mask: MaskArray) -> LesionLabels:
    """The connected parts of a mask as lesions: what an editor hands back, or a mask from a file."""
    labels = np.zeros(mask.shape, dtype=np.int32)
    if mask.any():
        # Only the lesions' box is written, so that a whole body takes no memory around them.
        box = bounding_box(mask)
        labels[box.slices], _ = label(mask[box.slices], structure=TOUCHING)
    return labels


def lesion_numbers(labels: LesionLabels) -> list[int]:
    """The numbers in use, ascending."""
    return [int(number) for number in np.unique(labels) if number > 0]


def rings_of_lesion(
    labels: LesionLabels,
    number: int,
    spacing_mm: tuple[float, ...],
    radii_mm: tuple[float, ...] = DEFAULT_RADII_MM,
    *,
    within: MaskArray | None = None,
) -> Rings:
    """The rings around one lesion; the other lesions are no part of them.

    Raises:
        MaskError: there is no such lesion.
    """
    lesion = labels == number
    if not lesion.any() or number <= 0:
        raise MaskError(
            f"There is no lesion {number}; there are {', '.join(map(str, lesion_numbers(labels))) or 'none'}."
        )
    return make_rings(lesion, spacing_mm, radii_mm, within=within, exclude=(labels > 0) & ~lesion)


def _part(parts: NDArray[np.int32], number: int, found: tuple[slice, ...]) -> Region:
    box = Box(tuple(part.start for part in found), tuple(part.stop for part in found))
    return Region(box, np.asarray(parts[found] == number))


def _entered(labels: LesionLabels, region: Region, number: int, fewest: float) -> bool:
    """Number the region's voxels that are free yet; whether there were any, and at least ``fewest``."""
    held = labels[region.box.slices]
    free = region.mask & (held == 0)
    count = int(free.sum())
    if count == 0 or count < fewest:
        return False
    held[free] = number
    return True
