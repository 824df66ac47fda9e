"""The cases that are open: the present one, and the one after it, read ahead."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from TumorResponseLib.desk.case import OpenCase
from TumorResponseLib.desk.record import CaseRecord
from TumorResponseLib.desk.stopwatch import Stopwatch
from TumorResponseLib.predict.system import System
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.worklist.entries import Entry
from TumorResponseLib.session.worklist.order import next_entry, next_unread
from TumorResponseLib.session.worklist.store import WorklistStore
from TumorResponseLib.worker.client import WorkerClient

SAVE_TIME_S = 5.0
"""How often the time spent is saved; a program that is killed loses no more."""


class Pile:
    """Opens cases in the worker and counts the time spent on the present one.

    Attributes:
        present: the case that is looked at; None before one is.
    """

    def __init__(
        self,
        client: WorkerClient,
        store: WorklistStore,
        systems: Mapping[str, System],
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._store = store
        self._systems = systems
        self._watch = Stopwatch(clock)
        self.present: OpenCase | None = None
        self._ahead: OpenCase | None = None

    def show(self, entry: Entry, options: ReadingOptions, *, auto_update: bool, keeps_results: bool) -> OpenCase:
        """Make a case the present one; one that was read ahead is there at once."""
        before, ahead = self.present, self._ahead
        self._save_time()
        if ahead is not None and ahead.number == entry.number:
            self.present, self._ahead = ahead, None
            self.present.set_radii(options.radii_mm)
            self.present.follow_from_now(auto_update)
        else:
            self._drop_ahead()
            self.present = self._open(entry, options, auto_update=auto_update)
        if before is not None:
            before.close()
        self.present.bring_up(keeps_results=keeps_results)
        return self.present

    def advance(self, options: ReadingOptions, *, auto_update: bool) -> None:
        """Do what the worker's last messages allow, and read ahead when the present case is done."""
        if self._watch.seconds >= SAVE_TIME_S:
            self._save_time()
        for case in (self.present, self._ahead):
            if case is not None:
                case.advance()
        if self.present is not None and self.present.is_settled:
            self._read_ahead(self.present.number, options, auto_update=auto_update)

    def close(self) -> None:
        """Save the time and let go of all cases; may be called twice."""
        if self.present is None:
            return
        self._save_time()
        self._drop_ahead()
        self.present.close()
        self.present = None

    def _read_ahead(self, number: int, options: ReadingOptions, *, auto_update: bool) -> None:
        entries = self._store.entries()
        entry = next_unread(entries, number) or next_entry(entries, number)
        if self._ahead is not None and (entry is None or self._ahead.number != entry.number):
            self._drop_ahead()
        if entry is not None and self._ahead is None:
            self._ahead = self._open(entry, options, auto_update=auto_update)

    def _open(self, entry: Entry, options: ReadingOptions, *, auto_update: bool) -> OpenCase:
        record = CaseRecord(self._store, entry.number)
        return OpenCase(self._client, record, entry.source, self._systems, options, auto_update=auto_update)

    def _drop_ahead(self) -> None:
        if self._ahead is not None:
            self._ahead.close()
            self._ahead = None

    def _save_time(self) -> None:
        seconds = self._watch.take()
        if self.present is not None:
            self._store.add_seconds(self.present.number, seconds)
