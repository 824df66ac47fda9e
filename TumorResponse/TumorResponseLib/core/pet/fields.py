"""DICOM fields of a PET image: each converted, or refused in one sentence that names it.

Read apart from the pixels: weight, height and sex stand in no other header that is read.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydicom import Dataset, dcmread
from pydicom.multival import MultiValue
from pydicom.tag import Tag

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading.dicom_header import told_as_damaged
from TumorResponseLib.core.loading.quiet import quiet_decoders

KEYWORDS = (
    "SOPClassUID", "Modality", "ImagePositionPatient", "Units", "SUVType", "CorrectedImage", "DecayCorrection",
    "SeriesDate", "SeriesTime", "AcquisitionDate", "AcquisitionTime", "TimezoneOffsetFromUTC", "FrameReferenceTime",
    "ActualFrameDuration", "PatientWeight", "PatientSize", "PatientSex", "RadiopharmaceuticalInformationSequence",
)  # fmt: skip
GE_SCAN_MOMENT = (0x0009, "GEMS_PETD_01", 0x0D)
PHILIPS_SUV_FACTOR = (0x7053, "Philips PET Private Group", 0x00)
PHILIPS_ACTIVITY_FACTOR = (0x7053, "Philips PET Private Group", 0x09)
PRIVATE = (GE_SCAN_MOMENT, PHILIPS_SUV_FACTOR, PHILIPS_ACTIVITY_FACTOR)
BLOCKS = range(0x10, 0x20)
"""Where a vendor's block of a private group may lie (PS3.5 7.8.1): the first sixteen, of which the first are taken."""

TAGS = (
    *(Tag(keyword) for keyword in KEYWORDS),
    *(Tag(group, block) for group, _, _ in PRIVATE for block in BLOCKS),
    *(Tag(group, (block << 8) + element) for group, _, element in PRIVATE for block in BLOCKS),
)

TIME = re.compile(r"(\d{2})(\d{2})(\d{2})?(\.\d{1,6})?")
MOMENT = re.compile(r"(\d{8})(\d{4,6}(?:\.\d{1,6})?)([+-]\d{4})?")


class PetFields:
    """The fields of one file, or of an item of its sequences.

    Args:
        dataset: holds them.
        name: the file's, for messages.
    """

    def __init__(self, dataset: Dataset, name: str) -> None:
        self.name = name
        self._dataset = dataset

    def refused(self, keyword: str, reason: str) -> StudyError:
        """The error that says what is wrong with a field."""
        return StudyError(f"The DICOM field {keyword} of {self.name} {reason}.")

    def missing(self, keyword: str) -> StudyError:
        """The error that says that a field is missing or empty."""
        return self.refused(keyword, "is missing, so no SUV can be computed; export the series again with it")

    def values(self, keyword: str) -> list[Any]:
        """All values of the field; none when it is missing or empty."""
        try:
            value = self._dataset.get(keyword)
        except (ValueError, TypeError, OverflowError) as error:
            raise self.refused(keyword, "cannot be read; export the series again") from error
        if value is None or value == "":
            return []
        return list(value) if isinstance(value, MultiValue) else [value]

    def text(self, keyword: str) -> str:
        """The field's text in capitals; ``""`` when it is missing or empty."""
        values = self.values(keyword)
        return str(values[0]).strip().upper() if values else ""

    def required_text(self, keyword: str) -> str:
        """Likewise, but raises StudyError when it is missing or empty."""
        text = self.text(keyword)
        if not text:
            raise self.missing(keyword)
        return text

    def number(self, keyword: str) -> float | None:
        """The field's number; None when it is missing or empty."""
        values = self.values(keyword)
        if not values:
            return None
        number = _number(values[0])
        if number is None:
            raise self.refused(keyword, f"is {values[0]!s}, which is no number; correct it")
        return number

    def number_between(self, keyword: str, low: float, high: float, unit: str) -> float:
        """The field's number, refused when it is missing or lies outside of what is possible."""
        number = self.number(keyword)
        if number is None:
            raise self.missing(keyword)
        if not low <= number <= high:
            raise self.refused(
                keyword, f"is {number:g} {unit}, but must lie from {low:g} to {high:g} {unit}; correct it"
            )
        return number

    def moment(self, date_keyword: str, time_keyword: str) -> datetime:
        """Date and time of two fields."""
        date, time = self.required_text(date_keyword), self.required_text(time_keyword)
        day = _day(date)
        if day is None:
            raise self.refused(date_keyword, f"is {date}, which is no date; correct it")
        return day + self.time_of_day(time_keyword, time)

    def time_of_day(self, keyword: str, text: str) -> timedelta:
        """A time of day, ``HHMMSS.FFFFFF``, as the time since midnight."""
        time = _time(text)
        if time is None:
            raise self.refused(keyword, f"is {text}, which is no time of day; correct it")
        return time

    def date_time(self, keyword: str, text: str) -> datetime:
        """``YYYYMMDDHHMMSS.FFFFFF+ZZZZ`` in the local time of the other fields, when they tell their zone."""
        parts = MOMENT.fullmatch(text)
        day, time = (_day(parts[1]), _time(parts[2])) if parts else (None, None)
        if parts is None or day is None or time is None:
            raise self.refused(keyword, f"is {text}, which is no date and time; correct it")
        local = self.text("TimezoneOffsetFromUTC")
        if parts[3] and local:
            return day + time - _offset(parts[3]) + _offset(local)
        return day + time

    def item(self, keyword: str) -> PetFields:
        """The fields of the first item of a sequence; raises StudyError when there is none."""
        values = self._dataset.get(keyword)
        if not values:
            raise self.missing(keyword)
        return PetFields(values[0], self.name)

    def private_text(self, tag: tuple[int, str, int]) -> str:
        """A vendor's field (group, creator, element) as text; ``""`` when it is missing or empty."""
        group, creator, element = tag
        for block in BLOCKS:
            holder = self._dataset.get((group, block))
            if holder is None or str(holder.value).strip() != creator:
                continue
            found = self._dataset.get((group, (block << 8) + element))
            value = None if found is None else found.value
            # Explicit encoding may call it unknown and leave bytes.
            text = value.decode("ascii", "ignore") if isinstance(value, bytes) else "" if value is None else str(value)
            return text.strip(" \0")
        return ""

    def private_factor(self, tag: tuple[int, str, int]) -> float | None:
        """A vendor's scale factor; None when it is missing, empty or 0, which means that there is none."""
        text = self.private_text(tag)
        if not text:
            return None
        number = _number(text)
        if number is None or number < 0:
            raise self.refused(
                f"({tag[0]:04x},xx{tag[2]:02x}) of {tag[1]}", f"is {text}, which is no factor; correct it"
            )
        return number or None


def read_pet_fields(path: Path) -> PetFields:
    """Read what the SUV of one file depends on.

    Raises:
        StudyError: the file is cut off or damaged.
    """
    with told_as_damaged(path), quiet_decoders():
        dataset = dcmread(path, force=True, stop_before_pixels=True, specific_tags=list(TAGS))
    return PetFields(dataset, path.name)


def _number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%d")
    except ValueError:
        return None


def _time(text: str) -> timedelta | None:
    parts = TIME.fullmatch(text)
    if parts is None:
        return None
    hours, minutes, seconds = int(parts[1]), int(parts[2]), int(parts[3] or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    return timedelta(hours=hours, minutes=minutes, seconds=seconds + float(parts[4] or 0))


def _offset(text: str) -> timedelta:
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-")
    return sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]))
