"""The worklist: opening studies, choosing a case, and what the user thinks of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

from TumorResponseLib.panel.commands import Commands
from TumorResponseLib.panel.sample_data import samples
from TumorResponseLib.panel.shortcuts import with_key

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk
    from TumorResponseLib.session.worklist.entries import Entry

CASE, STATUS, TIME, COMMENT = range(4)
ROW_HEIGHT = 48


def status_text(status: str) -> str:
    """How far a case is, in the user's language."""
    return {
        "new": _("new"),
        "read": _("read"),
        "corrected": _("corrected"),
        "accepted": _("accepted"),
        "flagged": _("flagged"),
    }[status]


def time_text(seconds: float) -> str:
    """Minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}" if seconds >= 1 else ""


class WorklistPart:
    """The section Cases."""

    def __init__(self, ui: Any, commands: Commands) -> None:
        self._ui = ui
        self._commands = commands
        self._entries: list[Entry] = []
        self._current: int | None = None
        table = ui.worklistTable
        table.setHorizontalHeaderLabels([_("Case"), _("Status"), _("Time"), _("Comment")])
        table.horizontalHeader().setStretchLastSection(True)
        table.horizontalHeader().resizeSection(CASE, 190)
        table.horizontalHeader().resizeSection(STATUS, 76)
        table.horizontalHeader().resizeSection(TIME, 48)
        table.verticalHeader().setVisible(False)
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        table.connect("itemSelectionChanged()", self._choose)
        ui.openFolderButton.connect("clicked()", self._open_folder)
        ui.openFilesButton.connect("clicked()", self._open_files)
        self._offer_samples()
        ui.commentEdit.connect("editingFinished()", lambda: commands.run(self._keep_comment))
        moves: dict[str, Callable[[Desk], object]] = {
            "previousButton": lambda desk: desk.previous(),
            "nextButton": lambda desk: desk.next(),
            "nextUnreadButton": lambda desk: desk.next_unread(),
            "acceptButton": lambda desk: desk.accept(),
            "flagButton": lambda desk: desk.flag(),
        }
        for name, move in moves.items():
            button = getattr(ui, name)
            button.connect("clicked()", self._keeping_comment(move))
            button.toolTip = with_key(button.toolTip, name)
        self._allow(None)

    def show(self, desk: Desk) -> None:
        """Show all cases and mark the present one."""
        entries, present = desk.entries(), desk.entry
        table, number = self._ui.worklistTable, None if present is None else present.number
        blocked = table.blockSignals(True)
        if [entry.number for entry in entries] != [entry.number for entry in self._entries]:
            self._entries = []
            table.setRowCount(len(entries))
        for row, entry in enumerate(entries):
            if row >= len(self._entries) or entry is not self._entries[row]:
                self._show_row(row, entry)
        if number != self._current and present is not None:
            table.selectRow([entry.number for entry in entries].index(present.number))
            self._ui.commentEdit.text = present.comment
        table.blockSignals(blocked)
        if number != self._current or entries != self._entries:
            self._entries, self._current = entries, number
            self._allow(number)

    def _show_row(self, row: int, entry: Entry) -> None:
        table = self._ui.worklistTable
        texts = {
            CASE: entry.name,
            STATUS: status_text(entry.status.value),
            TIME: time_text(entry.seconds),
            COMMENT: entry.comment,
        }
        for column, text in texts.items():
            item = qt.QTableWidgetItem(text)
            item.setToolTip(text)
            table.setItem(row, column, item)
        if entry.thumbnail is not None:
            picture = qt.QPixmap()
            picture.loadFromData(entry.thumbnail)
            table.item(row, CASE).setIcon(qt.QIcon(picture))

    def _allow(self, number: int | None) -> None:
        """Enable what makes sense at this place of the list."""
        numbers = [entry.number for entry in self._entries]
        later = [entry for entry in self._entries if number is not None and entry.number > number]
        self._ui.previousButton.enabled = number is not None and number != numbers[0]
        self._ui.nextButton.enabled = bool(later)
        self._ui.nextUnreadButton.enabled = any(entry.status.value == "new" for entry in later)
        for button in (self._ui.acceptButton, self._ui.flagButton, self._ui.commentEdit):
            button.enabled = number is not None

    def _choose(self) -> None:
        row = self._ui.worklistTable.currentRow()
        if 0 <= row < len(self._entries) and self._entries[row].number != self._current:
            self._keeping_comment(lambda desk: desk.show(self._entries[row].number))()

    def _keeping_comment(self, command: Callable[[Desk], object]) -> Callable[[], None]:
        """The command, after what is being typed is kept with the case it was typed for."""

        def keep_and_go(desk: Desk) -> None:
            self._keep_comment(desk)
            command(desk)

        return lambda: self._commands.run(keep_and_go)

    def _keep_comment(self, desk: Desk) -> None:
        text = self._ui.commentEdit.text
        if desk.entry is not None and desk.entry.number == self._current and text != desk.entry.comment:
            desk.set_comment(text)

    def _open_folder(self) -> None:
        title = _("Open a folder of studies")
        chosen = qt.QFileDialog.getExistingDirectory(self._ui.openFolderButton.window(), title)
        if chosen:
            self._commands.run_opening(lambda desk: desk.open([Path(chosen)]))

    def _open_files(self) -> None:
        chosen = qt.QFileDialog.getOpenFileNames(self._ui.openFilesButton.window(), _("Open image files"))
        if chosen:
            self._commands.run_opening(lambda desk: desk.open([Path(name) for name in chosen]))

    def _offer_samples(self) -> None:
        menu = qt.QMenu(self._ui.sampleButton)
        for sample in samples():
            menu.addAction(sample.title).connect("triggered()", self._opener(sample.folder))
        self._ui.sampleButton.setMenu(menu)

    def _opener(self, path: Path) -> Callable[[], None]:
        return lambda: self._commands.run_opening(lambda desk: desk.open([path]))
