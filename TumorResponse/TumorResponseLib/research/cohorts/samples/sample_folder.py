"""The folder of a sample study: written aside, then put in the place of the earlier one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SAMPLE_SEED = 1
"""Not the seed of any cohort that a shipped bundle was trained or evaluated on."""


@contextmanager
def in_place_of(folder: Path) -> Iterator[Path]:
    """A folder to write into that takes the place of ``folder`` when all of it is written."""
    unfinished = folder.with_name(folder.name + ".partial")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    yield unfinished
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def write_study(folder: Path, study: Mapping[str, object]) -> None:
    """Write ``study.json``."""
    (folder / "study.json").write_text(json.dumps(study, indent=2) + "\n", encoding="utf-8")


def write_texts(folder: Path, study: Mapping[str, object], how_made: str) -> None:
    """Write ``study.json`` and, with ``{seed}`` filled in, ``how_made.md``."""
    write_study(folder, study)
    (folder / "how_made.md").write_text(how_made.format(seed=SAMPLE_SEED), encoding="utf-8")
