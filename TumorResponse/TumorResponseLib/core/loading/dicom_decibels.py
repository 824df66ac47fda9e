"""How many decibels lie between black and white, where a DICOM ultrasound file says it (PS3.3 C.8.5.5.1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

DECIBEL = 2
"""Code of Pixel Component Physical Units."""
STRAIGHT = 0.01
"""Largest part of the range by which a grey map may leave the straight line that undoing it takes for granted."""


def dynamic_range_db(dataset: Dataset) -> float | None:
    """The range of an 8-bit grey map that is straight in decibels; None where the regions state none, or differ.

    Few scanners calibrate their grey values: Pixel Component Physical Units, with the break points of the map.
    """
    regions = [
        region
        for region in dataset.get("SequenceOfUltrasoundRegions") or []
        if region.get("PixelComponentPhysicalUnits") == DECIBEL
    ]
    ranges = {round(found, 3) for found in map(_range, regions) if found is not None}
    return ranges.pop() if len(ranges) == 1 else None


def _range(region: Dataset) -> float | None:
    grey, decibels = (_numbers(region, keyword) for keyword in ("TableOfXBreakPoints", "TableOfYBreakPoints"))
    if len(grey) < 2 or len(grey) != len(decibels) or not (np.diff(grey) > 0).all():
        return None
    slope = (decibels[-1] - decibels[0]) / (grey[-1] - grey[0])
    straight = decibels[0] + slope * (grey - grey[0])
    if slope <= 0 or np.abs(decibels - straight).max() > STRAIGHT * abs(decibels[-1] - decibels[0]):
        return None
    return float(slope * np.iinfo(np.uint8).max)


def _numbers(region: Dataset, keyword: str) -> NDArray[np.float64]:
    value = region.get(keyword)
    values = value if hasattr(value, "__iter__") else [] if value is None else [value]
    return np.array([float(each) for each in values])
