"""The worklist and what is said of the present case."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from TumorResponseLib.session.worklist.entries import Entry, EntryStatus

if TYPE_CHECKING:
    from TumorResponseLib.viewer.app import Viewer

END_OF_LIST = "This is the last case of the worklist."
START_OF_LIST = "This is the first case of the worklist."
NONE_UNREAD = "No unread case follows."
ALL_DONE = "Accepted. This was the last case of the worklist."


def facts(viewer: Viewer) -> dict[str, Any]:
    """One row a case."""
    entry = viewer.desk.entry
    entries = viewer.desk.entries()
    number = 0 if entry is None else entry.number
    return {
        "worklist_rows": [_row(each, each.number == number) for each in entries],
        "worklist_number": number,
        "worklist_unread": sum(each.status is EntryStatus.NEW for each in entries),
        "worklist_name": "" if entry is None else entry.name,
        "worklist_status": "" if entry is None else entry.status.value,
        "worklist_comment": "" if entry is None else entry.comment,
    }


def commands(viewer: Viewer) -> dict[str, Callable[..., object]]:
    """Going through the list, and judging the present case."""
    desk = viewer.desk

    def go(move: Callable[[], bool], otherwise: str) -> Callable[[], None]:
        def run() -> None:
            viewer.tell("" if move() else otherwise)

        return run

    return {
        "worklist_show": lambda number: desk.show(int(number)),
        "worklist_next": go(desk.next, END_OF_LIST),
        "worklist_previous": go(desk.previous, START_OF_LIST),
        "worklist_next_unread": go(desk.next_unread, NONE_UNREAD),
        "worklist_accept": go(desk.accept, ALL_DONE),
        "worklist_flag": desk.flag,
    }


def _take_comment(viewer: Viewer, comment: str | None) -> None:
    entry = viewer.desk.entry
    if entry is not None and entry.comment != (comment or ""):
        viewer.desk.set_comment(comment or "")


INPUTS: dict[str, Callable[[Viewer, Any], None]] = {"worklist_comment": _take_comment}


def _row(entry: Entry, is_present: bool) -> dict[str, Any]:
    # The bytes' length tells the browser when a picture is another one.
    picture = "" if entry.thumbnail is None else f"thumbnails/{entry.number}?{len(entry.thumbnail)}"
    minutes, seconds = divmod(int(entry.seconds), 60)
    return {
        "number": entry.number,
        "name": entry.name,
        "status": entry.status.value,
        "comment": entry.comment,
        "time": f"{minutes}:{seconds:02d}" if is_present or entry.seconds >= 1 else "",
        "picture": picture,
        "present": is_present,
    }
