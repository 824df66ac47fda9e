"""The perfusion images of a cohort, read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.loading import CohortRow, read_cohort, study_of
from TumorResponseLib.core.loading.rows import TUMOUR_ROLE
from TumorResponseLib.predict.ceus import perfusion_of
from TumorResponseLib.predict.ceus_image import CLASSES
from TumorResponseLib.research.cohorts.ceus import ORACLE_COLUMNS
from TumorResponseLib.research.evaluation.metrics_file import hash_cohort
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.read_once import read_once
from TumorResponseLib.research.training.training_split import is_for_training


@dataclass(frozen=True)
class PerfusionSet:
    """Network inputs of several patients.

    Attributes:
        inputs: ``CHANNELS``, ``(images, 6, 32, 32)`` float32.
        areas_mm2: of the tumours, ``(images,)``.
        responses: class indices, ``(images,)``.
        patients: codes, ``(images,)``; a patient with several images has the same code in each.
        splits: ``(images,)``; ``""`` where the cohort names none.
        oracle: true chance of each class, ``(images, classes)``; NaN where the cohort does not know it.
        cohort_sha256: of the cohort's folder.
    """

    inputs: NDArray[np.float32]
    areas_mm2: NDArray[np.float64]
    responses: NDArray[np.int64]
    patients: NDArray[np.str_]
    splits: NDArray[np.str_]
    oracle: NDArray[np.float64]
    cohort_sha256: str

    def __len__(self) -> int:
        return len(self.responses)

    def of(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> PerfusionSet:
        """Some of the images."""
        some = {name: array[chosen] for name, array in self.arrays().items()}
        return PerfusionSet(**some, cohort_sha256=self.cohort_sha256)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What it holds of each image, by attribute."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "cohort_sha256"}

    @property
    def is_virtual(self) -> bool:
        """Whether the truth of every patient is known."""
        return bool(np.isfinite(self.oracle).all())

    def training(self) -> PerfusionSet:
        """The images of split ``train``; all of a cohort that names no splits.

        Raises:
            StudyError: none is for training.
        """
        return self.of(is_for_training(self.splits))


def read_images(cohort: Path, cache: Path, progress: Progress) -> PerfusionSet:
    """The images of every row; from ``cache`` when it holds those of this very cohort.

    Raises:
        StudyError, SpacingError, MaskError: a row cannot be used; nothing is left out silently.
    """
    sha256 = hash_cohort(cohort)
    arrays = read_once(cache, sha256, lambda: _read(read_cohort(cohort), sha256, progress).arrays())
    return PerfusionSet(**arrays, cohort_sha256=sha256)


def require_class_and_mask(row: CohortRow) -> int:
    """The row's class.

    Raises:
        StudyError: it lacks the class or the tumour mask.
    """
    if row.response not in range(len(CLASSES)):
        names = ", ".join(f"{number} {name}" for number, name in enumerate(CLASSES))
        raise StudyError(f"The patient {row.patient} has no response of {names} in cohort.csv; add it or drop the row.")
    if TUMOUR_ROLE not in row.masks:
        raise StudyError(f"The patient {row.patient} has no tumour mask in cohort.csv; draw it and name it there.")
    assert row.response is not None
    return row.response


def oracle_of(row: CohortRow) -> list[float]:
    """True chance of each class; NaN where the cohort does not know it."""
    if row.oracle_probability is None or not all(column in row.other for column in ORACLE_COLUMNS):
        return [float("nan")] * len(CLASSES)
    return [*(float(row.other[column]) for column in ORACLE_COLUMNS), row.oracle_probability]


def perfusion_set(
    rows: Sequence[CohortRow], inputs: Sequence[NDArray[np.float32]], areas_mm2: Sequence[float], sha256: str
) -> PerfusionSet:
    """The network inputs and tumour areas of some rows, with what the table says of them."""
    return PerfusionSet(
        inputs=np.stack(inputs),
        areas_mm2=np.array(areas_mm2),
        responses=np.array([require_class_and_mask(row) for row in rows]),
        patients=np.array([row.patient for row in rows]),
        splits=np.array([row.split for row in rows]),
        oracle=np.array([oracle_of(row) for row in rows]),
        cohort_sha256=sha256,
    )


def area_mm2(tumour: MaskArray, image: Image) -> float:
    """Of a tumour in its image."""
    return float(np.count_nonzero(tumour)) * float(np.prod(image.spacing_mm))


def _read(rows: Sequence[CohortRow], sha256: str, progress: Progress) -> PerfusionSet:
    for row in rows:
        require_class_and_mask(row)
    inputs, areas = [], []
    for done, row in enumerate(rows, start=1):
        study = study_of(row)
        tumour = study.masks[TUMOUR_ROLE]
        image, seen = perfusion_of(study, tumour)
        inputs.append(seen.network_input)
        areas.append(area_mm2(tumour, image))
        progress(done, len(rows))
    return perfusion_set(rows, inputs, areas, sha256)
