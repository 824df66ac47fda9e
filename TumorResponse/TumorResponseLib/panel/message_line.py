"""One line for what went wrong or was done last; a radiologist is shown a sentence, not a dialog."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

from slicer.i18n import tr as _
from slicer.util import tryWithErrorDisplay

from TumorResponseLib.core.errors import TumorResponseError

WARNING = "⚠"


class MessageLine:
    """The label under the strip.

    Args:
        label: QLabel, hidden while there is nothing to say.
    """

    def __init__(self, label: Any) -> None:
        self._label = label
        self._own = ""
        self._shown = ""
        label.setVisible(False)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Say what a command refused, in its own sentence; what nobody expected is shown by Slicer and raised again."""
        self._own = ""
        with self.told_if_refused():
            yield
        self.show()

    @contextmanager
    def told_if_refused(self) -> Iterator[None]:
        """As ``told``, and what was said before stays when nothing is refused."""
        with tryWithErrorDisplay(_("Tumor Response met an unexpected error.")):
            try:
                yield
            except TumorResponseError as refused:
                self._own = str(refused)
                self.show()

    def show(self, error: str = "", done: str = "") -> None:
        """Show the sentence of the last refused command, else what went wrong elsewhere, else what was done."""
        wrong = self._own or error
        text = f"{WARNING} {escape(wrong)}" if wrong else escape(done)
        if text != self._shown:
            self._shown = text
            self._label.text = text
            self._label.setVisible(bool(text))
