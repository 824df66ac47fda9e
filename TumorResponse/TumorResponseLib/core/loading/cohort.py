"""A cohort: a folder with ``cohort.csv``, one row a patient and time point, and the files that it names."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading.files import require_readable
from TumorResponseLib.core.loading.rows import TUMOUR_ROLE, CohortRow, row_of_fields
from TumorResponseLib.core.study import SINGLE_IMAGE_ROLE

TABLE_NAME = "cohort.csv"
TOLD_AT_ONCE = 10


def read_cohort(folder: Path) -> list[CohortRow]:
    """Read ``folder/cohort.csv`` and check every field; images are not opened, but must exist.

    Raises:
        StudyError: the table is missing, empty or no CSV, or fields are wrong: a sentence for each, by row and column.
    """
    path = folder / TABLE_NAME
    require_readable(path)
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            lines = list(csv.reader(stream, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise StudyError(f"The table {TABLE_NAME} of {folder.name} is not CSV in UTF-8; save it as such.") from error
    header = _header(lines, folder)
    rows: list[CohortRow] = []
    wrong: list[str] = []
    first_seen: dict[tuple[str, str], int] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not any(line):
            continue
        where = f"Row {number} of {TABLE_NAME}"
        if len(line) != len(header):
            wrong.append(f"{where}: it has {len(line)} fields, but the first row names {len(header)} columns.")
            continue
        row, sentences = row_of_fields(dict(zip(header, line, strict=True)), folder, where)
        wrong += sentences
        if row is None:
            continue
        earlier = first_seen.setdefault((row.patient, row.timepoint), number)
        if earlier != number:
            wrong.append(f"{where}: column patient repeats patient and timepoint of row {earlier}.")
        rows.append(row)
    if wrong:
        more = len(wrong) - TOLD_AT_ONCE
        raise StudyError(
            "\n".join(wrong[:TOLD_AT_ONCE] + ([f"There are {more} more wrong fields."] if more > 0 else []))
        )
    if not rows:
        raise StudyError(f"The table {TABLE_NAME} of {folder.name} has no rows; add a patient.")
    return rows


def _header(lines: Sequence[Sequence[str]], folder: Path) -> list[str]:
    if not lines:
        raise StudyError(f"The table {TABLE_NAME} of {folder.name} is empty; name its columns in the first line.")
    header = [column.strip() for column in lines[0]]
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice or "" in header:
        reason = f"names the column {twice[0]} twice" if twice and twice[0] else "has a column without name"
        raise StudyError(f"The table {TABLE_NAME} of {folder.name} {reason}; correct its first line.")
    return header


def write_cohort(rows: Sequence[CohortRow], folder: Path) -> Path:
    """Write ``folder/cohort.csv``, whole or not at all, with paths relative to ``folder``, as ``read_cohort`` reads it.

    Raises:
        StudyError: there are no rows, or a file of theirs lies outside ``folder``.
    """
    if not rows:
        raise StudyError("A cohort needs at least one row; nothing was written.")
    records = [_fields(row, folder.resolve()) for row in rows]
    columns = list(dict.fromkeys(column for record in records for column in record))
    path = folder / TABLE_NAME
    handle, name = tempfile.mkstemp(prefix=f".{TABLE_NAME}.", dir=folder)
    partial = Path(name)
    try:
        with os.fdopen(handle, "w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(records)
        # Temporary files are private; the table is as readable as any file of the folder.
        partial.chmod(0o644)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def _fields(row: CohortRow, folder: Path) -> dict[str, str]:
    """The row as text by column; columns that no row fills are left out, but for those that every table has."""
    fields = {"patient": row.patient, "timepoint": row.timepoint, "split": row.split, "center": row.center}
    fields |= {_column("image", SINGLE_IMAGE_ROLE, role): _relative(path, folder) for role, path in row.images.items()}
    fields |= {_column("mask", TUMOUR_ROLE, role): _relative(path, folder) for role, path in row.masks.items()}
    optional: dict[str, object] = {
        "response": row.response,
        "time_months": row.time_months,
        "event": None if row.event is None else int(row.event),
        "arm": row.arm or None,
        "oracle_probability": row.oracle_probability,
        "spacing_mm": " ".join(repr(step) for step in row.spacing.mm) if row.spacing else None,
        "contrast_side": row.contrast_side or None,
        "dynamic_range_db": row.dynamic_range_db,
        "register": 1 if row.register else None,
        "laboratory": _relative(row.laboratory_file, folder) if row.laboratory_file else None,
    }
    optional |= {f"lab_{name}": value for name, value in row.laboratory.items()}
    optional |= {f"units_{role}": units for role, units in row.units.items()}
    optional |= {f"series_{role}": uid for role, uid in row.series.items()}
    return fields | {column: str(value) for column, value in optional.items() if value is not None} | row.other


def _column(column: str, plain_role: str, role: str) -> str:
    return column if role == plain_role else f"{column}_{role}"


def _relative(path: Path, folder: Path) -> str:
    resolved = path.resolve()
    if not resolved.is_relative_to(folder):
        raise StudyError(f"The file {path.name} lies outside the cohort's folder {folder.name}; copy it inside.")
    return resolved.relative_to(folder).as_posix()
