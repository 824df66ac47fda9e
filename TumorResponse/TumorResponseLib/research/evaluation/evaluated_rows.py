"""The rows of a cohort on which a bundle is evaluated, each with the name of its split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading import CohortRow, read_cohort
from TumorResponseLib.models.bundle import Bundle
from TumorResponseLib.research.evaluation.metrics_file import short_hash
from TumorResponseLib.research.training.training_split import TRAIN

UNNAMED_SPLIT = "test"


def evaluated_rows(cohort: Path, cohort_sha256: str, bundle: Bundle) -> list[CohortRow]:
    """The rows of a cohort folder; no split of theirs is without a name.

    Where the cohort names no splits, all of its patients are a ``test`` of a bundle that was trained elsewhere. A
    bundle trained on this very cohort has seen all of them: they are of split ``train``.

    Args:
        cohort: folder with ``cohort.csv``.
        cohort_sha256: of the folder, from ``hash_cohort``.
        bundle: to evaluate; its metadata name the cohort that it was trained on.

    Raises:
        StudyError: the cohort cannot be read, or a patient is in two splits.
    """
    rows = read_cohort(cohort)
    _require_patients_of_one_split(rows)
    has_seen_all = short_hash(cohort_sha256) in bundle.metadata["training_data"] and not any(row.split for row in rows)
    unnamed = TRAIN if has_seen_all else UNNAMED_SPLIT
    return [row if row.split else replace(row, split=unnamed) for row in rows]


def _require_patients_of_one_split(rows: Sequence[CohortRow]) -> None:
    first: dict[str, str] = {}
    for row in rows:
        if first.setdefault(row.patient, row.split) != row.split:
            splits = " and ".join(sorted({first[row.patient] or "none", row.split or "none"}))
            raise StudyError(f"Patient {row.patient} is in the splits {splits} of the cohort; split by patient.")
