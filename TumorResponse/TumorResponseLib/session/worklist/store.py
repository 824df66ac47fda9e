"""The worklist on disk: cases, where the user is among them, masks and remembered choices."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.session.json_values import json_values
from TumorResponseLib.session.mask_source import MaskOrigin, MaskSource
from TumorResponseLib.session.study_source import StudySource
from TumorResponseLib.session.worklist.database import open_database, told_in_one_sentence
from TumorResponseLib.session.worklist.entries import Case, Entry, EntryStatus, SavedMask
from TumorResponseLib.session.worklist.packed_mask import pack, unpack

CURRENT = "worklist.current"
"""The setting that holds the number of the present case."""


class WorklistStore:
    """The worklist of one output folder, in ``worklist.sqlite``.

    Every change is saved when its method returns. To be used from one thread; one program at a time.

    Args:
        folder: made when it does not exist.

    Raises:
        TumorResponseError: another program has it open, or it cannot be read or, by any method, written.
        UsageError: by any method that takes a case's number: there is no such case.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._database = open_database(folder)
        self._entries: dict[int, Entry] = {}
        self._reread()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        with told_in_one_sentence(self.folder):
            self._database.close()

    # Cases

    def add(self, cases: Iterable[Case]) -> tuple[Entry, ...]:
        """Append cases, each once; returns the entries of all of them, also of those that were there before."""
        sources = [(_text(case.source.to_json()), case.name) for case in cases]
        with told_in_one_sentence(self.folder), self._database:
            self._database.executemany(
                "INSERT OR IGNORE INTO entries (source, name, status) VALUES (?, ?, 'new')",
                sources,
            )
        self._reread()
        by_source = {_text(entry.source.to_json()): entry for entry in self._entries.values()}
        return tuple(by_source[source] for source in dict.fromkeys(source for source, _ in sources))

    def entries(self) -> list[Entry]:
        """All cases in their order."""
        return list(self._entries.values())

    def entry(self, number: int) -> Entry:
        """One case."""
        if number not in self._entries:
            raise UsageError(f"There is no case {number} in the worklist; it has {len(self._entries)}.")
        return self._entries[number]

    @property
    def current(self) -> int | None:
        """Number of the present case; None before one was shown."""
        number: int | None = self.setting(CURRENT)
        return number

    def set_current(self, number: int) -> None:
        """Remember which case is shown."""
        self.set_setting(CURRENT, self.entry(number).number)

    def set_status(self, number: int, status: EntryStatus) -> None:
        """Say how far a person is with a case."""
        self._change(number, "status = ?", EntryStatus(status).value)

    def set_comment(self, number: int, comment: str) -> None:
        """Write the comment in place of the earlier one."""
        self._change(number, "comment = ?", comment)

    def add_seconds(self, number: int, seconds: float) -> None:
        """Count more time that the case was looked at."""
        self._change(number, "seconds = seconds + ?", float(seconds))

    def set_thumbnail(self, number: int, png: bytes) -> None:
        """Keep the small picture."""
        self._change(number, "thumbnail = ?", png)

    def set_result(self, number: int, document: dict[str, Any] | None) -> None:
        """Keep a ``result.json`` document; None forgets it."""
        self._change(number, "result = ?", None if document is None else _text(document))

    # Masks

    def set_mask(self, number: int, mask: MaskArray, source: MaskSource, automatic: MaskArray | None = None) -> None:
        """Keep the tumour mask in place of the earlier one.

        Args:
            number: of the case.
            mask: ``bool`` on the image's grid.
            source: who drew it.
            automatic: the network's outline that a correction can be undone to, of the same shape.
        """
        if automatic is not None and automatic.shape != mask.shape:
            raise UsageError(f"The automatic mask has shape {automatic.shape} and the mask {mask.shape}.")
        row = (
            self.entry(number).number,
            _text(mask.shape),
            pack(mask),
            _text(asdict(source)),
            None if automatic is None else pack(automatic),
        )
        with told_in_one_sentence(self.folder), self._database:
            self._database.execute("REPLACE INTO masks VALUES (?, ?, ?, ?, ?)", row)
        self._reread(number)

    def drop_mask(self, number: int) -> None:
        """Keep no mask for the case."""
        with told_in_one_sentence(self.folder), self._database:
            self._database.execute("DELETE FROM masks WHERE number = ?", (self.entry(number).number,))
        self._reread(number)

    def mask(self, number: int) -> SavedMask | None:
        """The mask that was kept; None when there is none."""
        query = "SELECT shape, mask, source, automatic FROM masks WHERE number = ?"
        with told_in_one_sentence(self.folder):
            row = self._database.execute(query, (self.entry(number).number,)).fetchone()
        if row is None:
            return None
        shape = tuple(json.loads(row[0]))
        source = json.loads(row[2])
        return SavedMask(
            unpack(row[1], shape),
            MaskSource(**{**source, "origin": MaskOrigin(source["origin"])}),
            None if row[3] is None else unpack(row[3], shape),
        )

    # Remembered choices

    def set_setting(self, key: str, value: Any) -> None:
        """Remember a JSON value."""
        with told_in_one_sentence(self.folder), self._database:
            self._database.execute("REPLACE INTO settings (key, value) VALUES (?, ?)", (key, _text(value)))

    def setting(self, key: str, default: Any = None) -> Any:
        """The remembered value; ``default`` when there is none."""
        with told_in_one_sentence(self.folder):
            row = self._database.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
        return default if row is None else json.loads(row[0])

    # How entries are kept

    def _change(self, number: int, assignment: str, value: object) -> None:
        number = self.entry(number).number
        with told_in_one_sentence(self.folder), self._database:
            self._database.execute(f"UPDATE entries SET {assignment} WHERE number = ?", (value, number))
        self._reread(number)

    def _reread(self, number: int | None = None) -> None:
        """Bring the entries in memory in line with the file; nobody else writes it while it is open."""
        query = (
            "SELECT number, entries.source, name, status, comment, seconds, masks.number IS NOT NULL, thumbnail, result"
            " FROM entries LEFT JOIN masks USING (number) WHERE :number IS NULL OR number = :number ORDER BY number"
        )
        with told_in_one_sentence(self.folder):
            rows = self._database.execute(query, {"number": number}).fetchall()
        self._entries |= {row[0]: _entry(*row) for row in rows}


def _entry(
    number: int,
    source: str,
    name: str,
    status: str,
    comment: str,
    seconds: float,
    has_mask: int,
    thumbnail: bytes | None,
    result: str | None,
) -> Entry:
    return Entry(
        number,
        StudySource.from_json(json.loads(source)),
        name,
        EntryStatus(status),
        comment,
        seconds,
        bool(has_mask),
        thumbnail,
        None if result is None else json.loads(result),
    )


def _text(value: object) -> str:
    """JSON that is the same for the same value."""
    return json.dumps(json_values(value), sort_keys=True, ensure_ascii=False, allow_nan=False)
