"""Where everything is kept, and what leaves the program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

from TumorResponseLib.panel.commands import Commands
from TumorResponseLib.panel.message_line import MessageLine
from TumorResponseLib.panel.workplace import Workplace

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk


class FilesPart:
    """The section Report and export.

    Args:
        moved: called when another output folder was opened.
    """

    def __init__(
        self, ui: Any, commands: Commands, workplace: Workplace, message: MessageLine, moved: Callable[[], None]
    ) -> None:
        self._ui = ui
        self._commands = commands
        self._workplace = workplace
        self._message = message
        self._moved = moved
        ui.folderButton.directory = str(workplace.folder)
        ui.folderButton.connect("directorySelected(QString)", self._move)
        ui.saveResultsButton.connect("clicked()", self._save)
        ui.exportButton.connect("clicked()", self._export)

    def show(self, desk: Desk) -> None:
        """Enable what makes sense."""
        reading = desk.reading
        self._ui.saveResultsButton.enabled = reading is not None and reading.found.image is not None
        self._ui.exportButton.enabled = desk.entry is not None

    def _move(self, folder: str) -> None:
        with self._message.told():
            self._workplace.move(Path(folder))
        self._ui.folderButton.directory = str(self._workplace.folder)
        self._moved()

    def _save(self) -> None:
        folder = self._ask_folder(_("Save this case's results in a folder"))
        if folder is not None:
            self._commands.run(lambda desk: desk.save_results(folder))

    def _export(self) -> None:
        folder = self._ask_folder(_("Export the worklist into a folder"))
        if folder is not None:
            self._commands.run(lambda desk: desk.export(folder))

    def _ask_folder(self, title: str) -> Path | None:
        start = str(self._workplace.folder)
        chosen = qt.QFileDialog.getExistingDirectory(self._ui.exportButton.window(), title, start)
        return Path(chosen) if chosen else None
