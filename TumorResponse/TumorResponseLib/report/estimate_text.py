"""A system's estimate as text."""

from __future__ import annotations

from TumorResponseLib.predict.system import Estimate
from TumorResponseLib.report.numbers import decimals_of, with_decimals

PERCENT = " %"


def estimate_value(estimate: Estimate) -> str:
    """The value with its unit; a share in whole percent."""
    return _written(estimate, estimate.value) + _unit(estimate)


def estimate_interval(estimate: Estimate, level: float) -> str:
    """Its interval, such as ``90 % interval 51 to 73 %``; ``level`` is the nominal coverage."""
    low, high = _written(estimate, estimate.low), _written(estimate, estimate.high)
    return f"{100 * level:.0f}{PERCENT} interval {low} to {high}{_unit(estimate)}"


def _written(estimate: Estimate, value: float) -> str:
    if not estimate.unit:
        return f"{100 * value:.0f}"
    greatest = max(abs(estimate.low), abs(estimate.high), abs(estimate.value))
    return with_decimals(value, decimals_of(greatest) if greatest > 0 else 0)


def _unit(estimate: Estimate) -> str:
    return f" {estimate.unit}" if estimate.unit else PERCENT
