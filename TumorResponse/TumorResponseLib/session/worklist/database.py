"""The SQLite file of a worklist: opened for one program alone, with its tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from TumorResponseLib.core.errors import TumorResponseError

FILE_NAME = "worklist.sqlite"
VERSION = 1
WAIT_S = 0.2
"""How long a program that is just closing may keep another one waiting."""

TABLES = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY,
    source TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    comment TEXT NOT NULL DEFAULT '',
    seconds REAL NOT NULL DEFAULT 0,
    thumbnail BLOB,
    result TEXT
);
CREATE TABLE masks (
    number INTEGER PRIMARY KEY REFERENCES entries,
    shape TEXT NOT NULL,
    mask BLOB NOT NULL,
    source TEXT NOT NULL,
    automatic BLOB
);
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


def open_database(folder: Path) -> sqlite3.Connection:
    """Open or make ``folder/worklist.sqlite``; nobody else can until it is closed or the program ends.

    A commit is in the file once it returns and survives the end of the program by whatever means. A loss of power can
    take the last changes, never the file: to wait for the disk at every change would make the user wait with it.

    Raises:
        TumorResponseError: another program has it open, it is damaged or from a newer version, or it cannot be written.
    """
    with told_in_one_sentence(folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TumorResponseError(
                f"The output folder {folder} cannot be made ({error.strerror}); choose another one."
            ) from error
        database = sqlite3.connect(folder / FILE_NAME, timeout=WAIT_S)
        try:
            # Before the first access: the lock is then held throughout, and no shared memory is needed.
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute("PRAGMA foreign_keys = ON")
            _prepare(database, folder)
        except (sqlite3.Error, TumorResponseError):
            database.close()
            raise
        return database


def _prepare(database: sqlite3.Connection, folder: Path) -> None:
    """Make the tables of a new file; the write takes the lock in any case."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise TumorResponseError(
            f"The worklist in {folder} was made by a newer TumorResponse; update this one or choose another folder."
        )
    tables = TABLES if version == 0 else ""
    database.executescript(f"BEGIN EXCLUSIVE; {tables} PRAGMA user_version = {VERSION}; COMMIT;")


@contextmanager
def told_in_one_sentence(folder: Path) -> Iterator[None]:
    """Turn what SQLite raises into a TumorResponseError."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        primary = code & 0xFF  # the rest says where it happened
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            sentence = (
                f"The worklist in {folder} is open in another TumorResponse; close it there or choose another folder."
            )
        elif primary in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            sentence = f"The file {FILE_NAME} in {folder} is damaged or no worklist; choose another output folder."
        else:
            sentence = (
                f"The worklist in {folder} cannot be saved ({error}); "
                "check the folder, its permissions and the disk space."
            )
        raise TumorResponseError(sentence) from error
