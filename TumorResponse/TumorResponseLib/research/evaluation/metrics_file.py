"""``metrics.json``: what an evaluation found, tied to the exact bundle and cohort."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.research.evaluation.output import write_text

Splits = Mapping[str, Mapping[str, Any]]
"""By split (``train``, ``internal``, ``external``, ``test``) and model (``fusion``, a region or branch, ``oracle``,
``segmentation``): a metrics dataclass of this package, or a plain mapping."""


def write_metrics(path: Path, system: str, bundle_sha256: str, cohort_sha256: str, splits: Splits) -> None:
    """Write ``metrics.json`` in one move.

    Args:
        path: the file.
        system: name of the system, such as ``dlrs3``.
        bundle_sha256: of the evaluated bundle.
        cohort_sha256: from :func:`hash_cohort`.
        splits: the figures.

    Raises:
        StudyError: a figure is not a finite number.
    """
    content = {"system": system, "bundle_sha256": bundle_sha256, "cohort_sha256": cohort_sha256, "splits": splits}
    try:
        text = json.dumps(content, default=_plain, indent=2, allow_nan=False)
    except ValueError as error:
        raise StudyError(
            f"A figure for {path.name} is not a finite number ({error}); the split has too few patients for it."
        ) from error
    write_text(path, text + "\n")


def hash_cohort(folder: Path) -> str:
    """SHA-256 of a cohort folder: of one line ``<sha256>  <path>`` for each file but hidden ones, sorted by path.

    Raises:
        StudyError: the folder holds no ``cohort.csv``.
    """
    if not (folder / "cohort.csv").is_file():
        raise StudyError(f"The cohort folder {folder} holds no cohort.csv; give the folder that holds it.")
    whole = sha256()
    for name, path in sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in name.split("/")):
            with path.open("rb") as file:
                whole.update(f"{file_digest(file, 'sha256').hexdigest()}  {name}\n".encode())
    return whole.hexdigest()


def short_hash(cohort_sha256: str) -> str:
    """The digits by which metadata and cards name a cohort."""
    return cohort_sha256[:12]


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} does not belong in metrics.json.")
