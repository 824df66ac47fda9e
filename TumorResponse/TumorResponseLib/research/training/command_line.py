"""What the trainings of the four systems have in common: a folder for checkpoints, and a command."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from TumorResponseLib.research.progress import Progress


class Train(Protocol):
    """The training of a system."""

    def __call__(self, cohort: Path, out: Path, progress: Progress, *, work: Path | None) -> object:
        """Train on a cohort folder, write the bundle ``out``, and keep the checkpoints in ``work``."""


@contextmanager
def checkpoint_folder(out: Path, work: Path | None) -> Iterator[Path]:
    """The folder ``work``, kept; without it a hidden folder beside ``out``, which is removed when all went well."""
    folder = work or out.absolute().with_name(f".{out.name}.training")
    folder.mkdir(parents=True, exist_ok=True)
    yield folder
    if work is None:
        shutil.rmtree(folder)


def train_from_command_line(train: Train, system: str, arguments: Sequence[str] | None = None) -> None:
    """Train as the command line says, with the checkpoints in a folder of one's own."""
    parser = argparse.ArgumentParser(description=f"Train {system} on a cohort folder.")
    parser.add_argument("--cohort", type=Path, required=True, help="folder with cohort.csv")
    parser.add_argument("--out", type=Path, required=True, help="bundle folder to write")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints")
    options = parser.parse_args(arguments)
    train(options.cohort, options.out, lambda done, total: print(done, total, flush=True), work=options.work)
