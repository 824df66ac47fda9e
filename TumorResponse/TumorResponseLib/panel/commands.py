"""How a button's command reaches the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from TumorResponseLib.panel.message_line import MessageLine
from TumorResponseLib.panel.workplace import Workplace

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk


class Commands:
    """Runs commands on the desk; a refusal becomes a sentence in the panel.

    Args:
        workplace: opens the desk at the first command that needs one.
        message: where refusals are told.
        done: called after each command, for the panel to show what changed.
    """

    def __init__(self, workplace: Workplace, message: MessageLine, done: Callable[[], None]) -> None:
        self._workplace = workplace
        self._message = message
        self._done = done

    def run(self, command: Callable[[Desk], object]) -> None:
        """Run a command on the present desk, if there is one."""
        if self._workplace.desk is not None:
            self.run_opening(command)

    def run_opening(self, command: Callable[[Desk], object]) -> None:
        """Run a command; opens the desk first, which may ask to install packages."""
        with self._message.told():
            command(self._workplace.open())
        self._done()
