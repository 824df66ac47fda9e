"""Soft-tissue sarcoma with FDG-PET, CT and MR, and whether lung metastases came: real patients, for research only.

Vallières et al., Phys Med Biol 60:5471, 2015 (TCIA Soft-tissue-Sarcoma), as the project's data folder holds them: SUV,
HU, MR on which fat is about 1000, the tumour outlined on each. No CT or MR of some patients; missing CT is not at
random there.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image_units import HOUNSFIELD, SUV_BODY_WEIGHT
from TumorResponseLib.core.loading import CohortRow, study_of
from TumorResponseLib.predict.prrt_inputs import CT, PET, TISSUES, lesion_inputs
from TumorResponseLib.research.evaluation.metrics_file import hash_cohort
from TumorResponseLib.research.evaluation.survival.times import survival_times
from TumorResponseLib.research.networks.prrt_fusion import EXTENT
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.prrt_images import MM3_A_ML, LesionSet, cut_patches

MR = "mr"
FOLDER, TABLE = "sts_dev", "cohort.csv"
ROLES = (PET, CT, MR)
BANDS_MM = (6.0, 10.0)
"""Thinner ones are thinner than a voxel of PET."""

MOST_VOXELS = 1500
"""Of a patient, drawn at random: these tumours are up to 2 litres large."""
SEED = 2026

ONE_INTERVAL = (1.0,)
"""Times are not known here: whoever has the outcome has it within one interval."""


@dataclass(frozen=True)
class Sarcomas:
    """The cohort.

    Attributes:
        patients: tissues are those of ``prrt_inputs.TISSUES`` and the bands.
        baseline: volume in ml and SUVmax from the table, ``(patients, 2)``.
    """

    patients: LesionSet
    baseline: NDArray[np.float64]


def read_sarcomas(data: Path, progress: Progress) -> Sarcomas:
    """Every patient of the data folder.

    Args:
        data: folder that holds ``sts_dev``.
        progress: told of the patients read and their number.

    Raises:
        StudyError: the folder is not there, or an image cannot be read.
    """
    folder = data / FOLDER
    if not (folder / TABLE).is_file():
        raise StudyError(f"The folder {data} holds no {FOLDER}/{TABLE}; give the project's data folder.")
    with (folder / TABLE).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    patches: dict[str, list[NDArray[np.float32]]] = {role: [] for role in ROLES}
    tissues, owner, volumes = [], [], []
    for number, row in enumerate(rows):
        found, kept, volume = read_patient(row, folder, np.random.default_rng([SEED, number]))
        for role in ROLES:
            patches[role].append(found.get(role, np.zeros((len(kept), EXTENT**3), dtype=np.float32)))
        tissues.append(kept)
        owner.append(np.full(len(kept), number))
        volumes.append(volume)
        progress(number + 1, len(rows))
    outcome = np.array([int(row["outcome_lung_metastasis"]) for row in rows])
    patients = LesionSet(
        patches={role: np.concatenate(values) for role, values in patches.items()},
        tissues=np.concatenate(tissues),
        owner=np.concatenate(owner),
        present={role: np.array([bool(row[role]) for row in rows]) for role in ROLES},
        laboratory=({},) * len(rows),
        followed=survival_times(np.where(outcome == 1, 0.5, 1.0), outcome),
        responses=outcome,
        patients=np.array([row["patient"] for row in rows]),
        splits=np.full(len(rows), ""),
        oracle=np.full(len(rows), np.nan),
        volumes_ml=np.array(volumes),
        cohort_sha256=hash_cohort(folder),
    )
    table = np.array([[float(row["volume_ml"]), float(row["suvmax"])] for row in rows])
    return Sarcomas(patients, table)


def without_bands(patients: LesionSet) -> LesionSet:
    """The tumour alone."""
    tissues = patients.tissues[:, : len(TISSUES)]
    inside = tissues.any(axis=1)
    return replace(
        patients,
        patches={role: values[inside] for role, values in patients.patches.items()},
        tissues=tissues[inside],
        owner=patients.owner[inside],
    )


def read_patient(
    row: Mapping[str, str], folder: Path, random: np.random.Generator
) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.bool_], float]:
    """Neighbourhoods by role, the tissues of their voxels, and the tumour's volume in ml.

    Args:
        row: of the cohort's table.
        folder: that holds the files.
        random: draws the voxels.
    """
    roles = [role for role in ROLES if row[role]]
    study = study_of(
        CohortRow(
            patient=row["patient"],
            images={role: folder / row[role] for role in roles},
            masks={PET: folder / row[f"{PET}_mask"]},
            units={role: units for role, units in ((PET, SUV_BODY_WEIGHT), (CT, HOUNSFIELD)) if role in roles},
        )
    )
    tumour = study.masks[PET]
    seen = lesion_inputs({role: study.image(role) for role in roles}, tumour, BANDS_MM)
    places = np.argwhere(seen.tissues.any(axis=0))
    chosen = places[random.choice(len(places), min(MOST_VOXELS, len(places)), replace=False)]
    region = np.zeros(seen.tissues.shape[1:], dtype=np.bool_)
    region[tuple(chosen.T)] = True
    volume = float(np.count_nonzero(tumour) * np.prod(study.image(PET).spacing_mm)) / MM3_A_ML
    return {role: cut_patches(seen.images[role], region) for role in roles}, seen.tissues[:, region].T > 0, volume
