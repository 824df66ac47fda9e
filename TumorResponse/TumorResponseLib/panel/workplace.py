"""The reading desk behind the panel: made when it is first needed, in the output folder that the user chose."""

from __future__ import annotations

from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

import qt
from slicer.i18n import tr as _
from slicer.util import settingsValue

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.panel import packages

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk
    from TumorResponseLib.worker.client import WorkerClient

FOLDER_KEY = "TumorResponse/OutputFolder"
FOLDER_NAME = "TumorResponse"
"""Of the output folder, in the user's documents, until another one is chosen."""


class Workplace:
    """One desk and one worker at a time.

    Args:
        requirements: file with the packages that reading needs.
        folder: output folder; None takes the one that the user chose.
    """

    def __init__(self, requirements: Path, folder: Path | None = None) -> None:
        self._requirements = requirements
        self._folder = folder
        self._client: WorkerClient | None = None
        self._is_installing = False
        self.desk: Desk | None = None

    @property
    def folder(self) -> Path:
        """Where worklist, results and reports are kept."""
        if self._folder is not None:
            return self._folder
        documents = qt.QStandardPaths.writableLocation(qt.QStandardPaths.DocumentsLocation)
        return Path(settingsValue(FOLDER_KEY, str(Path(documents) / FOLDER_NAME)))

    def is_ready_to_open(self) -> bool:
        """Whether a desk can be opened without asking the user for anything."""
        return not packages.missing(self._requirements)

    def open(self) -> Desk:
        """The desk; the first call may ask to install packages, and starts the worker.

        Raises:
            TumorResponseError: the packages are missing and were declined, or the folder cannot be used.
        """
        if self.desk is None:
            self._install()
            self.desk = self._opened(self.folder)
        return self.desk

    def move(self, folder: Path) -> None:
        """Keep everything in another folder from now on; what is in the old one stays there.

        Raises:
            TumorResponseError: the folder cannot be used; the old one stays in use.
        """
        if self.desk is not None and folder != self.folder:
            before, self.desk = self.desk, self._opened(folder)
            before.close()
        self._folder = folder
        qt.QSettings().setValue(FOLDER_KEY, str(folder))

    def close(self) -> None:
        """Save everything and end the worker; may be called twice."""
        if self.desk is not None:
            self.desk.close()
        if self._client is not None:
            self._client.close()
        self.desk = self._client = None

    def _install(self) -> None:
        if self._is_installing:  # pip handles events, so that buttons can be pressed meanwhile
            raise UsageError(_("Packages are being installed; wait until that is done."))
        self._is_installing = True
        try:
            packages.ensure(self._requirements)
        except RuntimeError as declined:
            raise UsageError(str(declined)) from declined
        finally:
            self._is_installing = False

    def _opened(self, folder: Path) -> Desk:
        try:
            from TumorResponseLib.desk.desk import Desk
            from TumorResponseLib.worker.client import WorkerClient
        except ImportError as error:  # in --testing nothing is installed
            sentence = _("A Python package that reading needs is missing: {name}.").format(name=error.name)
            raise UsageError(sentence) from error
        if self._client is None:
            self._client = WorkerClient(worker_command())
        return Desk(self._client, folder)


def worker_command() -> list[str]:
    """How the worker is started: by the Python that Slicer brings, or, outside Slicer, by this one."""
    from TumorResponseLib.models.bundle import default_folders
    from TumorResponseLib.worker.process import default_command

    python, *arguments = default_command("auto", default_folders())
    return [which("PythonSlicer") or python, *arguments]
