"""Which case comes next; at the ends of the list there is none."""

from __future__ import annotations

from collections.abc import Sequence

from TumorResponseLib.session.worklist.entries import Entry, EntryStatus


def next_entry(entries: Sequence[Entry], current: int | None) -> Entry | None:
    """The case after number ``current``; the first one when there is no current case."""
    return next(iter(_after(entries, current)), None)


def previous_entry(entries: Sequence[Entry], current: int | None) -> Entry | None:
    """The case before number ``current``; None when there is no current case."""
    before = [entry for entry in entries if current is not None and entry.number < current]
    return before[-1] if before else None


def next_unread(entries: Sequence[Entry], current: int | None) -> Entry | None:
    """The first case after number ``current`` that is still new."""
    return next((entry for entry in _after(entries, current) if entry.status is EntryStatus.NEW), None)


def _after(entries: Sequence[Entry], current: int | None) -> list[Entry]:
    return [entry for entry in entries if current is None or entry.number > current]
