"""The tumour crops of a cohort, read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading import CohortRow, study_of
from TumorResponseLib.core.loading.rows import TUMOUR_ROLE
from TumorResponseLib.predict.dlrs3_crops import crop_tumour
from TumorResponseLib.research.evaluation.metrics_file import hash_cohort
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.read_once import read_once
from TumorResponseLib.research.training.training_split import training_rows


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
    return CropSet(**read_once(cache, sha256, lambda: _read(training_rows(cohort), progress)), cohort_sha256=sha256)


def _read(rows: Sequence[CohortRow], progress: Progress) -> dict[str, NDArray[Any]]:
    outcomes = [require_outcome_and_mask(row) for row in rows]
    crops, areas = [], []
    for done, row in enumerate(rows, start=1):
        study = study_of(row)
        image, tumour = study.image(), study.masks[TUMOUR_ROLE]
        crops.append(crop_tumour(image.pixels, tumour, image.spacing_mm))
        areas.append(float(np.count_nonzero(tumour)) * float(np.prod(image.spacing_mm)))
        progress(done, len(rows))
    return {
        "images": np.stack([crop.image for crop in crops]),
        "distances_mm": np.stack([crop.distance_mm for crop in crops]),
        "inside": np.stack([crop.inside for crop in crops]),
        "areas_mm2": np.array(areas),
        "outcomes": np.array(outcomes),
        "patients": np.array([row.patient for row in rows]),
    }
