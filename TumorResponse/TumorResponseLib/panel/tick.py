"""The timer that takes in what arrived from the worker, every 50 ms while the panel is shown.

When it is left while something is written, the timer goes on giving the writing thread its time, until that is done.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import qt

from TumorResponseLib.panel.message_line import MessageLine
from TumorResponseLib.panel.workplace import Workplace

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk

INTERVAL_MS = 50
YIELDED_S = 0.02
"""Given to the desk's writing thread in each tick: Slicer keeps Python's lock while it waits for events."""


class Tick:
    """Polls the desk.

    Args:
        workplace: has the desk, when there is one.
        message: where refusals are told.
        before: called before each poll, such as to fetch strokes.
        show: called when the desk changed.
    """

    def __init__(
        self,
        workplace: Workplace,
        message: MessageLine,
        before: Callable[[Desk], None],
        show: Callable[[Desk], None],
    ) -> None:
        self._workplace = workplace
        self._message = message
        self._before = before
        self._show = show
        self._is_busy = False
        self._is_new_to_scene = False
        self._is_polling = False
        self._timer = qt.QTimer()
        self._timer.setInterval(INTERVAL_MS)
        self._timer.connect("timeout()", self.run)

    def start(self) -> None:
        """Poll from now on, and show the desk's state at the first poll."""
        self._is_new_to_scene = self._is_polling = True
        self._timer.start()

    def stop(self) -> None:
        """Poll no more."""
        self._is_polling = False
        self._yield_to_writing()

    def run(self) -> None:
        """Poll once. Not while a poll is under way: a message box handles events, timers too."""
        desk = self._workplace.desk
        if not self._is_polling:
            self._yield_to_writing()
            return
        if desk is None or self._is_busy:
            return
        self._is_busy = True
        was_active = self._timer.active
        self._timer.stop()  # an error that nobody expected is shown once and not twenty times a second
        try:
            with self._message.told_if_refused():
                self._before(desk)
                if desk.job is not None:
                    time.sleep(YIELDED_S)
                if desk.poll() or self._is_new_to_scene:
                    self._is_new_to_scene = False
                    self._show(desk)
        finally:
            self._is_busy = False
        if was_active:
            self._timer.start()

    def _yield_to_writing(self) -> None:
        desk = self._workplace.desk
        if desk is not None and desk.is_writing:
            time.sleep(YIELDED_S)
            self._timer.start()
        else:
            self._timer.stop()
