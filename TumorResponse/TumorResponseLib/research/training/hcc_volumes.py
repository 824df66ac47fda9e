"""The MRI volumes of an HCC cohort as the network sees them, read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.crop import resample
from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.loading import CohortRow, study_of
from TumorResponseLib.core.study import Study
from TumorResponseLib.predict.hcc import CLASSES, ESTIMATES, tumour_of
from TumorResponseLib.predict.hcc_inputs import sequences_of, tumour_slices, whole_slices
from TumorResponseLib.research.evaluation.metrics_file import hash_cohort
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.read_once import Arrays, read_once
from TumorResponseLib.research.training.training_split import training_rows


@dataclass(frozen=True)
class Volumes:
    """Slices of several volumes, one after another.

    Attributes:
        slices: ``(slices, 3, 96, 96)`` float16.
        tumour: ``(slices, 96, 96)`` bool.
        starts: the first slice of each volume, and the end, ``(volumes + 1,)``.
        animals: codes, ``(volumes,)``.
    """

    slices: NDArray[np.float16]
    tumour: NDArray[np.bool_]
    starts: NDArray[np.int64]
    animals: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.animals)

    def of(self, volume: int) -> slice:
        """Where a volume's slices are."""
        return slice(int(self.starts[volume]), int(self.starts[volume + 1]))


@dataclass(frozen=True)
class HccSet:
    """The training rows of a cohort.

    Attributes:
        outlined: every slice of every row, around the middle of the body.
        read: the tumour's slices of the rows whose response is known, around the tumour.
        responses: 0 or 1, ``(read,)``.
        histology: viability and apoptosis by the stain, ``(read, 2)``.
        volumes_mm3: of the tumours in ``read``.
        virtual: whether the cohort was simulated.
        cohort_sha256: of the cohort's folder.
    """

    outlined: Volumes
    read: Volumes
    responses: NDArray[np.int64]
    histology: NDArray[np.float64]
    volumes_mm3: NDArray[np.float64]
    virtual: bool
    cohort_sha256: str


def read_training_set(cohort: Path, cache: Path, progress: Progress) -> HccSet:
    """The rows of split ``train``, or all of a cohort without splits; from ``cache`` when it holds this very cohort.

    Raises:
        StudyError, SpacingError, MaskError: a row cannot be used, or none has a response.
    """
    sha256 = hash_cohort(cohort)
    return _of_arrays(read_once(cache, sha256, lambda: _read(training_rows(cohort), progress)), sha256)


def require_outline(row: CohortRow, study: Study) -> MaskArray:
    """The row's tumour mask; raises StudyError when it has none."""
    tumour = tumour_of(study)
    if tumour is None:
        raise StudyError(f"The row {row.name} has no tumour mask in cohort.csv; draw it and name it there.")
    return tumour


def require_labels(row: CohortRow) -> tuple[int, list[float]]:
    """Response and histology of a row whose response is given.

    Raises:
        StudyError: one of them is missing or no number.
    """
    if row.response not in range(len(CLASSES)):
        raise StudyError(f"The row {row.name} has no response of 0 {CLASSES[0]} or 1 {CLASSES[1]}; correct it.")
    assert row.response is not None
    try:
        return row.response, [float(row.other[column]) for column in ESTIMATES]
    except (KeyError, ValueError) as error:
        raise StudyError(
            f"The row {row.name} has a response and no number in each of the columns {', '.join(ESTIMATES)}; give what "
            "histology says."
        ) from error


def _read(rows: Sequence[CohortRow], progress: Progress) -> dict[str, Any]:
    if all(row.response is None for row in rows):
        raise StudyError("No row of the cohort's split train has a response; name it in cohort.csv.")
    outlined, read, labels = [], [], []
    for done, row in enumerate(rows, start=1):
        study = study_of(row)
        tumour = require_outline(row, study)
        sequences = sequences_of(study)
        whole = whole_slices(sequences)
        outlined.append((row.patient, whole.sequences, resample(tumour.astype(np.float32), whole.grid) >= 0.5))
        if row.response is not None:
            seen = tumour_slices(sequences, tumour)
            read.append((row.patient, seen.sequences, seen.tumour[:, 0] > 0))
            voxel = float(np.prod(sequences.contrast.spacing_mm))
            response, histology = require_labels(row)
            labels.append((response, *histology, float(np.count_nonzero(tumour)) * voxel))
        progress(done, len(rows))
    known = np.array(labels)
    return {
        **_joined("outlined", outlined),
        **_joined("read", read),
        "responses": known[:, 0].astype(np.int64),
        "histology": known[:, 1:3],
        "volumes_mm3": known[:, 3],
        "virtual": np.array(all(row.oracle_probability is not None for row in rows if row.response is not None)),
    }


def _joined(name: str, volumes: Sequence[tuple[str, NDArray[np.float32], MaskArray]]) -> dict[str, Any]:
    animals, slices, tumours = zip(*volumes, strict=True)
    return {
        f"{name}_slices": np.concatenate(slices).astype(np.float16),
        f"{name}_tumour": np.concatenate(tumours),
        f"{name}_starts": np.cumsum([0, *map(len, slices)]),
        f"{name}_animals": np.array(animals),
    }


def _of_arrays(arrays: Arrays, sha256: str) -> HccSet:
    parts: dict[str, Any] = {
        name: Volumes(**{part: arrays[f"{name}_{part}"] for part in ("slices", "tumour", "starts", "animals")})
        for name in ("outlined", "read")
    }
    labels: dict[str, Any] = {name: arrays[name] for name in ("responses", "histology", "volumes_mm3")}
    return HccSet(**parts, **labels, virtual=bool(arrays["virtual"]), cohort_sha256=sha256)
