"""A reading whose work is done in the worker; the interface asks, polls and shows."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from TumorResponseLib.core.errors import TumorResponseError, UsageError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.system import System
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step
from TumorResponseLib.session.study_source import StudySource
from TumorResponseLib.worker.asking import Aside, Asked, Opening, Run, Ticket
from TumorResponseLib.worker.client import WorkerClient
from TumorResponseLib.worker.pace import Running
from TumorResponseLib.worker.sync import Sync

CANCELLED = "Cancelled."


class ModelsElsewhere:
    """In place of the model library: no model runs in the interface."""

    def open(self, name: str) -> OpenBundle:
        """Refuse."""
        raise UsageError(f"The bundle {name} runs in the worker; ask the worker for it.")


class BackgroundReading:
    """One study being read in the worker.

    Everything returns at once. Results arrive in ``reading`` while the client is polled; those that no longer fit what
    the reading was given meanwhile are dropped.

    Args:
        client: shared by all readings.
        systems: as for ``Reading``.
        options: likewise.
        ahead: whether it is read before anybody looks at it.

    Attributes:
        reading: state and results. Give it masks, spacing, radii and limits, then ``run``; its own commands that need
            a model refuse.
        ahead: may be changed at any time; a reading that is not ahead goes before those that are.
        error: one sentence when the last request failed; ``""`` otherwise.
    """

    def __init__(
        self,
        client: WorkerClient,
        systems: Mapping[str, System],
        options: ReadingOptions | None = None,
        *,
        ahead: bool = False,
    ) -> None:
        self.client = client
        self.key = client.new_key()
        self.reading = Reading(ModelsElsewhere(), systems, options)
        self.sync = Sync(self.key, self.reading)
        self.ahead = ahead
        self.error = ""
        self._asked: list[Asked] = []

    @property
    def running(self) -> Running | None:
        """What is under way or waits for the worker; None when nothing does. Asides are not counted."""
        request = next((asked for asked in self._asked if not isinstance(asked, Aside)), None)
        return request.running() if request else None

    def open(self, source: StudySource | Study) -> None:
        """Start over with a study; IMAGE becomes READY, or FAILED, while the client is polled.

        A ``Study`` that is loaded already is open at once.
        """
        self._withdraw_all()
        self.error = ""
        if isinstance(source, StudySource):
            self._ask(Opening(self, source))
            return
        try:
            self.reading.open(source)
        except TumorResponseError as error:
            self.error = str(error)

    def run(self, first: Step = Step.MASK, *, again: bool = False) -> None:
        """Bring every step from ``first`` on that is not READY up to date.

        Takes the place of an earlier run that is not finished.

        Args:
            first: see ``Reading.run``.
            again: likewise.

        Raises:
            UsageError: no study is open or being opened, or ``first`` is the report, which is no work for a model.
        """
        if first is Step.REPORT:
            raise UsageError("The report is not made by the worker; write it from the reading.")
        is_opening = any(isinstance(asked, Opening) for asked in self._asked)
        if not is_opening and self.reading.found.study is None:
            raise UsageError("No study is open; open one first.")
        self.error = ""
        for earlier in [asked for asked in self._asked if isinstance(asked, Run)]:
            if earlier.does(first, again=again):
                return
            first, again = earlier.joined(first, again=again)
            self.client.withdraw(earlier)
        self._ask(Run(self, first, again=again))

    def run_aside(self, mask: MaskArray) -> Ticket:
        """Predict for another mask of the image; the reading stays as it is.

        Raises:
            UsageError: no study is open.
        """
        if self.reading.found.study is None:
            raise UsageError("No study is open; open one first.")
        aside = Aside(self, mask)
        self._ask(aside)
        return aside.ticket

    def cancel(self) -> None:
        """End everything that was asked for now; the earlier results stand, and the worker starts anew."""
        running = self.running
        self.error = ""
        self.client.cancel(self)
        if running is not None:
            self.reading.leave(running.step, CANCELLED)

    def close(self) -> None:
        """Drop it."""
        self._withdraw_all()
        self.client.tell({"drop": self.key})

    # For the requests

    def forget(self, asked: Asked) -> None:
        """A request ended."""
        with suppress(ValueError):
            self._asked.remove(asked)

    def withdraw_runs(self) -> None:
        """There is nothing to run on."""
        for asked in self._asked.copy():
            if not isinstance(asked, Opening):
                self.client.withdraw(asked)

    def _ask(self, asked: Asked) -> None:
        self._asked.append(asked)
        self.client.submit(asked)

    def _withdraw_all(self) -> None:
        for asked in self._asked.copy():
            self.client.withdraw(asked)
