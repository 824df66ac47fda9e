"""The folder of a virtual cohort: each patient written by a function of its own, the table last, all or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.loading import CohortRow, write_cohort
from TumorResponseLib.research.progress import Advance

CHUNK = 4
"""Patients that a process takes at once."""

One = TypeVar("One")

Written = CohortRow | list[CohortRow]
"""The row of a patient, or one for each of the time points."""


def require_possible(patients: int, out_folder: Path) -> None:
    """Refuse a cohort before anything is computed.

    Raises:
        UsageError: there is something in ``out_folder`` already, or ``patients`` is not positive.
    """
    if patients < 1:
        raise UsageError(f"A cohort has at least one patient, not {patients}; give --patients a positive number.")
    if out_folder.exists() and any(out_folder.iterdir()):
        raise UsageError(f"The folder {out_folder} is not empty; choose a new one for the virtual cohort.")


def write_cohort_folder(
    write: Callable[..., Written],
    ones: Sequence[object],
    parts: Sequence[str],
    out_folder: Path,
    advance: Advance | None,
    workers: int,
) -> Path:
    """Write every patient's files and ``cohort.csv``; return the table's path.

    Args:
        write: called with a patient and ``folder``; writes the files and returns the row, or one for each time
            point. Other processes import it.
        ones: what ``write`` is called with, in the order of the table.
        parts: folders to make for the files.
        out_folder: new or empty; it appears when the cohort is complete.
        advance: told of each patient that is done.
        workers: processes; 1 computes in this one.
    """
    unfinished = out_folder.with_name(out_folder.name + ".partial")
    shutil.rmtree(unfinished, ignore_errors=True)
    for part in parts:
        (unfinished / part).mkdir(parents=True)
    rows: list[CohortRow] = []
    for row in _in_order(partial(write, folder=unfinished), ones, workers):
        rows += row if isinstance(row, list) else [row]
        if advance is not None:
            advance()
    table = write_cohort(rows, unfinished)
    if out_folder.exists():
        out_folder.rmdir()
    unfinished.rename(out_folder)
    return out_folder / table.name


def _in_order(write: Callable[[One], Written], ones: Sequence[One], workers: int) -> Iterator[Written]:
    """What each patient gave as it gets ready, in order."""
    if workers == 1:
        yield from map(write, ones)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(write, ones, chunksize=CHUNK)
