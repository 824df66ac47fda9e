"""What HCC lays beside its prediction: size over time, estimates, registration."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

import numpy as np

from TumorResponseLib.core.errors import MaskError, UsageError
from TumorResponseLib.core.exhibits import Cell, Exhibits, Line, Plot, Table
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.measure import volume_unit
from TumorResponseLib.core.recist import diameters
from TumorResponseLib.core.recist_response import TargetLesion, target_response
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.hcc_inputs import CONTRAST_ROLE, ROLES, Sequences, sequences_of
from TumorResponseLib.predict.hcc_outline import outlined
from TumorResponseLib.predict.system import Prediction

GIVEN, BY_NETWORK, OF_READING = "given", "by the network", "of this reading"
"""Who outlined the tumour: the study, the network, or whoever made the mask that is read."""
TITLES = {"t1": "T1-weighted", "t2": "T2-weighted", CONTRAST_ROLE: "after contrast agent"}


@dataclass(frozen=True)
class TimePoint:
    """The tumour's size at one time.

    Attributes:
        name: the time point's label.
        volume_mm3, diameter_mm: 0 where no tumour was found.
        outline: who drew it.
    """

    name: str
    volume_mm3: float
    diameter_mm: float
    outline: str


def hcc_exhibits(points: list[TimePoint], prediction: Prediction, sequences: Sequences) -> Exhibits:
    """Plot and tables; that of the registration only where a sequence was moved or is missing.

    Args:
        points: the tumour's size at each time, the time that is read last.
        prediction: of the system.
        sequences: that it was made from.
    """
    plots = (volume_plot(points),) if len(points) > 1 else ()
    moved = (registration_table(sequences),) if sequences.registrations or sequences.missing else ()
    return Exhibits(plots=plots, tables=(size_table(points), estimate_table(prediction), *moved))


def size_earlier(study: Study, mask: MaskArray | None, bundle: OpenBundle) -> TimePoint:
    """The tumour's size at an earlier time, by the study's mask or, without one, by the network's.

    Raises:
        StudyError, SpacingError: the study cannot be read.
    """
    if mask is None:
        sequences = sequences_of(study)
        return size_at(study, outlined(sequences, bundle).mask, sequences.contrast, BY_NETWORK)
    # A mask that names no image was drawn on the first one, which may have other voxels.
    drawn_on = study.image(CONTRAST_ROLE) if CONTRAST_ROLE in study.masks else next(iter(study.images.values()))
    return size_at(study, mask, drawn_on, GIVEN)


def size_at(study: Study, mask: MaskArray, image: Image, outline: str = OF_READING) -> TimePoint:
    """The tumour's size by a mask on ``image``."""
    name, volume = study.timepoint or study.name, float(np.count_nonzero(mask)) * float(np.prod(image.spacing_mm))
    try:
        return TimePoint(name, volume, diameters(mask, image.spacing_mm).long_mm, outline)
    except MaskError:  # an empty mask: the tumour is gone
        return TimePoint(name, 0.0, 0.0, outline)


def volume_plot(points: list[TimePoint]) -> Plot:
    """The tumour's volume over the time points."""
    places = tuple(map(float, _places([point.name for point in points])))
    weeks = "Week" if all("week" in point.name.lower() for point in points) else "Time point"
    unit, mm3 = volume_unit(points[-1].volume_mm3)
    volumes = tuple(point.volume_mm3 / mm3 for point in points)
    return Plot(
        "tumour-volume",
        "Tumour volume over time",
        weeks,
        f"Volume ({unit})",
        (Line("tumour", places, volumes),),
        "Size alone misleads where dead tissue has not been cleared yet or immune cells swell the tumour.",
        from_zero=True,
    )


def size_table(points: list[TimePoint]) -> Table:
    """Sizes with their change from the first time point, and RECIST 1.1 for one target lesion."""
    first = points[0]
    unit, mm3 = volume_unit(points[-1].volume_mm3)
    rows: list[tuple[Cell, ...]] = []
    for index, point in enumerate(points):
        change = _change(point.diameter_mm, first.diameter_mm) if index else None
        growth = _change(point.volume_mm3, first.volume_mm3) if index else None
        response = _response(points[: index + 1]) if index else None
        rows.append((point.name, point.outline, point.volume_mm3 / mm3, growth, point.diameter_mm, change, response))
    columns = ("Time point", "Outline", f"Volume ({unit})", "Change (%)", "Diameter (mm)", "Change (%)", "RECIST 1.1")
    note = "" if len(points) > 1 else "The study brings no earlier time point, so that there is no change to tell."
    if len(points) > 1 and all(row[-1] is None for row in rows):
        note = "RECIST 1.1 takes target lesions of at least 10 mm at baseline, so that no response is named."
    return Table("size-change", "Tumour size and its change", columns, tuple(rows), note=note)


def estimate_table(prediction: Prediction) -> Table:
    """The estimates with their intervals, in percent."""
    rows = tuple(
        (one.name.capitalize(), 100 * one.value, 100 * one.low, 100 * one.high) for one in prediction.estimates
    )
    level = f"{prediction.interval_level:.0%}"
    return Table(
        "estimates",
        "What histology would find",
        ("Share of the tumour", "Estimate (%)", f"From (%, {level})", f"To (%, {level})"),
        rows,
        note="The interval holds what histology measured in this share of the animals kept for calibration.",
    )


def registration_table(sequences: Sequences) -> Table:
    """How each sequence came to the grid of the image after contrast agent."""
    rows: list[tuple[Cell, ...]] = []
    for role in ROLES:
        made = sequences.registrations.get(role)
        if role == CONTRAST_ROLE:
            rows.append((TITLES[role], "the grid of all", None, None, None, None, None))
        elif role in sequences.missing:
            rows.append((TITLES[role], "missing", None, None, None, None, None))
        elif made is None:
            rows.append((TITLES[role], "by its coordinates", None, None, None, None, None))
        else:
            gain = made.information_after - made.information_before
            gained = None if np.isnan(gain) else gain
            rows.append(
                (TITLES[role], f"registered: {made.reason}", *made.motion.shift_mm, made.motion.angle_deg, gained)
            )
    columns = ("Sequence", "Brought by", "x (mm)", "y (mm)", "z (mm)", "Turn (°)", "Mutual information gained (nats)")
    note = "Shift of the middle of the image after contrast agent towards left, back and head; one turn about any axis."
    return Table("registration", "Sequences on one grid", columns, tuple(rows), note=note)


def _response(points: list[TimePoint]) -> str | None:
    """RECIST 1.1 at the last of the points; None where the first is no target."""
    lesions = [[TargetLesion("tumour", "liver", point.diameter_mm)] for point in points]
    try:
        return target_response(lesions[0], lesions[1:-1], lesions[-1]).value
    except UsageError:
        return None


def _change(value: float, first: float) -> float | None:
    return 100.0 * (value - first) / first if first > 0 else None


def _places(names: list[str]) -> list[int]:
    """The numbers in the labels where each has one and they grow; else 0, 1, 2 and so on."""
    numbers = [int(found[0]) for found in (re.findall(r"\d+", name) for name in names) if len(found) == 1]
    growing = len(numbers) == len(names) and all(a < b for a, b in itertools.pairwise(numbers))
    return numbers if growing else list(range(len(names)))
