"""Laboratory values: from a CSV file, or from the fields of a cohort's table or a ``study.json``."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.laboratory.panel import PANEL, Analyte, Range, analyte_of
from TumorResponseLib.core.loading.fields import FieldReader, number
from TumorResponseLib.core.loading.files import require_readable

REQUIRED = ("analyte", "value", "unit")
COLUMNS = (*REQUIRED, "low", "high")


@dataclass(frozen=True)
class LaboratoryFile:
    """What a laboratory CSV holds, in the panel's names and units.

    Attributes:
        values: by analyte; missing ones are left out.
        ranges: the laboratory's own reference ranges, where it states them.
    """

    values: dict[str, float]
    ranges: dict[str, Range]


def read_laboratory(path: Path) -> LaboratoryFile:
    """Read a CSV with one row an analyte: columns ``analyte``, ``value``, ``unit``, and if wanted ``low`` and ``high``.

    Commas or semicolons separate; numbers have a decimal point. An empty value is a missing one.

    Raises:
        StudyError: the file is missing, empty or no such table, or rows are wrong: a sentence for each.
    """
    rows = _rows(path)
    values: dict[str, float] = {}
    ranges: dict[str, Range] = {}
    seen: set[str] = set()
    wrong: list[str] = []
    for line, row in rows:
        try:
            analyte = _analyte(row["analyte"], seen)
            value, limits = _converted(analyte, row)
        except ValueError as error:
            wrong.append(f"Row {line} of {path.name}: {error}.")
            continue
        if value is not None:
            values[analyte.name] = value
        if limits != (None, None):
            ranges[analyte.name] = limits
    if wrong:
        raise StudyError("\n".join(wrong))
    return LaboratoryFile(values, ranges)


def laboratory_of_fields(reader: FieldReader) -> dict[str, float]:
    """Values of the columns ``lab_<name>``: those of the panel by its names and in its units, others as they stand.

    ``units_lab_<name>`` names another unit than the panel's. What is wrong is refused through ``reader``.
    """
    units = reader.values("units_lab_", str)
    values: dict[str, float] = {}
    for name, value in reader.values("lab_", number).items():
        analyte, unit = analyte_of(name), units.pop(name, None)
        if analyte is None and unit is not None:
            reader.refuse(f"units_lab_{name}", "names a unit, but the laboratory panel does not hold the value")
            continue
        if analyte is not None and analyte.name in values:
            reader.refuse(f"lab_{name}", f"gives {analyte.label} a second time")
            continue
        try:
            values[analyte.name if analyte else name] = (
                analyte.measured(value, unit or analyte.unit) if analyte else value
            )
        except ValueError as error:
            reader.refuse(f"lab_{name}", f"is refused: {error}")
    for name in units:
        reader.refuse(f"units_lab_{name}", f"names a unit, but there is no number in lab_{name}")
    return values


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    require_readable(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        delimiter = ";" if ";" in text.partition("\n")[0] else ","
        lines = list(csv.reader(text.splitlines(), delimiter=delimiter, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise StudyError(f"The laboratory table {path.name} is not CSV in UTF-8; save it as such.") from error
    if not lines:
        raise StudyError(f"The laboratory table {path.name} is empty; name its columns in the first line.")
    header = [column.strip().lower() for column in lines[0]]
    lacking = [column for column in REQUIRED if column not in header]
    unknown = [column for column in header if column not in COLUMNS]
    if lacking or unknown or len(set(header)) < len(header):
        raise StudyError(
            f"The laboratory table {path.name} must have the columns {', '.join(REQUIRED)} and may have low and high; "
            f"it has {', '.join(header)}."
        )
    rows = []
    for line, fields in enumerate(lines[1:], start=2):
        if not any(field.strip() for field in fields):
            continue
        if len(fields) != len(header):
            raise StudyError(f"Row {line} of {path.name} has {len(fields)} fields, but the first row {len(header)}.")
        rows.append((line, {column: field.strip() for column, field in zip(header, fields, strict=True)}))
    if not rows:
        raise StudyError(f"The laboratory table {path.name} has no rows; add a value.")
    return rows


def _analyte(name: str, seen: set[str]) -> Analyte:
    analyte = analyte_of(name)
    if analyte is None:
        known = ", ".join(analyte.name for analyte in PANEL)
        raise ValueError(f"the analyte {name!r} is not known; known are {known}")
    if analyte.name in seen:
        raise ValueError(f"{analyte.label} stands in the table twice; keep the value before therapy")
    seen.add(analyte.name)
    return analyte


def _converted(analyte: Analyte, row: Mapping[str, str]) -> tuple[float | None, Range]:
    """Value and limits in the panel's unit; raises ValueError for what is wrong."""
    value, low, high = (_number(row.get(column, ""), analyte) for column in ("value", "low", "high"))
    unit = row["unit"]
    if (value, low, high) == (None, None, None):
        return None, (None, None)
    if not unit:
        raise ValueError(f"{analyte.label} has no unit; give one of {', '.join(analyte.factors)}")
    if low is not None and high is not None and low >= high:
        raise ValueError(f"the range of {analyte.label} from {low:g} to {high:g} is upside down")
    own_low, own_high = (None if limit is None else analyte.converted(limit, unit) for limit in (low, high))
    return None if value is None else analyte.measured(value, unit), (own_low, own_high)


def _number(text: str, analyte: Analyte) -> float | None:
    if not text:
        return None
    try:
        return number(text)
    except ValueError as error:
        raise ValueError(f"{analyte.label} holds {text!r}; {error}, with a decimal point") from error
