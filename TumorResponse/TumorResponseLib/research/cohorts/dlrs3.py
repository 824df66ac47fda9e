"""The virtual cohort ``dlrs3``: breast ultrasound after two cycles of neoadjuvant chemotherapy, response known.

`dlrs3_biology` says who responds and why, `dlrs3_image` draws and scans each patient; here the cohort is written as a
folder: ``cohort.csv``, ``images/*.mha`` and ``masks/*.mha`` (MetaImage, uint8, spacing in the header, masks 0 and 1).
Beside the columns of every cohort the table carries the truth: ``oracle_probability``, `SHARE_COLUMNS` (the intercept
and each tissue's share of its logit) and ``diameter_mm``. The same seed and patient number give the same files,
whatever the cohort's size or the number of processes.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from TumorResponseLib.core.loading import CohortRow
from TumorResponseLib.core.loading.rows import TUMOUR_ROLE
from TumorResponseLib.core.study import SINGLE_IMAGE_ROLE
from TumorResponseLib.research.cohorts.cohort_folder import require_possible, write_cohort_folder
from TumorResponseLib.research.cohorts.dlrs3_biology import INTERCEPT, VirtualPatient, draw_patients
from TumorResponseLib.research.cohorts.dlrs3_image import VirtualImage, render
from TumorResponseLib.research.progress import Advance

PATIENTS = 469
"""As many as in the published study."""

TIMEPOINT = "after-2-cycles"

PARTS = ("images", "masks")

SHARE_COLUMNS = ("share_base", "share_tumour", "share_0_3", "share_3_5", "share_5_10")
"""The truth that the table carries beside ``oracle_probability``: its logit is the sum of these."""


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


def image_of(patient: VirtualPatient, seed: int) -> VirtualImage:
    """The patient's image in the cohort of ``seed``."""
    return render(patient, np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(patient.index,))))


def _write_patient(patient: VirtualPatient, *, seed: int, folder: Path) -> CohortRow:
    """Write the patient's image and mask; return the row of ``cohort.csv``."""
    made = image_of(patient, seed)
    name = f"dlrs3-{patient.index + 1:04d}"
    image, mask = (folder / part / f"{name}.mha" for part in PARTS)
    _write_picture(image, made.pixels, made.spacing_mm)
    _write_picture(mask, made.tumour.astype(np.uint8), made.spacing_mm)
    shares = dict(zip(SHARE_COLUMNS, (INTERCEPT, *patient.shares), strict=True))
    return CohortRow(
        patient=name,
        timepoint=TIMEPOINT,
        split=patient.split,
        center=str(patient.center),
        images={SINGLE_IMAGE_ROLE: image},
        masks={TUMOUR_ROLE: mask},
        response=patient.response,
        oracle_probability=round(patient.probability, 6),
        other={column: f"{share:.6f}" for column, share in shares.items()} | {"diameter_mm": f"{made.diameter_mm:.1f}"},
    )


def _write_picture(path: Path, pixels: NDArray[np.uint8], spacing_mm: tuple[float, float]) -> None:
    image = sitk.GetImageFromArray(pixels)
    image.SetSpacing(spacing_mm[::-1])
    sitk.WriteImage(image, str(path), useCompression=True)
