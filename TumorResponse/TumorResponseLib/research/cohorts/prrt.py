"""The virtual cohort ``prrt-pfs``: PET, CT and laboratory values before therapy with radioligands, progression known.

`prrt_biology` says who progresses and when, `prrt_laboratory` and `prrt_image` measure each patient; here the cohort is
written as a folder: ``cohort.csv``, ``images/*-pet.nii.gz`` (SUV), ``images/*-ct.nii.gz`` (HU) and a tumour mask for
each in ``masks``. ``response`` is 1 for progression within a year, which is known of everybody. The first `PATIENTS`
are of the split ``train``; further ones of ``test``, on whom a bundle can be tried. Beside the columns of
every cohort the table carries the truth (``oracle_probability``, `SHARE_COLUMNS`), age and sex, which say nothing, and
``cycles``, the therapy cycles given: known only afterwards, and shortened by progression, so no model may use it. The
same seed and patient number give the same files, whatever the cohort's size or the number of processes.

How hard it is, at 116 patients: AUROC in repeated 3-fold cross-validation, of the laboratory forest and of a logistic
regression on what the true masks measure (mean SUV, mean HU, volume), and of the true states in brackets. The last
column is the published system. A network that reads well should come near the reader.

============================  =============  =============  =========
known                         seed 2026      seed 11        published
============================  =============  =============  =========
laboratory, forest            0.630 (0.706)  0.551 (0.661)  0.59
PET                           0.494 (0.543)  0.537 (0.625)  0.42
CT                            0.600 (0.607)  0.488 (0.568)  0.54
PET and CT                    0.728 (0.782)  0.759 (0.827)
laboratory, PET and CT        0.722 (0.848)  0.770 (0.868)  0.72
============================  =============  =============  =========
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from TumorResponseLib.core.image_units import HOUNSFIELD, SUV_BODY_WEIGHT
from TumorResponseLib.core.loading import CohortRow
from TumorResponseLib.core.saving.volumes import write_volume
from TumorResponseLib.research.cohorts.cohort_folder import require_possible, write_cohort_folder
from TumorResponseLib.research.cohorts.prrt_anatomy import draw_anatomy
from TumorResponseLib.research.cohorts.prrt_biology import INTERCEPT, VirtualPatient, draw_patients
from TumorResponseLib.research.cohorts.prrt_image import Scan, VirtualScans, render, scan_ct
from TumorResponseLib.research.cohorts.prrt_laboratory import draw_laboratory
from TumorResponseLib.research.progress import Advance

PATIENTS = 116
"""As many as in the published study."""

PET, CT = "pet", "ct"
TIMEPOINT = "before-therapy"
ARM = "177Lu-DOTATOC"
PARTS = ("images", "masks")
SHARE_COLUMNS = ("share_base", "share_laboratory", "share_mismatch")
"""The truth that the table carries beside ``oracle_probability``: its logit is the sum of these."""

UNLABELLED, UNLABELLED_VOLUMES = "unlabelled", 200
"""Folder in the cohort's own with CT for pre-training, another cohort folder, and how many volumes it holds."""

IMAGE_KEY, LABORATORY_KEY, UNLABELLED_KEY = 0, 1, 2
"""Each patient's measurements draw from their own numbers."""


def simulate(patients: int, seed: int, out_folder: Path, advance: Advance | None = None, *, workers: int = 2) -> Path:
    """Write the cohort of ``patients`` that ``seed`` names into ``out_folder`` and return its ``cohort.csv``.

    Args:
        patients: how many; the first N of a seed are the same for every N.
        seed: names the cohort; not negative.
        out_folder: new or empty; it appears when the cohort is complete.
        advance: told of each patient that is done.
        workers: processes; 1 computes in this one.

    Raises:
        UsageError: there is something in ``out_folder`` already, or ``patients`` is not positive.
    """
    require_possible(patients, out_folder)
    return write_cohort_folder(
        partial(_write_patient, seed=seed), draw_patients(patients, seed), PARTS, out_folder, advance, workers
    )


def simulate_unlabelled_ct(
    volumes: int, seed: int, out_folder: Path, advance: Advance | None = None, *, workers: int = 2
) -> Path:
    """Write CT volumes of other patients, of whom nothing else is known, for pre-training; return ``cohort.csv``.

    Args:
        volumes: how many; the first N of a seed are the same for every N.
        seed: names them; they share no patient with the cohort of the same seed.
        out_folder: new or empty; it appears when all are written.
        advance: told of each volume that is done.
        workers: processes; 1 computes in this one.

    Raises:
        UsageError: there is something in ``out_folder`` already, or ``volumes`` is not positive.
    """
    require_possible(volumes, out_folder)
    return write_cohort_folder(
        partial(_write_unlabelled, seed=seed), list(range(volumes)), PARTS, out_folder, advance, workers
    )


def simulate_with_unlabelled(patients: int, seed: int, out_folder: Path, advance: Advance | None = None) -> Path:
    """Write the cohort and, in its folder ``unlabelled``, CT for pre-training; see `simulate`."""
    table = simulate(patients, seed, out_folder, advance)
    simulate_unlabelled_ct(UNLABELLED_VOLUMES, seed, out_folder / UNLABELLED)
    return table


def scans_of(patient: VirtualPatient, seed: int) -> VirtualScans:
    """The patient's PET and CT in the cohort of ``seed``."""
    return render(patient, _numbers(seed, patient.index, IMAGE_KEY))


def laboratory_of(patient: VirtualPatient, seed: int) -> dict[str, float]:
    """The patient's laboratory values in the cohort of ``seed``."""
    return draw_laboratory(patient, _numbers(seed, patient.index, LABORATORY_KEY))


def _write_patient(patient: VirtualPatient, *, seed: int, folder: Path) -> CohortRow:
    """Write the patient's images and masks; return the row of ``cohort.csv``."""
    scans = scans_of(patient, seed)
    name = f"prrt-{patient.index + 1:04d}"
    random = _numbers(seed, patient.index, LABORATORY_KEY)
    values = draw_laboratory(patient, random)
    shares = dict(zip(SHARE_COLUMNS, (INTERCEPT, *patient.shares), strict=True))
    pet, ct = (_write_scan(scan, folder, f"{name}-{role}") for role, scan in ((PET, scans.pet), (CT, scans.ct)))
    return CohortRow(
        patient=name,
        timepoint=TIMEPOINT,
        split="train" if patient.index < PATIENTS else "test",
        center="1",
        images={PET: pet[0], CT: ct[0]},
        masks={PET: pet[1], CT: ct[1]},
        units={PET: SUV_BODY_WEIGHT, CT: HOUNSFIELD},
        response=patient.response,
        time_months=round(patient.time_months, 3),
        event=patient.event,
        laboratory=values,
        arm=ARM,
        oracle_probability=round(patient.probability, 6),
        other={column: f"{share:.6f}" for column, share in shares.items()}
        | {
            "age": str(int(np.clip(round(random.normal(63.0, 11.0)), 25, 88))),
            "sex": "F" if random.random() < 0.45 else "M",
            "cycles": str(patient.cycles),
        },
    )


def _write_unlabelled(index: int, *, seed: int, folder: Path) -> CohortRow:
    random = _numbers(seed, index, UNLABELLED_KEY)
    burden, perfusion = random.standard_normal(2)
    scan = scan_ct(draw_anatomy(float(burden), random), float(perfusion), random)
    name = f"prrt-ct-{index + 1:04d}"
    path = folder / "images" / f"{name}.nii.gz"
    write_volume(scan.image.pixels, scan.image, path)
    return CohortRow(patient=name, timepoint=TIMEPOINT, images={CT: path}, units={CT: HOUNSFIELD})


def _write_scan(scan: Scan, folder: Path, name: str) -> tuple[Path, Path]:
    """Write image and mask, and return their paths."""
    image, mask = (folder / part / f"{name}.nii.gz" for part in PARTS)
    write_volume(scan.image.pixels, scan.image, image)
    write_volume(scan.tumour, scan.image, mask)
    return image, mask


def _numbers(seed: int, index: int, key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(index, key)))
