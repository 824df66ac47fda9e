"""Which uptake counts as a lesion's: threshold methods by name, and the reference regions that some of them need.

- ``fixed``: SUV of a given number or more.
- ``41 % of maximum``: 41 % of the lesion's own SUVmax or more (EANM procedure guidelines 2.0, Boellaard et al., Eur J
  Nucl Med Mol Imaging 42 (2015) 328).
- ``liver``: 1.5 times the liver's mean plus 2 standard deviations; the liver measured in a sphere of 3 cm in its
  healthy right lobe (PERCIST 1.0, Wahl et al., J Nucl Med 50 (2009) 122S).
- ``blood pool``: 2 times the blood pool's mean plus 2 standard deviations, where the liver is diseased; measured in a
  cylinder of 1 cm by 2 cm in the descending thoracic aorta (likewise).

Factors and regions agree with another implementation's page (PMOD, doc.pmod.com/pseg/pseg_percist-intro.html).
PERCIST is written for FDG and lean body mass; for somatostatin receptor PET the same rules are a convention, not a
validated one, and the caller says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np

from TumorResponseLib.core.errors import MaskError, UsageError
from TumorResponseLib.core.image import MaskArray, PixelArray

FIXED, OF_MAXIMUM, LIVER, BLOOD_POOL = "fixed", "41 % of maximum", "liver", "blood pool"
METHODS = (FIXED, OF_MAXIMUM, LIVER, BLOOD_POOL)
SHARE_OF_MAXIMUM = 0.41
LIVER_TIMES, BLOOD_POOL_TIMES, DEVIATIONS = 1.5, 2.0, 2.0
LIVER_DIAMETER_MM = 30.0
AORTA_DIAMETER_MM, AORTA_LENGTH_MM = 10.0, 20.0
FEWEST_VOXELS = 2


@dataclass(frozen=True)
class ReferenceRegion:
    """Uptake in healthy tissue.

    Attributes:
        organ: ``liver`` or ``blood pool``.
        mean: SUV.
        deviation: standard deviation of the voxels (n - 1).
        voxels: how many were measured.
    """

    organ: str
    mean: float
    deviation: float
    voxels: int


@dataclass(frozen=True)
class Threshold:
    """A method, ready to use.

    Attributes:
        method: one of ``METHODS``.
        suv: lesions are at least so active; for ``41 % of maximum`` only where lesions are looked for automatically.
        share: of each lesion's own maximum, for ``41 % of maximum``; None for the others.
    """

    method: str
    suv: float
    share: float | None = None


def fixed(suv: float) -> Threshold:
    """A given SUV."""
    return Threshold(FIXED, _positive(suv))


def of_maximum(found_from: float, share: float = SHARE_OF_MAXIMUM) -> Threshold:
    """A share of each lesion's maximum; ``found_from`` is the SUV from which a maximum is a lesion's."""
    if not 0 < share < 1:
        raise UsageError(f"The share of the maximum must lie between 0 and 1, such as 0.41, not {share:g}.")
    return Threshold(OF_MAXIMUM, _positive(found_from), share)


def of_reference(region: ReferenceRegion) -> Threshold:
    """PERCIST's rule for the liver or the blood pool."""
    times = LIVER_TIMES if region.organ == LIVER else BLOOD_POOL_TIMES
    return Threshold(region.organ, _positive(times * region.mean + DEVIATIONS * region.deviation))


def threshold_of(method: str, suv: float | None = None, region: ReferenceRegion | None = None) -> Threshold:
    """A threshold by the name of its method.

    Args:
        method: one of ``METHODS``.
        suv: of ``fixed``, or from which a maximum is a lesion's, for ``41 % of maximum``.
        region: measured in the organ of the other methods.

    Raises:
        UsageError: there is no such method, or it lacks its number or region.
    """
    if method not in METHODS:
        raise UsageError(f"There is no threshold method {method!r}; take one of {', '.join(METHODS)}.")
    if method in (LIVER, BLOOD_POOL):
        if region is None or region.organ != method:
            raise UsageError(f"The threshold by {method} needs a region measured there; place one.")
        return of_reference(region)
    if suv is None:
        raise UsageError(f"The threshold method {method!r} needs an SUV; give one.")
    return fixed(suv) if method == FIXED else of_maximum(suv)


def reference_region(suv: PixelArray, mask: MaskArray, organ: str) -> ReferenceRegion:
    """Measure healthy tissue.

    Args:
        suv: ``(slices, rows, columns)``.
        mask: of the same shape: from ``ball``, ``cylinder``, or drawn.
        organ: ``liver`` or ``blood pool``.

    Raises:
        UsageError: there is no rule for this organ.
        MaskError: the region has another shape or fewer than two voxels.
    """
    if organ not in (LIVER, BLOOD_POOL):
        raise UsageError(f"There is no threshold by {organ}; take {LIVER} or {BLOOD_POOL}.")
    if mask.shape != suv.shape:
        raise MaskError(f"The {organ} region has shape {mask.shape} and the PET {suv.shape}; draw it on this PET.")
    values = suv[mask].astype(np.float64)
    if values.size < FEWEST_VOXELS:
        raise MaskError(f"The {organ} region holds {values.size} voxels; make it larger.")
    return ReferenceRegion(organ, float(values.mean()), float(values.std(ddof=1)), int(values.size))


def ball(
    shape: tuple[int, ...], spacing_mm: tuple[float, ...], at: tuple[int, ...], diameter_mm: float = LIVER_DIAMETER_MM
) -> MaskArray:
    """A sphere around a voxel, for the liver.

    Raises:
        UsageError: it reaches beyond the scan.
    """
    inside = sum(
        ((np.arange(size) - centre) * step).reshape([-1 if axis == own else 1 for axis in range(len(shape))]) ** 2
        for own, (size, centre, step) in enumerate(zip(shape, at, spacing_mm, strict=True))
    )
    _require_inside(shape, spacing_mm, at, (diameter_mm / 2,) * len(shape))
    return np.asarray(inside <= (diameter_mm / 2) ** 2)


def cylinder(
    shape: tuple[int, ...],
    spacing_mm: tuple[float, ...],
    at: tuple[int, ...],
    diameter_mm: float = AORTA_DIAMETER_MM,
    length_mm: float = AORTA_LENGTH_MM,
) -> MaskArray:
    """A cylinder along the slices' normal around a voxel, for the descending aorta.

    Raises:
        UsageError: it reaches beyond the scan.
    """
    _require_inside(shape, spacing_mm, at, (length_mm / 2, diameter_mm / 2, diameter_mm / 2))
    slices, rows, columns = (
        (np.arange(size) - centre) * step for size, centre, step in zip(shape, at, spacing_mm, strict=True)
    )
    disc = rows[:, np.newaxis] ** 2 + columns**2 <= (diameter_mm / 2) ** 2
    return np.asarray((np.abs(slices) <= length_mm / 2)[:, np.newaxis, np.newaxis] & disc)


def _require_inside(
    shape: tuple[int, ...], spacing_mm: tuple[float, ...], at: tuple[int, ...], reach_mm: tuple[float, ...]
) -> None:
    for size, step, centre, reach in zip(shape, spacing_mm, at, reach_mm, strict=True):
        if centre * step < reach - step / 2 or (size - 1 - centre) * step < reach - step / 2:
            raise UsageError("The reference region reaches beyond the scan; place it further inside.")


def _positive(suv: float) -> float:
    if not isfinite(suv) or suv <= 0:
        raise UsageError(f"A threshold must be a positive SUV, not {suv:g}.")
    return float(suv)
