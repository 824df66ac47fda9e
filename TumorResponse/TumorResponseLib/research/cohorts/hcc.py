"""The virtual cohort ``hcc``: weekly MRI of rats with liver tumours under four therapies, response and histology known.

`hcc_biology` says what therapy does to each tumour, `hcc_anatomy` and `hcc_image` draw and scan it; here the cohort is
written as a folder: ``cohort.csv``, ``images/*-t1.nii.gz``, ``-t2`` and ``-contrast``, and ``masks/*.nii.gz``, the
tumour on the image after contrast agent. The same seed and rat number give the same files, whatever the cohort's size
or the number of processes. A row is a rat in a week; beside the columns of every cohort the table has

* ``image_t1``, ``image_t2``, ``image_contrast``, ``mask_contrast``; ``timepoint`` is ``week-0`` to ``week-3``;
  ``arm`` is one of ``ARMS``; ``split`` is ``train`` or ``test``, one for all weeks of a rat;
* in the last week only, since therapy ends and tissue is taken then: ``response`` (1 for a responder) with
  ``oracle_probability``, and `HISTOLOGY_COLUMNS`, the viability and apoptosis that the stains say (shares, 0 to 1);
* the truth behind it in every week, which no real cohort has and no network is trained on: `TRUTH_COLUMNS`,
  ``diameter_mm``, ``pseudo_progression`` (0 or 1), and how the rat moved before the T1- and T2-weighted scan against
  the one after contrast agent, ``turn_<role>_deg`` and ``shift_<role>_mm``: x, y and z, as `hcc_image.Motion` has them.

A network is to read the last week of a rat; the weeks before show how the tumour grew and train the outline.

How hard it is, of 300 rats: the test rats (about 100) as told by the truth, by the change of the longest diameter, and
by linear models on twenty simple figures of the signals under the true mask, fitted to the training rats. RMSE is
against histology, in units of histology's own error. A network that reads well should come near the last.

==================================  ========  ========
test rats                           seed 11   seed 12
==================================  ========  ========
AUROC, truth                        0.972     0.944
AUROC, change of diameter           0.728     0.678
AUROC, linear reader                0.964     0.933
RMSE of viability, linear reader    1.15      1.04
RMSE of apoptosis, linear reader    1.20      1.17
==================================  ========  ========
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from TumorResponseLib.core.loading import CohortRow
from TumorResponseLib.core.saving.volumes import write_volume
from TumorResponseLib.research.cohorts.cohort_folder import require_possible, write_cohort_folder
from TumorResponseLib.research.cohorts.hcc_anatomy import draw_anatomy
from TumorResponseLib.research.cohorts.hcc_biology import WEEKS, VirtualRat, draw_rats
from TumorResponseLib.research.cohorts.hcc_image import CONTRAST, ROLES, VirtualScan, render
from TumorResponseLib.research.progress import Advance

RATS = 300
"""About 200 to train on and 100 to test."""

PARTS = ("images", "masks")
HISTOLOGY_COLUMNS = ("viability", "apoptosis")
TRUTH_COLUMNS = ("viability_true", "apoptosis_true")
LAST_WEEK = WEEKS[-1]


def simulate(patients: int, seed: int, out_folder: Path, advance: Advance | None = None, *, workers: int = 2) -> Path:
    """Write the cohort of ``patients`` rats that ``seed`` names into ``out_folder`` and return its ``cohort.csv``.

    Args:
        patients: how many rats; the first N of a seed are the same for every N.
        seed: names the cohort; not negative.
        out_folder: new or empty; it appears when the cohort is complete.
        advance: told of each rat that is done.
        workers: processes; 1 computes in this one.

    Raises:
        UsageError: there is something in ``out_folder`` already, or ``patients`` is not positive.
    """
    require_possible(patients, out_folder)
    return write_cohort_folder(
        partial(_write_rat, seed=seed), draw_rats(patients, seed), PARTS, out_folder, advance, workers
    )


def scans_of(rat: VirtualRat, seed: int) -> list[VirtualScan]:
    """The rat's examinations in the cohort of ``seed``, week by week."""
    anatomy = draw_anatomy(_numbers(seed, rat.index, len(WEEKS)))
    return [
        render(
            anatomy, rat.diameter_mm[week], rat.viability[week], rat.apoptosis[week], _numbers(seed, rat.index, week)
        )
        for week in WEEKS
    ]


def timepoint(week: int) -> str:
    """The week's name in the table."""
    return f"week-{week}"


def _write_rat(rat: VirtualRat, *, seed: int, folder: Path) -> list[CohortRow]:
    """Write the rat's images and masks; return the rows of ``cohort.csv``."""
    scans = scans_of(rat, seed)
    return [_write_week(rat, week, scan, folder) for week, scan in zip(WEEKS, scans, strict=True)]


def _write_week(rat: VirtualRat, week: int, scan: VirtualScan, folder: Path) -> CohortRow:
    patient = f"hcc-{rat.index + 1:04d}"
    images = {role: folder / "images" / f"{patient}-{timepoint(week)}-{role}.nii.gz" for role in ROLES}
    mask = folder / "masks" / f"{patient}-{timepoint(week)}.nii.gz"
    for role, path in images.items():
        write_volume(scan.images[role].pixels, scan.images[role], path)
    write_volume(scan.tumour, scan.images[CONTRAST], mask)
    last = week == LAST_WEEK
    stained = {column: f"{value:.5f}" for column, value in zip(HISTOLOGY_COLUMNS, rat.histology, strict=True)}
    truth = zip(TRUTH_COLUMNS, (rat.viability[week], rat.apoptosis[week]), strict=True)
    return CohortRow(
        patient=patient,
        timepoint=timepoint(week),
        split=rat.split,
        center="1",
        images=images,
        masks={CONTRAST: mask},
        response=rat.response if last else None,
        arm=rat.arm,
        oracle_probability=round(rat.probability, 6) if last else None,
        other=(stained if last else {})
        | {column: f"{value:.5f}" for column, value in truth}
        | {"diameter_mm": f"{rat.diameter_mm[week]:.2f}", "pseudo_progression": str(int(rat.pseudo_progression))}
        | _motions(scan),
    )


def _motions(scan: VirtualScan) -> dict[str, str]:
    columns = {}
    for role, motion in scan.motions.items():
        columns[f"turn_{role}_deg"] = " ".join(f"{angle:.4f}" for angle in motion.turn_deg)
        columns[f"shift_{role}_mm"] = " ".join(f"{step:.4f}" for step in motion.shift_mm)
    return columns


def _numbers(seed: int, index: int, key: int) -> np.random.Generator:
    """A rat's numbers: of each week, and of its body."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(index, key)))
