"""The worklist's side of the desk: which case is shown, and what arrives of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from TumorResponseLib.core.errors import StudyError, UsageError
from TumorResponseLib.desk.case import OpenCase
from TumorResponseLib.desk.display import DisplayOptions, Shown, shown
from TumorResponseLib.desk.jobs import Job, Jobs
from TumorResponseLib.desk.outlining import Outlining
from TumorResponseLib.desk.pile import Pile
from TumorResponseLib.desk.teaching import Teaching
from TumorResponseLib.predict.registry import systems as all_systems
from TumorResponseLib.predict.system import System
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step
from TumorResponseLib.session.worklist.discover import find_cases
from TumorResponseLib.session.worklist.entries import Case, Entry, EntryStatus
from TumorResponseLib.session.worklist.export import TABLE, collect, write_export
from TumorResponseLib.session.worklist.order import next_entry, next_unread, previous_entry
from TumorResponseLib.session.worklist.store import WorklistStore
from TumorResponseLib.worker.client import WorkerClient
from TumorResponseLib.worker.pace import Running

DISPLAY = "display"
RADII = "radii_mm"


class WorklistDesk:
    """What ``Desk`` is without the commands on the present case; see there."""

    def __init__(
        self,
        client: WorkerClient,
        folder: Path,
        *,
        systems: Mapping[str, System] | None = None,
        options: ReadingOptions | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder
        self.message = ""
        self._client = client
        self._store = WorklistStore(folder)
        self._version, self._polled_version = 0, -1
        self._display = DisplayOptions.from_json(self._store.setting(DISPLAY, {}))
        asked = options or ReadingOptions()
        self._options = replace(asked, radii_mm=tuple(self._store.setting(RADII, asked.radii_mm)))
        self._jobs = Jobs()
        self._systems = known = all_systems() if systems is None else systems
        self._pile = Pile(client, self._store, known, clock)
        self.teaching = Teaching(self._store, known, self._jobs, self._teaching_changed)
        if not client.is_alive:
            client.start()
        if self._store.current is not None:
            self.show(self._store.current)

    # What shells look at

    @property
    def reading(self) -> Reading | None:
        """The present case's reading; another object after a case change; while the AI is hidden the learner's."""
        if self._pile.present is None:
            return None
        return self._outlining.reading

    @property
    def shown(self) -> Shown:
        """What may be shown of ``reading``."""
        return shown(self.reading, self._display, ai_hidden=self.teaching.hidden)

    @property
    def running(self) -> Running | None:
        """What the worker does for the present case (step, fraction, seconds_left); None when nothing, or hidden."""
        present = self._pile.present
        running = None if present is None else present.background.running
        if running is not None and self.teaching.hidden and running.step is not Step.IMAGE:
            return None
        return running

    @property
    def job(self) -> Job | None:
        """What is being written or drawn (title, fraction); None when nothing."""
        return self._jobs.current

    @property
    def is_writing(self) -> bool:
        """Whether what is being written or drawn needs more time; what is done waits for ``poll``."""
        return self._jobs.is_working

    @property
    def error(self) -> str:
        """What went wrong outside the steps, such as a crash of the worker; ``""`` when nothing."""
        present = self._pile.present
        own = "" if present is None else present.background.error or present.remark
        return own or self._jobs.error

    @property
    def version(self) -> int:
        """Grows with each change."""
        return self._version

    def poll(self) -> bool:
        """Take in what arrived; True when anything changed since the last poll, also by commands."""
        arrived = self._client.poll()
        written = self._jobs.poll()
        self._pile.advance(self._options, auto_update=self._follows)
        if arrived:
            self.teaching.advance()
        if arrived or written or self.running is not None or self.job is not None:
            self._changed()
        changed = self._version != self._polled_version
        self._polled_version = self._version
        return changed

    # Worklist

    def open(self, paths: Sequence[Path]) -> None:
        """Add all studies in ``paths`` to the worklist and show the first of them that is unread, else the first.

        They are looked for beside the user's work; ``job`` tells that it is done, ``error`` when there is no study.
        Where all of them were there already and one of them was shown last, that one is shown again.

        Raises:
            StudyError: a place does not exist.
        """
        for path in paths:
            if not path.expanduser().exists():
                raise StudyError(f"There is no file or folder {path.name}; check the path.")
        self._jobs.start("Looking for studies", lambda progress: find_cases(paths), self._take_cases)
        self._changed()

    def _take_cases(self, cases: Sequence[Case]) -> None:
        known = {entry.number for entry in self._store.entries()}
        entries = self._store.add(cases)
        numbers = {entry.number for entry in entries}
        unread = [entry for entry in entries if entry.status is EntryStatus.NEW]
        last = self._store.current
        if last is not None and last in numbers and numbers <= known:
            self.show(last)
        else:
            self.show((unread or list(entries))[0].number)
        self._changed()

    def entries(self) -> list[Entry]:
        """All cases in their order; without the AI's results where teaching hides them."""
        return [self.teaching.veiled(entry) for entry in self._store.entries()]

    @property
    def entry(self) -> Entry | None:
        """The present case."""
        present = self._pile.present
        return None if present is None else self.teaching.veiled(self._store.entry(present.number))

    def show(self, number: int) -> None:
        """Make a case the present one; raises UsageError when there is no such case."""
        entry = self._store.entry(number)
        if self._pile.present is not None and self._pile.present.number == number:
            return
        self._store.set_current(number)
        self.message = self._jobs.error = ""
        present = self._pile.show(
            entry, self._options, auto_update=self._follows, keeps_results=not self.teaching.hides(number)
        )
        self.teaching.bring_up(number, present.reading)
        self._changed()

    def next(self) -> bool:
        """Show the next case; False at the end of the list."""
        return self._show(next_entry(self.entries(), self._store.current))

    def previous(self) -> bool:
        """Show the case before; False at the beginning of the list."""
        return self._show(previous_entry(self.entries(), self._store.current))

    def next_unread(self) -> bool:
        """Show the next case that is new; False when there is none after this one."""
        return self._show(next_unread(self.entries(), self._store.current))

    def accept(self, comment: str | None = None) -> bool:
        """Accept the present case, with a comment if one is given, and show the next; False at the end."""
        self._mark(EntryStatus.ACCEPTED, comment)
        return self.next()

    def flag(self, comment: str | None = None) -> None:
        """Set the present case aside for a second look, with a comment if one is given."""
        self._mark(EntryStatus.FLAGGED, comment)

    def set_comment(self, comment: str) -> None:
        """Write the present case's comment."""
        self._store.set_comment(self._present.number, comment)
        self._changed()

    def export(self, out: Path) -> Path:
        """Write one CSV with all results, and the masks as files, beside the user's work.

        Returns:
            Where the CSV will be; ``job`` tells how far it is, then ``message`` or ``error`` how it went.
        """
        options = self._options
        cases = [
            replace(case, entry=self.teaching.veiled(case.entry), mask=None)
            if self.teaching.hides(case.entry.number)
            else case
            for case in collect(self._store)
        ]
        self._jobs.start(
            "Exporting the worklist",
            lambda progress: write_export(cases, out, options, self._systems, progress),
            self._tell_exported,
        )
        self._changed()
        return out / TABLE

    def close(self) -> None:
        """Save, finish what is being written, and let go of the worklist; may be called twice."""
        self._jobs.close()
        self._pile.close()
        self._store.close()

    # Choices

    @property
    def display(self) -> DisplayOptions:
        """How results are shown; remembered."""
        return self._display

    def set_display(self, **changes: Any) -> None:
        """Change fields of ``display``; with ``auto_update`` turned on, what is stale is renewed at once."""
        self._display = replace(self._display, **changes)
        self._store.set_setting(DISPLAY, self._display.to_json())
        present = self._pile.present
        if present is not None and "auto_update" in changes:
            present.follow_from_now(self._follows)
        self._changed()

    @property
    def auto_update(self) -> bool:
        """Whether results follow changes by themselves, and cases are read when they are shown; remembered."""
        return self._display.auto_update

    @auto_update.setter
    def auto_update(self, value: bool) -> None:
        self.set_display(auto_update=value)

    # How it works

    @property
    def _present(self) -> OpenCase:
        if self._pile.present is None:
            raise UsageError("No case is shown; open a study first.")
        return self._pile.present

    @property
    def _follows(self) -> bool:
        """Whether cases are read by themselves; the AI of teaching must be there when it is revealed."""
        return self.auto_update or self.teaching.enabled

    @property
    def _outlining(self) -> Outlining:
        return self.teaching.outlining if self.teaching.hidden else self._present.outlining

    def _show(self, entry: Entry | None) -> bool:
        if entry is None:
            return False
        self.show(entry.number)
        return True

    def _mark(self, status: EntryStatus, comment: str | None) -> None:
        number = self._present.number
        if comment is not None:
            self._store.set_comment(number, comment)
        self._store.set_status(number, status)
        self._changed()

    def _teaching_changed(self) -> None:
        if self._pile.present is not None:
            self._pile.present.follow_from_now(self._follows)
            self._pile.present.keep_results(not self.teaching.hidden)
        self._changed()

    def _tell_exported(self, table: Path) -> None:
        self.message = f"Exported: {table}"

    def _changed(self) -> None:
        self._version += 1
