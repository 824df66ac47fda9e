"""How long a case is looked at."""

from __future__ import annotations

from collections.abc import Callable

LONGEST_PAUSE_S = 10.0
"""A longer gap between two looks at the watch means that the computer slept; no more than this is counted of it."""


class Stopwatch:
    """Counts time between laps; ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = clock()
        self._seconds = 0.0

    @property
    def seconds(self) -> float:
        """Counted since the last ``take``."""
        now = self._clock()
        self._seconds += min(max(0.0, now - self._last), LONGEST_PAUSE_S)
        self._last = now
        return self._seconds

    def take(self) -> float:
        """The seconds, and start over."""
        seconds, self._seconds = self.seconds, 0.0
        return seconds
