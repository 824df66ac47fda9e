"""What a folder holds that can be opened."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.loading.cohort import TABLE_NAME
from TumorResponseLib.core.loading.formats import extension_of

MOST_ROWS = 500
"""A folder of one picture a patient can hold more than a page shows; its path opens all of them."""


@dataclass(frozen=True)
class FolderRow:
    """A folder to look into or a file to open."""

    name: str
    path: Path
    is_folder: bool


@dataclass(frozen=True)
class Folder:
    """A folder, its folders and then its files, each by name.

    Attributes:
        parent: None at the root.
        left_out: how many rows there are besides ``MOST_ROWS``.
    """

    path: Path
    parent: Path | None
    rows: tuple[FolderRow, ...]
    left_out: int


def look_into(path: Path) -> Folder:
    """What can be opened in a folder; of a file, in the folder that holds it.

    Hidden ones are left out, and files whose extension shows another kind; a file without one may be DICOM.

    Raises:
        UsageError: there is no such folder, or it may not be read.
    """
    folder = path if path.is_dir() else path.parent
    try:
        with os.scandir(folder) as entries:
            found = [FolderRow(entry.name, Path(entry.path), entry.is_dir()) for entry in entries]
    except OSError as error:
        raise UsageError(f"The folder {folder.name or folder} cannot be read: {error.strerror}.") from error
    rows = sorted(
        (row for row in found if not row.name.startswith(".") and (row.is_folder or _may_be_opened(row.path))),
        key=lambda row: (not row.is_folder, row.name.casefold()),
    )
    parent = None if folder.parent == folder else folder.parent
    return Folder(folder, parent, tuple(rows[:MOST_ROWS]), max(0, len(rows) - MOST_ROWS))


def _may_be_opened(path: Path) -> bool:
    return path.name == TABLE_NAME or not path.suffix or bool(extension_of(path))
