"""The laboratory panel as a form: what is known, and what a person types."""

from __future__ import annotations

from dataclasses import dataclass

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.laboratory.table import LaboratoryValue, laboratory_table
from TumorResponseLib.core.study import Study
from TumorResponseLib.report.numbers import GROUP, significant

VALUE_DIGITS, LIMIT_DIGITS = 4, 3
"""That count; whole parts are never rounded."""


@dataclass(frozen=True)
class LaboratoryField:
    """One line of the form.

    Attributes:
        name: as ``Desk.set_laboratory`` wants it.
        label: to show.
        text: the value as it may be typed; ``""`` when it is missing.
        unit: the panel's.
        reference: the usual range, such as ``"35 to 52"`` or ``"up to 21"``; ``""`` where none is known.
        flag: ``low``, ``normal``, ``high`` or ``missing``.
    """

    name: str
    label: str
    text: str
    unit: str
    reference: str
    flag: str


def laboratory_fields(study: Study | None) -> tuple[LaboratoryField, ...]:
    """The whole panel for a study; nothing without one."""
    if study is None:
        return ()
    return tuple(map(_field, laboratory_table(study.laboratory, study.laboratory_ranges)))


def typed_value(label: str, text: str) -> float | None:
    """What was typed as a number, with a point or a comma; None when nothing was.

    Raises:
        UsageError: it is no number.
    """
    typed = text.strip()
    if not typed:
        return None
    try:
        return float(typed.replace(",", "."))
    except ValueError:
        raise UsageError(f"{typed!r} is not a value for {label}; write for instance 12.5.") from None


def _field(value: LaboratoryValue) -> LaboratoryField:
    text = "" if value.value is None else _number(value.value, VALUE_DIGITS)
    return LaboratoryField(value.name, value.label, text, value.unit, _reference(value.low, value.high), value.flag)


def _reference(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    limits = [None if limit is None else _number(limit, LIMIT_DIGITS) for limit in (low, high)]
    if low is None:
        return f"up to {limits[1]}"
    return f"from {limits[0]}" if high is None else f"{limits[0]} to {limits[1]}"


def _number(value: float, digits: int) -> str:
    """A number as it may be typed: no groups of digits, no zeros behind the last digit that says something."""
    text = significant(value, digits).replace(GROUP, "")
    return text.rstrip("0").rstrip(".") if "." in text else text
