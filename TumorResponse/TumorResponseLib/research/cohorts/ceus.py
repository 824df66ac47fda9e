"""The virtual cohort ``ceus``: perfusion cines of mouse tumours before chemo-immunotherapy, response known.

`ceus_biology` says how each tumour responds and why, `ceus_image` draws and scans it; here the cohort is written as a
folder: ``cohort.csv``, ``cines/*.dcm`` (multi-frame DICOM with frame times and spacing, contrast mode alone) and
``masks/*.mha``. Column ``response`` is the class (0 non-responsive, 1 stable, 2 responsive), ``oracle_probability`` the
true chance of the last one; `ORACLE_COLUMNS` hold those of the others. The same seed and patient number give the same
files, whatever the cohort's size or the number of processes.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from TumorResponseLib.core.loading import CohortRow
from TumorResponseLib.core.loading.rows import TUMOUR_ROLE
from TumorResponseLib.core.study import SINGLE_IMAGE_ROLE
from TumorResponseLib.research.cohorts.ceus_biology import TUMOUR_TYPES, VirtualMouse, draw_mice
from TumorResponseLib.research.cohorts.ceus_image import VirtualCine, render
from TumorResponseLib.research.cohorts.cohort_folder import require_possible, write_cohort_folder
from TumorResponseLib.research.cohorts.ultrasound_file import ultrasound_file
from TumorResponseLib.research.progress import Advance

PATIENTS = 587
"""As many as there are images in the published study; here each is of its own mouse."""

TIMEPOINT = "before-therapy"
PARTS = ("cines", "masks")
ORACLE_COLUMNS = ("oracle_non_responsive", "oracle_stable")
TYPE_COLUMN = "tumour_type"
DESCRIPTION = "Simulated contrast-enhanced ultrasound"


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
        partial(_write_mouse, seed=seed), draw_mice(patients, seed), PARTS, out_folder, advance, workers
    )


def cine_of(mouse: VirtualMouse, seed: int) -> VirtualCine:
    """The mouse's cine in the cohort of ``seed``."""
    return render(mouse, np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(mouse.index,))))


def _write_mouse(mouse: VirtualMouse, *, seed: int, folder: Path) -> CohortRow:
    """Write the mouse's cine and mask; return the row of ``cohort.csv``."""
    made = cine_of(mouse, seed)
    name = f"ceus-{mouse.index + 1:04d}"
    cine, mask = folder / "cines" / f"{name}.dcm", folder / "masks" / f"{name}.mha"
    file = ultrasound_file(made.frames, made.spacing_mm, DESCRIPTION, frame_ms=made.frame_ms)
    file.save_as(cine, enforce_file_format=True)
    outline = sitk.GetImageFromArray(made.tumour.astype(np.uint8))
    outline.SetSpacing(made.spacing_mm[::-1])
    sitk.WriteImage(outline, str(mask), useCompression=True)
    oracle = dict(zip(ORACLE_COLUMNS, mouse.probabilities[:-1], strict=True))
    return CohortRow(
        patient=name,
        timepoint=TIMEPOINT,
        split=mouse.split,
        center="1",
        images={SINGLE_IMAGE_ROLE: cine},
        masks={TUMOUR_ROLE: mask},
        response=mouse.response,
        oracle_probability=round(mouse.probabilities[-1], 6),
        other={column: f"{chance:.6f}" for column, chance in oracle.items()}
        | {TYPE_COLUMN: TUMOUR_TYPES[mouse.tumour_type], "diameter_mm": f"{made.diameter_mm:.1f}"},
    )
