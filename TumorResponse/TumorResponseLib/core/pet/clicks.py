"""What a click on a PET means: the lesion at that place, put into a mask or taken out of it."""

from __future__ import annotations

import numpy as np

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.image import MaskArray, PixelArray
from TumorResponseLib.core.pet.growing import Region, Voxel, around, region_above, region_of_share
from TumorResponseLib.core.pet.peak import sphere
from TumorResponseLib.core.pet.thresholds import Threshold

CLICK_REACH_MM = 10.0
"""A click beside a lesion means the hottest voxel so near to it."""


def lesion_at(
    suv: PixelArray,
    spacing_mm: tuple[float, ...],
    threshold: Threshold,
    click: Voxel,
    within: MaskArray | None = None,
) -> Region:
    """The lesion at a click.

    A click beside a lesion means the hottest voxel within 10 mm. For a share of the maximum the way goes on uphill from
    there, until no voxel within 10 mm is hotter, so that a click on a lesion's flank means the lesion.

    Args:
        suv: ``(slices, rows, columns)``.
        spacing_mm: in array order.
        threshold: from ``thresholds``.
        click: array index.
        within: lesions lie only here.

    Raises:
        UsageError: the PET is no volume, the click lies outside of it, the uptake near it is below the threshold, or
            a share of it reaches into a hotter place elsewhere.
    """
    require_volume(suv, spacing_mm)
    require_inside(click, suv)
    if threshold.share is not None:
        return _lesion_of_share(suv, _uphill(suv, spacing_mm, click), threshold.share, within)
    seed = click if suv[click] >= threshold.suv else _hottest_near(suv, spacing_mm, click)
    if suv[seed] < threshold.suv:
        raise UsageError(
            f"The largest uptake within {CLICK_REACH_MM:g} mm of the click is SUV {float(suv[seed]):.2f}, below "
            f"the threshold of {threshold.suv:.2f}; click on the lesion or lower the threshold."
        )
    return region_above(suv, seed, threshold.suv, within)


def mask_with_lesion(
    mask: MaskArray, suv: PixelArray, spacing_mm: tuple[float, ...], threshold: Threshold, click: Voxel
) -> MaskArray:
    """The mask with the lesion at a click.

    Raises:
        UsageError: as ``lesion_at``, or the lesion is in the mask already.
    """
    region = lesion_at(suv, spacing_mm, threshold, click)
    held = mask[region.box.slices]
    if held[region.mask].all():
        raise UsageError("There is a lesion at this place already; take it away first.")
    grown = mask.copy()
    grown[region.box.slices] = held | region.mask
    return grown


def mask_without_lesion(mask: MaskArray, click: Voxel) -> MaskArray:
    """The mask without the connected part under a click: a lesion, or physiologic uptake.

    Raises:
        UsageError: the click lies outside of the scan or on no lesion.
    """
    require_inside(click, mask)
    if not mask[click]:
        raise UsageError("There is no lesion under the click; click on one.")
    region = region_above(mask, click, True)
    left = mask.copy()
    left[region.box.slices] &= ~region.mask
    return left


def require_volume(suv: PixelArray, spacing_mm: tuple[float, ...]) -> None:
    """Raise UsageError unless the PET has three axes."""
    if suv.ndim != 3 or len(spacing_mm) != 3:
        raise UsageError(
            "Lesions on PET are found in volumes; give a PET with slices and the spacing of its three axes."
        )


def require_inside(click: Voxel, array: PixelArray) -> None:
    """Raise UsageError unless the array has this voxel."""
    if len(click) != array.ndim or not all(0 <= index < size for index, size in zip(click, array.shape, strict=True)):
        raise UsageError(f"The click {click} lies outside of the scan of shape {array.shape}.")


def _lesion_of_share(suv: PixelArray, summit: Voxel, share: float, within: MaskArray | None) -> Region:
    if suv[summit] <= 0:
        raise UsageError(f"There is no uptake within {CLICK_REACH_MM:g} mm of the click; click on the lesion.")
    region = region_of_share(suv, summit, share, within)
    if not region.holds(summit):
        raise UsageError(
            f"What lies near the click hangs together, at {share:.0%} of its uptake, with a hotter place elsewhere; "
            "click on the lesion itself, or choose a fixed SUV."
        )
    return region


def _hottest_near(suv: PixelArray, spacing_mm: tuple[float, ...], at: Voxel) -> Voxel:
    near = sphere(spacing_mm, CLICK_REACH_MM) > 0
    reach = tuple(size // 2 for size in near.shape)
    box = around(at, reach, suv.shape)
    cut = tuple(
        slice(start - index + steps, stop - index + steps)
        for start, stop, index, steps in zip(box.start, box.stop, at, reach, strict=True)
    )
    return Region(box, np.asarray(near[cut])).hottest(suv)


def _uphill(suv: PixelArray, spacing_mm: tuple[float, ...], at: Voxel) -> Voxel:
    while suv[top := _hottest_near(suv, spacing_mm, at)] > suv[at]:
        at = top
    return at
