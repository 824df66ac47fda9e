"""Arrays between two processes: files in a private folder, in memory where the system has such a place."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MEMORY = Path("/dev/shm")
LEAST_MEMORY = 1 << 30
"""Bytes that must be free in ``MEMORY``; a container often has 64 MB there."""

COPY_BELOW = 1 << 22
"""Bytes; a larger array is mapped in place of read, so that taking a volume does not hold up the interface."""

NAME = re.compile(r"[a-z]+-\d+\.npy")


def make_exchange_folder() -> Path:
    """A new folder that only this user can enter."""
    in_memory = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= LEAST_MEMORY
    return Path(tempfile.mkdtemp(prefix="tumor-response-", dir=MEMORY if in_memory else None))


class ArrayFolder:
    """One side's view of the exchange folder.

    Args:
        path: the folder.
        side: begins the names of the files that this side writes, in small letters.
    """

    def __init__(self, path: Path, side: str) -> None:
        self.path = path
        self._names = (f"{side}-{number}.npy" for number in count())

    def put(self, array: NDArray[Any]) -> str:
        """Write an array; returns the name by which the other side takes it.

        Raises:
            OSError: there is no room.
        """
        name = next(self._names)
        try:
            np.save(self.path / name, array, allow_pickle=False)
        except OSError:
            self.drop(name)
            raise
        return name

    def drop(self, name: str) -> None:
        """Remove an array that the other side will not take."""
        (self.path / name).unlink(missing_ok=True)

    def take(self, name: str) -> NDArray[Any]:
        """Read an array that the other side wrote; its file is gone afterwards.

        Raises:
            ValueError: this is no name of ours, or the file holds no array.
            OSError: there is no such file.
        """
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} names no array")
        path = self.path / name
        # Windows deletes no file that is mapped; elsewhere the memory lives as long as the array.
        in_place = sys.platform != "win32" and path.stat().st_size >= COPY_BELOW
        array: NDArray[Any] = np.asarray(np.load(path, mmap_mode="c" if in_place else None, allow_pickle=False))
        path.unlink()
        return array
