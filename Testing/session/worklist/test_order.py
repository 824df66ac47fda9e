"""Next, previous and next unread, without going round."""

from __future__ import annotations

from pathlib import Path

import pytest

from TumorResponseLib.session.study_source import StudySource
from TumorResponseLib.session.worklist.entries import Entry, EntryStatus
from TumorResponseLib.session.worklist.order import next_entry, next_unread, previous_entry

STATUSES = (EntryStatus.NEW, EntryStatus.READ, EntryStatus.NEW, EntryStatus.ACCEPTED, EntryStatus.NEW, EntryStatus.READ)
ENTRIES = [Entry(n, StudySource(Path(f"/{n}")), str(n), status) for n, status in enumerate(STATUSES, start=1)]


@pytest.mark.parametrize(
    ("current", "following", "before", "unread"),
    [(None, 1, None, 1), (1, 2, None, 3), (3, 4, 2, 5), (4, 5, 3, 5), (5, 6, 4, None), (6, None, 5, None)],
)
def test_neighbours(current: int | None, following: int | None, before: int | None, unread: int | None) -> None:
    found = [step(ENTRIES, current) for step in (next_entry, previous_entry, next_unread)]
    assert [entry and entry.number for entry in found] == [following, before, unread]


def test_an_empty_worklist_has_no_neighbours() -> None:
    assert [step([], 1) for step in (next_entry, previous_entry, next_unread)] == [None, None, None]
