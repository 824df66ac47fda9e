"""How long the tracer has decayed when a PET image's activities stand for: DICOM's Decay Correction and its times.

PS3.3 C.8.9.1: START, corrected to the start of the acquisition; ADMIN, to the administration; NONE, not corrected.
Which field tells the start of the acquisition: QIBA, SUV vendor-neutral pseudo-code (26 June 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.pet.fields import GE_SCAN_MOMENT, PetFields
from TumorResponseLib.core.pet.suv import mean_activity_delay_s

START, ADMIN, NONE = "START", "ADMIN", "NONE"
MOST_HALF_LIVES = 10
"""After so many half-lives less than a thousandth is left: a clock, a date or the half-life is wrong."""
ITEM = "RadiopharmaceuticalInformationSequence"
INJECTED_AT, INJECTED_TIME = "RadiopharmaceuticalStartDateTime", "RadiopharmaceuticalStartTime"
GE_NAME = f"(0009,xx0d) of {GE_SCAN_MOMENT[1]}"
DAY = timedelta(days=1)


def decay_seconds(slices: Sequence[PetFields], half_life_s: float) -> list[float]:
    """Seconds from the injection to the moment that each slice's activities stand for.

    Args:
        slices: of one series.
        half_life_s: of the radionuclide.

    Raises:
        StudyError: a field is missing or impossible.
    """
    first = slices[0]
    correction = first.required_text("DecayCorrection")
    if correction not in (START, ADMIN, NONE):
        raise first.refused("DecayCorrection", f"is {correction}, but must be {START}, {ADMIN} or {NONE}")
    _require_agreement(slices, correction)
    if correction == ADMIN:
        return [0.0] * len(slices)
    if correction == START:
        reference = series_reference(slices, half_life_s)
        return [_elapsed(first, reference, half_life_s)] * len(slices)
    return [_elapsed(fields, _mean_moment(fields, half_life_s), half_life_s) for fields in slices]


def series_reference(slices: Sequence[PetFields], half_life_s: float) -> datetime:
    """The start of the acquisition that a series with correction START was corrected to.

    GE's own scan time where it is told. Else Series Date and Time, unless it lies after the earliest acquisition: then
    the series was made or renamed later, and the start is the earliest acquisition less its Frame Reference Time, which
    counts from that start to the moment of the frame's mean activity; without Frame Reference Time, the earliest
    acquisition itself.

    Raises:
        StudyError: a field is missing or impossible.
    """
    first = min(slices, key=_acquired)
    acquired = _acquired(first)
    private = first.private_text(GE_SCAN_MOMENT)
    if private:
        scanned = first.date_time(GE_NAME, private)
        if scanned > acquired:
            raise first.refused(GE_NAME, "lies after AcquisitionDate and AcquisitionTime; correct them")
        return scanned
    series = first.moment("SeriesDate", "SeriesTime")
    if series <= acquired:
        return series
    offset_ms = first.number("FrameReferenceTime")
    if not offset_ms:
        return acquired
    return _mean_moment(first, half_life_s) - timedelta(milliseconds=offset_ms)


def _require_agreement(slices: Sequence[PetFields], correction: str) -> None:
    for fields in slices:
        if fields.text("DecayCorrection") != correction:
            raise fields.refused("DecayCorrection", "differs from the other slices'; export the series again")
        corrected = "DECY" in (str(value).strip().upper() for value in fields.values("CorrectedImage"))
        if corrected and correction == NONE:
            raise fields.refused("CorrectedImage", f"holds DECY, but DecayCorrection is {NONE}; correct one of them")
        if not corrected and correction != NONE:
            raise fields.refused(
                "CorrectedImage", f"lacks DECY, but DecayCorrection is {correction}; correct one of them"
            )


def _acquired(fields: PetFields) -> datetime:
    return fields.moment("AcquisitionDate", "AcquisitionTime")


def _mean_moment(fields: PetFields, half_life_s: float) -> datetime:
    """When the activity equalled its mean over the frame."""
    duration_s = fields.number_between("ActualFrameDuration", 1, 86_400_000, "ms") / 1000
    return _acquired(fields) + timedelta(seconds=mean_activity_delay_s(duration_s, half_life_s))


def _elapsed(fields: PetFields, moment: datetime, half_life_s: float) -> float:
    keyword, injected = _injected(fields, moment)
    seconds = (moment - injected).total_seconds()
    if seconds < 0:
        raise fields.refused(keyword, "lies after the scan; correct it or the times of the series")
    if seconds > MOST_HALF_LIVES * half_life_s:
        raise fields.refused(
            keyword,
            f"lies {seconds / 3600:.1f} h before the scan, more than {MOST_HALF_LIVES} half-lives; "
            "correct it, the times of the series or RadionuclideHalfLife",
        )
    return seconds


def _injected(fields: PetFields, moment: datetime) -> tuple[str, datetime]:
    """When the tracer was injected, and the field that tells it.

    The time alone is of the day of the scan, or of the day before where it lies later in the day: midnight has passed.
    """
    item = fields.item(ITEM)
    told = item.text(INJECTED_AT)
    if told:
        return INJECTED_AT, fields.date_time(INJECTED_AT, told)
    time = item.text(INJECTED_TIME)
    if not time:
        raise _no_injection(fields)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    injected = midnight + fields.time_of_day(INJECTED_TIME, time)
    return INJECTED_TIME, injected if injected <= moment else injected - DAY


def _no_injection(fields: PetFields) -> StudyError:
    return fields.missing(f"{INJECTED_AT} (or {INJECTED_TIME})")
