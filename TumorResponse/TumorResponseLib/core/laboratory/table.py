"""The laboratory table of one patient: each value of the panel with its unit, range and flag; missing ones shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from TumorResponseLib.core.laboratory.panel import PANEL, Range

LOW, NORMAL, HIGH, MISSING = "low", "normal", "high", "missing"


@dataclass(frozen=True)
class LaboratoryValue:
    """One row to show.

    Attributes:
        name: the analyte's, as in ``PANEL``.
        label: to show.
        value: in ``unit``; None when it is missing.
        unit: the panel's.
        low: lower limit of the reference range, None when there is none.
        high: upper limit, likewise.
    """

    name: str
    label: str
    value: float | None
    unit: str
    low: float | None
    high: float | None

    @property
    def flag(self) -> str:
        """``low``, ``normal``, ``high`` or ``missing``; the limits themselves are normal."""
        if self.value is None:
            return MISSING
        if self.low is not None and self.value < self.low:
            return LOW
        return HIGH if self.high is not None and self.value > self.high else NORMAL


def laboratory_table(
    values: Mapping[str, float], ranges: Mapping[str, Range] | None = None, sex: str = ""
) -> tuple[LaboratoryValue, ...]:
    """The whole panel with what is known.

    Args:
        values: by analyte, in the panel's units, as ``Study.laboratory`` holds them.
        ranges: the laboratory's own, which win over the panel's.
        sex: ``M`` or ``F`` where known.
    """
    own = ranges or {}
    return tuple(
        LaboratoryValue(
            analyte.name,
            analyte.label,
            values.get(analyte.name),
            analyte.unit,
            *own.get(analyte.name, analyte.reference(sex)),
        )
        for analyte in PANEL
    )
