"""Which patients of a cohort a training sees."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading import CohortRow, read_cohort

TRAIN = "train"


def is_for_training(splits: Sequence[str] | NDArray[np.str_]) -> NDArray[np.bool_]:
    """Those of split ``train``; everyone where the cohort names no splits.

    Args:
        splits: of each row of the cohort; ``""`` where none is named.

    Raises:
        StudyError: there is nobody to train on.
    """
    named = np.asarray(splits, dtype=np.str_)
    chosen = named == TRAIN if (named != "").any() else np.ones(len(named), dtype=np.bool_)
    if not chosen.any():
        raise StudyError("No row of the cohort is of the split train; name some in cohort.csv.")
    return chosen


def training_rows(cohort: Path) -> list[CohortRow]:
    """The rows of a cohort folder that are for training.

    Raises:
        StudyError: the cohort cannot be read, or there is nobody to train on.
    """
    rows = read_cohort(cohort)
    return list(compress(rows, is_for_training([row.split for row in rows])))
