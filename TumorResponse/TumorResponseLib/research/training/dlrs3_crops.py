"""The tumour crops of a cohort, read once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading import CohortRow, read_cohort, study_of
from TumorResponseLib.core.loading.rows import TUMOUR_ROLE
from TumorResponseLib.predict.dlrs3_crops import crop_tumour
from TumorResponseLib.research.evaluation.metrics_file import hash_cohort

Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is."""


@dataclass(frozen=True)
class CropSet:
    """Crops of several patients; arrays as ``TumourCrop``, patients first.

    Attributes:
        images: ``(patients, 128, 128)`` float32.
        distances_mm: ``(patients, 128, 128)`` float32.
        inside: ``(patients, 128, 128)`` bool.
        areas_mm2: of the tumours, ``(patients,)``.
        outcomes: 0 or 1, ``(patients,)``.
        patients: codes, ``(patients,)``; a patient with several images has the same code in each.
        cohort_sha256: of the cohort's folder.
    """

    images: NDArray[np.float32]
    distances_mm: NDArray[np.float32]
    inside: NDArray[np.bool_]
    areas_mm2: NDArray[np.float64]
    outcomes: NDArray[np.int64]
    patients: NDArray[np.str_]
    cohort_sha256: str

    def __len__(self) -> int:
        return len(self.outcomes)


def training_rows(cohort: Path) -> list[CohortRow]:
    """The rows of split ``train``; all rows of a cohort that names no splits.

    Raises:
        StudyError: the cohort cannot be read, or no row is for training.
    """
    rows = read_cohort(cohort)
    if any(row.split for row in rows):
        rows = [row for row in rows if row.split == "train"]
    if not rows:
        raise StudyError(f"No row of the cohort {cohort.name} is of the split train; name some in cohort.csv.")
    return rows


def require_outcome_and_mask(row: CohortRow) -> int:
    """The row's outcome.

    Raises:
        StudyError: it lacks the outcome or the tumour mask.
    """
    if row.response not in (0, 1):
        raise StudyError(f"The patient {row.patient} has no response of 0 or 1 in cohort.csv; add it or drop the row.")
    if TUMOUR_ROLE not in row.masks:
        raise StudyError(
            f"The patient {row.patient} has no tumour mask in cohort.csv; make one with `tumor-response segment`, "
            "check it, and name it in the column mask."
        )
    return row.response


def read_crops(cohort: Path, cache: Path, progress: Progress) -> CropSet:
    """The crops of the training patients; from ``cache`` when it holds those of this very cohort.

    Raises:
        StudyError, SpacingError, MaskError: a row cannot be used; nothing is left out silently.
    """
    sha256 = hash_cohort(cohort)
    if cache.exists():
        with np.load(cache) as content:
            if str(content["cohort_sha256"]) == sha256:
                return CropSet(
                    **{name: content[name] for name in content.files if name != "cohort_sha256"}, cohort_sha256=sha256
                )
    rows = training_rows(cohort)
    outcomes = [require_outcome_and_mask(row) for row in rows]
    crops = _crop_all(rows, outcomes, sha256, progress)
    partial = cache.with_name(f".{cache.name}.partial.npz")
    np.savez(partial, **vars(crops))
    partial.replace(cache)
    return crops


def _crop_all(rows: Sequence[CohortRow], outcomes: list[int], sha256: str, progress: Progress) -> CropSet:
    crops, areas = [], []
    for done, row in enumerate(rows, start=1):
        study = study_of(row)
        image, tumour = study.image(), study.masks[TUMOUR_ROLE]
        crops.append(crop_tumour(image.pixels, tumour, image.spacing_mm))
        areas.append(float(np.count_nonzero(tumour)) * float(np.prod(image.spacing_mm)))
        progress(done, len(rows))
    return CropSet(
        images=np.stack([crop.image for crop in crops]),
        distances_mm=np.stack([crop.distance_mm for crop in crops]),
        inside=np.stack([crop.inside for crop in crops]),
        areas_mm2=np.array(areas),
        outcomes=np.array(outcomes),
        patients=np.array([row.patient for row in rows]),
        cohort_sha256=sha256,
    )
