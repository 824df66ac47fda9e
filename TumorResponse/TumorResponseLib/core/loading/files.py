"""Files as they lie on the disk: there, readable, not empty, and what was read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.study import SourceFile

LONGEST_NAME = 80
"""Characters of a name in a sentence."""


def require_readable(path: Path) -> None:
    """Raise StudyError unless ``path`` is a file that can be opened and holds at least one byte."""
    try:
        if path.exists() and not path.is_file():
            raise StudyError(f"{path.name} is not a regular file; give an image file.")
        with path.open("rb") as stream:
            empty = not stream.read(1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise StudyError(f"There is no file {path.name}; check the path.") from error
    except PermissionError as error:
        raise StudyError(f"The file {path.name} may not be read; ask for permission to read it.") from error
    except OSError as error:
        raise StudyError(f"The file {path.name} cannot be read: {error.strerror}.") from error
    if empty:
        raise StudyError(f"The file {path.name} is empty (0 bytes); copy or export it again.")


@contextmanager
def told_as_unreadable(path: Path) -> Iterator[None]:
    """Turn what the system says against opening a file or folder into one sentence."""
    try:
        yield
    except OSError as error:
        name = path.name if len(path.name) <= LONGEST_NAME else f"{path.name[:LONGEST_NAME]}…"
        reason = error.strerror or type(error).__name__
        raise StudyError(f"{name} cannot be read: {reason}; check the path and your permission.") from error


def source_file(path: Path) -> SourceFile:
    """The file with its SHA-256.

    Raises:
        StudyError: it is missing, empty or unreadable.
    """
    require_readable(path)
    with path.open("rb") as stream:
        return SourceFile(path, hashlib.file_digest(stream, "sha256").hexdigest())


def beginning(path: Path, size: int = 512) -> bytes:
    """The first ``size`` bytes; fewer when the file is shorter.

    Raises:
        StudyError: it is missing, empty or unreadable.
    """
    require_readable(path)
    with path.open("rb") as stream:
        return stream.read(size)
