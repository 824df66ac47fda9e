"""How large the tumour and its rings are."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from TumorResponseLib.core.errors import SpacingError
from TumorResponseLib.core.recist import Axis, diameters
from TumorResponseLib.core.rings import Rings

ML_FROM_MM3 = 1000.0
"""A volume is told in ml from here on: 1 ml."""


@dataclass(frozen=True)
class RegionMeasurement:
    """One entry of ``result.json``'s ``regions``.

    Attributes:
        name: as in ``Rings.names``.
        voxels: how many the region has.
        area_mm2: in 2-D, otherwise None.
        volume_mm3: in 3-D, otherwise None.
        long_diameter_mm: RECIST 1.1; of the tumour only, None for bands.
        short_diameter_mm: likewise.
        long_axis: both ends in array index coordinates, or None.
        short_axis: likewise.
    """

    name: str
    voxels: int
    area_mm2: float | None
    volume_mm3: float | None
    long_diameter_mm: float | None = None
    short_diameter_mm: float | None = None
    long_axis: Axis | None = None
    short_axis: Axis | None = None


def measure_regions(rings: Rings, spacing_mm: tuple[float, ...]) -> list[RegionMeasurement]:
    """Measure the tumour, then each band.

    Args:
        rings: what :func:`TumorResponseLib.core.rings.make_rings` returned.
        spacing_mm: in array order.

    Raises:
        SpacingError: the spacing does not fit the rings' axes.
    """
    labels = rings.labels[rings.box.slices]
    if len(spacing_mm) != labels.ndim:
        raise SpacingError(f"The spacing has {len(spacing_mm)} numbers and the rings {labels.ndim} axes.")
    names = rings.names
    voxels = np.bincount(labels.ravel(), minlength=len(names) + 1)[1:]
    size = prod(spacing_mm)
    tumour = diameters(rings.band(0), spacing_mm, rings.box)
    return [
        RegionMeasurement(
            name=name,
            voxels=int(count),
            area_mm2=int(count) * size if labels.ndim == 2 else None,
            volume_mm3=int(count) * size if labels.ndim == 3 else None,
            long_diameter_mm=tumour.long_mm if region == 0 else None,
            short_diameter_mm=tumour.short_mm if region == 0 else None,
            long_axis=tumour.long_ends if region == 0 else None,
            short_axis=tumour.short_ends if region == 0 else None,
        )
        for region, (name, count) in enumerate(zip(names, voxels, strict=True))
    ]


def volume_unit(volume_mm3: float) -> tuple[str, float]:
    """In which unit a tumour of this volume, and all beside it, are told, and how many mm³ it has."""
    return ("ml", 1000.0) if volume_mm3 >= ML_FROM_MM3 else ("mm³", 1.0)
