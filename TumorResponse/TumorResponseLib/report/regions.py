"""The tumour and its rings on the page: their sizes in one unit, and why a ring may be empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from TumorResponseLib.core.measure import RegionMeasurement, volume_unit
from TumorResponseLib.report.colours import region_colours
from TumorResponseLib.report.numbers import UNKNOWN, significant, with_decimals
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step


@dataclass(frozen=True)
class RegionFact:
    """One row of the measurements; ``size`` is its volume or area as it is printed."""

    measurement: RegionMeasurement
    colour: str
    size: str


def region_facts(reading: Reading) -> list[RegionFact]:
    """Measurements of the tumour and the rings; none where the rings are not ready."""
    if not reading.is_ready(Step.RINGS):
        return []
    colours = region_colours([each.name for each in reading.found.measurements])
    _, mm3 = _size_unit(reading.found.measurements)
    return [RegionFact(each, colours[each.name], _size(each, mm3)) for each in reading.found.measurements]


def size_heading(reading: Reading) -> str:
    """Heading of the regions' sizes; the tumour's volume says in which unit all of them are told."""
    found = reading.found.measurements
    unit, _ = _size_unit(found)
    return f"Area, {unit}" if found and found[0].volume_mm3 is None else f"Volume, {unit}"


def empty_rings(reading: Reading) -> str:
    """The sentence on rings without a voxel; ``""`` where every ring has one."""
    image = reading.found.image
    names = [region.measurement.name for region in region_facts(reading) if region.measurement.voxels == 0]
    if not names or image is None or image.spacing is None:
        return ""
    limited = " or cut away by the masks that limit the rings" if reading.limits else ""
    steps = " × ".join(f"{step:.3g}" for step in image.spacing.mm)
    return f"No voxel lies in the ring {', '.join(names)}: it is thinner than a voxel ({steps} mm){limited}."


def _size_unit(measurements: Sequence[RegionMeasurement]) -> tuple[str, float]:
    volume_mm3 = measurements[0].volume_mm3 if measurements else None
    return ("mm²", 1.0) if volume_mm3 is None else volume_unit(volume_mm3)


def _size(region: RegionMeasurement, mm3: float) -> str:
    if region.volume_mm3 is not None:
        return significant(region.volume_mm3 / mm3)
    area = region.area_mm2
    return UNKNOWN if area is None else with_decimals(area, 1 if area < 1000 else 0)
