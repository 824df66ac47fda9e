"""Laboratory values that a person types or corrects."""

from __future__ import annotations

from collections.abc import Mapping

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.laboratory.panel import ANALYTES


def corrected_values(present: Mapping[str, float], typed: Mapping[str, float | None]) -> dict[str, float]:
    """The values with those that were typed in their places.

    Args:
        present: as ``Study.laboratory`` holds them; those outside of the panel stay.
        typed: by the panel's names and in its units; None takes a value away.

    Raises:
        UsageError: the panel does not hold a value, or one is impossible.
    """
    values = dict(present)
    for name, value in typed.items():
        if name not in ANALYTES:
            raise UsageError(f"The laboratory panel holds no value {name!r}; choose from {', '.join(ANALYTES)}.")
        if value is None:
            values.pop(name, None)
            continue
        try:
            values[name] = ANALYTES[name].measured(float(value), ANALYTES[name].unit)
        except ValueError as error:
            raise UsageError(f"{str(error)[0].upper()}{str(error)[1:]}.") from error
    return values
