"""How long steps take, from how long they took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from TumorResponseLib.session.steps import Step


@dataclass(frozen=True)
class Running:
    """What the worker is at.

    Attributes:
        step: the present one.
        fraction: of all that was asked for, in [0, 1].
        seconds_left: until all is done; None when that was never done before.
    """

    step: Step
    fraction: float
    seconds_left: float | None


class Pace:
    """Remembers each step's last duration, by the image's number of axes; 0 axes where they are not known yet."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[Step, int], float] = {}

    def note(self, step: Step, axes: int, seconds: float) -> None:
        """A step took so long."""
        self._seconds[step, axes] = seconds

    def running(self, steps: Sequence[Step], present: Step, axes: int, elapsed_s: float) -> Running:
        """How far a run is.

        Args:
            steps: all of the run, in order.
            present: which of them is under way.
            axes: of the image.
            elapsed_s: since it began.
        """
        place = steps.index(present)
        known = [self._seconds.get((step, axes)) for step in steps]
        expected = [seconds for seconds in known if seconds is not None]
        total = sum(expected)
        if len(expected) < len(steps) or total == 0.0:
            return Running(present, place / len(steps), None)
        done = sum(expected[:place]) + min(elapsed_s, expected[place])
        return Running(present, done / total, total - done)
