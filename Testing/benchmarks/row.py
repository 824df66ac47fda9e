"""One line of the benchmark table, and how time is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True)
class Row:
    """What was measured against what it has to reach.

    Attributes:
        name: what was measured, against what.
        value: ratio, seconds or score.
        target: the bound; None for a figure that stands beside another one.
        unit: printed behind the value, such as ``"x"`` or ``"s"``.
        at_least: whether the target is a lower bound; False for an upper one.
        note: how it was measured, such as the times behind a ratio.
    """

    name: str
    value: float
    target: float | None
    unit: str
    at_least: bool = True
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the value meets its target; None without one."""
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target


def side_by_side(actions: list[Callable[[], object]], repeats: int) -> list[float]:
    """Median seconds of each action; the actions take turns, so that a busy moment of the machine meets all alike."""
    times: list[list[float]] = [[] for _ in actions]
    for _ in range(repeats):
        for action, taken in zip(actions, times, strict=True):
            start = perf_counter()
            action()
            taken.append(perf_counter() - start)
    return [median(taken) for taken in times]
