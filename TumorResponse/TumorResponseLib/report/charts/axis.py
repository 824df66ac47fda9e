"""Axes: round ticks and where values lie between the ends."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from TumorResponseLib.core.exhibits import Plot
from TumorResponseLib.report.numbers import with_decimals

STEPS = (1.0, 2.0, 5.0, 10.0)
MOST_TICKS = 6
NEAR_ZERO = 0.5
"""An axis of values on one side of 0 starts at 0 when the least of them is at most this part of the greatest."""
OVERHANG = 0.25
"""Of the distance of two ticks: values that reach no farther past a tick do not add another one."""
ROOM = 0.03
"""Of an axis: what is left below a line that would lie on the other axis."""
TOLERANCE = 1e-9
TINY = 1e-30


@dataclass(frozen=True)
class Axis:
    """A range of values with its ticks.

    Attributes:
        low, high: the ends; ``low < high``.
        ticks: growing, within the ends.
        labels: of the ticks, all with as many decimals as their distance asks for.
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]

    def fraction(self, value: float) -> float:
        """Where a value lies: 0 at ``low``, 1 at ``high``."""
        return (value - self.low) / (self.high - self.low)


def upright_axis(plot: Plot, most_ticks: int = MOST_TICKS) -> Axis:
    """The y axis of a plot; it reaches a little lower where a line would else lie on the x axis."""
    values = [y for line in plot.lines for y in (*line.y, *line.low, *line.high) if math.isfinite(y)]
    axis = axis_around([*values, *([0.0] if plot.from_zero else [])], to_ticks=True, most_ticks=most_ticks)
    room = ROOM * (axis.high - axis.low)
    return replace(axis, low=axis.low - room) if values and min(values) < axis.low + room else axis


def axis_around(values: Iterable[float], *, to_ticks: bool, most_ticks: int = MOST_TICKS) -> Axis:
    """An axis that holds all finite values.

    Args:
        values: NaN and infinity count for nothing; without any value the axis goes from 0 to 1.
        to_ticks: widen the ends to 0 where it is near, and to a tick; otherwise they are the least and greatest value.
        most_ticks: how many there may be.
    """
    finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    if to_ticks:
        low = min(low, 0.0) if low <= NEAR_ZERO * high or low < 0 else low
        high = max(high, 0.0) if abs(high) <= NEAR_ZERO * abs(low) or high > 0 else high
    largest = max(abs(low), abs(high))
    if high - low <= max(TOLERANCE * largest, TINY):
        around = largest / 2 if largest > TINY else 0.5
        low, high = low - around, high + around
    step = _step(high - low, most_ticks)
    past = 1.0 - OVERHANG if to_ticks else 0.0
    first, last = math.ceil(low / step - past - TOLERANCE), math.floor(high / step + past + TOLERANCE)
    ticks = tuple(number * step for number in range(first, last + 1))
    if to_ticks:
        low, high = min(low, ticks[0]), max(high, ticks[-1])
    return Axis(low, high, ticks, tuple(_label(tick, step) for tick in ticks))


def _label(tick: float, step: float) -> str:
    """With the decimals that tell it from its neighbours."""
    place = math.floor(math.log10(step) + TOLERANCE)
    digits = math.floor(math.log10(abs(tick)) + TOLERANCE) - place if tick else 0
    return with_decimals(tick, max(0, -place), max(0, digits))


def _step(span: float, most_ticks: int) -> float:
    """The least distance of 1, 2 or 5 times a power of ten that gives no more ticks than allowed."""
    least = span / (most_ticks - 1)
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in STEPS if step * power >= least * (1 - TOLERANCE))
