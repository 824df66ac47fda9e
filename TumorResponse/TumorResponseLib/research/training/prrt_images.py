"""The patients of a cohort as the networks of PRRT-PFS see them, read once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading import CohortRow, read_cohort, study_of
from TumorResponseLib.predict.prrt_inputs import CT, PET, inputs_of
from TumorResponseLib.research.evaluation.metrics_file import hash_cohort
from TumorResponseLib.research.evaluation.survival.times import SurvivalTimes, survival_times
from TumorResponseLib.research.networks.prrt_fusion import EXTENT, REACH
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.read_once import read_once
from TumorResponseLib.research.training.training_split import is_for_training

MM3_A_ML = 1000.0


@dataclass(frozen=True)
class LesionSet:
    """Several patients, by the voxels of their lesions (and bands) and what lies around each.

    Attributes:
        patches: by role, each voxel's neighbourhood, ``(voxels, EXTENT ** 3)`` float32.
        tissues: which tissues a voxel is of, ``(voxels, tissues)``.
        owner: the patient of each voxel, rising from 0.
        present: by role, whether the patient has the image, ``(patients,)``.
        laboratory: values by name, one mapping a patient; missing ones are left out.
        followed: times in months.
        responses: progression within a year, ``(patients,)``.
        patients: codes.
        splits: ``(patients,)``; ``""`` where the cohort names none.
        oracle: true chance of progression within a year; NaN where the cohort does not know it.
        volumes_ml: of all lesions of a patient.
        cohort_sha256: of the cohort's folder.
    """

    patches: dict[str, NDArray[np.float32]]
    tissues: NDArray[np.bool_]
    owner: NDArray[np.int64]
    present: dict[str, NDArray[np.bool_]]
    laboratory: tuple[Mapping[str, float], ...]
    followed: SurvivalTimes
    responses: NDArray[np.int64]
    patients: NDArray[np.str_]
    splits: NDArray[np.str_]
    oracle: NDArray[np.float64]
    volumes_ml: NDArray[np.float64]
    cohort_sha256: str

    def __len__(self) -> int:
        return len(self.responses)

    def of(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> LesionSet:
        """Some of the patients, by places or truth values."""
        places = np.arange(len(self))[chosen]
        bounds = np.searchsorted(self.owner, np.arange(len(self) + 1))
        voxels = np.concatenate([np.arange(bounds[place], bounds[place + 1]) for place in places])
        return LesionSet(
            patches={role: values[voxels] for role, values in self.patches.items()},
            tissues=self.tissues[voxels],
            owner=np.repeat(np.arange(len(places)), np.diff(bounds)[places]),
            present={role: values[places] for role, values in self.present.items()},
            laboratory=tuple(self.laboratory[place] for place in places),
            followed=self.followed.of(places),
            responses=self.responses[places],
            patients=self.patients[places],
            splits=self.splits[places],
            oracle=self.oracle[places],
            volumes_ml=self.volumes_ml[places],
            cohort_sha256=self.cohort_sha256,
        )

    @property
    def is_virtual(self) -> bool:
        """Whether the truth of every patient is known."""
        return bool(np.isfinite(self.oracle).all())

    def training(self) -> LesionSet:
        """The patients of split ``train``; all of a cohort that names no splits.

        Raises:
            StudyError: none is for training.
        """
        return self.of(is_for_training(self.splits))


def read_lesions(cohort: Path, cache: Path, progress: Progress) -> LesionSet:
    """Every patient of a cohort; from ``cache`` when it holds this very cohort.

    Raises:
        StudyError, SpacingError, MaskError: a row cannot be used; nothing is left out silently.
    """
    sha256, rows = hash_cohort(cohort), read_cohort(cohort)
    for row in rows:
        require_outcome(row)
    arrays = read_once(cache, sha256, lambda: _read(rows, progress))
    everyone = np.ones(len(rows), dtype=np.bool_)
    return LesionSet(
        patches={role: arrays[role] for role in (PET, CT)},
        owner=arrays["owner"],
        present=dict.fromkeys((PET, CT), everyone),
        tissues=arrays["tissues"],
        laboratory=tuple(json.loads(str(text)) for text in arrays["laboratory"]),
        followed=survival_times(np.array([row.time_months for row in rows]), np.array([row.event for row in rows])),
        responses=np.array([row.response for row in rows], dtype=np.int64),
        patients=np.array([row.patient for row in rows]),
        splits=np.array([row.split for row in rows]),
        oracle=np.array([np.nan if row.oracle_probability is None else row.oracle_probability for row in rows]),
        volumes_ml=arrays["volumes_ml"],
        cohort_sha256=sha256,
    )


def require_outcome(row: CohortRow) -> None:
    """Refuse a row without what is to be learned.

    Raises:
        StudyError: it lacks the response (progression within a year), its follow-up, or the lesions' mask on the PET.
    """
    if row.response not in (0, 1) or row.time_months is None or row.event is None:
        raise StudyError(
            f"The patient {row.patient} lacks response (1 for progression within a year), time_months or event in "
            "cohort.csv; complete the row or drop it."
        )
    if PET not in row.masks:
        raise StudyError(f"The patient {row.patient} has no mask_{PET} in cohort.csv; outline the lesions on the PET.")


def cut_patches(image: NDArray[np.float32], region: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The neighbourhood of every voxel of a region, ``(voxels, EXTENT ** 3)``; 0 beyond the field.

    Args:
        image: ``(1, slices, rows, columns)``.
        region: ``(slices, rows, columns)``.
    """
    windows = sliding_window_view(np.pad(image[0], REACH), (EXTENT,) * 3)
    return np.asarray(windows[region], dtype=np.float32).reshape(-1, EXTENT**3)


def _read(rows: Sequence[CohortRow], progress: Progress) -> dict[str, Any]:
    patches: dict[str, list[NDArray[np.float32]]] = {PET: [], CT: []}
    tissues, owner, volumes, laboratory = [], [], [], []
    for done, row in enumerate(rows, start=1):
        study = study_of(row)
        tumour = study.masks[PET]
        seen = inputs_of(study, tumour)
        region = np.asarray(seen.tissues.any(axis=0))
        for role, found in patches.items():
            found.append(cut_patches(seen.images[role], region))
        tissues.append(seen.tissues[:, region].T > 0)
        owner.append(np.full(int(region.sum()), done - 1))
        volumes.append(float(np.count_nonzero(tumour) * np.prod(study.image(PET).spacing_mm)) / MM3_A_ML)
        laboratory.append(json.dumps(study.laboratory))
        progress(done, len(rows))
    return {
        **{role: np.concatenate(found) for role, found in patches.items()},
        "tissues": np.concatenate(tissues),
        "owner": np.concatenate(owner),
        "volumes_ml": np.array(volumes),
        "laboratory": np.array(laboratory),
    }
