"""The sample study of the system prrt-pfs: simulated PET and CT as DICOM, laboratory values, and the lesions."""

from __future__ import annotations

import csv
from pathlib import Path

from TumorResponseLib.core.laboratory.panel import PANEL
from TumorResponseLib.core.saving.volumes import write_volume
from TumorResponseLib.research.cohorts.cross_section_files import Series, Tracer, write_ct_series, write_pet_series
from TumorResponseLib.research.cohorts.prrt import ARM, CT, PET, TIMEPOINT, laboratory_of, scans_of
from TumorResponseLib.research.cohorts.prrt_biology import draw_patients
from TumorResponseLib.research.cohorts.samples.sample_folder import SAMPLE_SEED, in_place_of, write_texts

TRACER = Tracer("68Ga-DOTATOC", half_life_s=4062.6, dose_bq=150e6, weight_kg=74.0)

REPORTED_IN = {"gamma_gt": "µkat/l", "haemoglobin": "g/dl", "bilirubin": "mg/dl"}
"""Values that this laboratory reports in other units than the panel's, as laboratories do."""

SAMPLE_PATIENT = 2
"""The first of the seed who has both values out of range and missing ones."""

LABORATORY, LESIONS = "laboratory.csv", "lesions.nrrd"

HOW_MADE = """\
# Sample study of the system prrt-pfs

`pet` and `ct` are simulated DICOM series before a therapy with radioligands: PET of somatostatin receptors in Bq/ml,
decay-corrected to the start of the scan, and contrast-enhanced CT, on two grids in one frame of reference.
`laboratory.csv` holds the laboratory's values with units and reference ranges; those without a number were not
measured. No patient is behind any of it. It is the third virtual patient of seed {seed}, the first who has both values
out of range and missing ones, made by TumorResponseLib/research/cohorts/prrt.py (see there for the biology and the
image formation) and written by

    python -m TumorResponseLib.research.cohorts.samples --out Resources/SampleData

`lesions.nrrd` is the true outline of the lesions on the PET; kidneys and spleen take up the tracer as well and are no
lesions. Patient attributes are empty or say "Simulated", the dates mean nothing. `study.json` carries the truth of the
model beside the images: the chance of progression within a year (`oracle_probability`) and the outcome drawn from it
(`response`, `time_months`, `event`). Research and teaching use only.
"""


def write_prrt_sample(folder: Path) -> None:
    """Write the series, ``laboratory.csv``, ``lesions.nrrd``, ``study.json`` and ``how_made.md``."""
    patient = draw_patients(SAMPLE_PATIENT + 1, SAMPLE_SEED)[SAMPLE_PATIENT]
    scans = scans_of(patient, SAMPLE_SEED)
    study = {
        "patient": "prrt-pfs-sample",
        "timepoint": TIMEPOINT,
        "image_pet": PET,
        "image_ct": CT,
        "mask": LESIONS,
        "laboratory": LABORATORY,
        "arm": ARM,
        "response": patient.response,
        "time_months": round(patient.time_months, 3),
        "event": patient.event,
        "oracle_probability": round(patient.probability, 6),
    }
    identity = f"prrt-pfs sample {SAMPLE_SEED}"
    with in_place_of(folder) as unfinished:
        pet, ct = Series(identity, 1, "Simulated 68Ga-DOTATOC PET"), Series(identity, 2, "Simulated CT")
        write_pet_series(scans.pet.image, TRACER, pet, unfinished / PET)
        write_ct_series(scans.ct.image, ct, unfinished / CT)
        write_volume(scans.pet.tumour, scans.pet.image, unfinished / LESIONS)
        _write_laboratory(laboratory_of(patient, SAMPLE_SEED), unfinished / LABORATORY)
        write_texts(unfinished, study, HOW_MADE)


def _write_laboratory(values: dict[str, float], path: Path) -> None:
    """The whole panel with reference ranges for any sex; what was not measured has no number."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("analyte", "value", "unit", "low", "high"))
        for analyte in PANEL:
            unit = REPORTED_IN.get(analyte.name, analyte.unit)
            numbers = (values.get(analyte.name), *analyte.reference())
            told = ["" if value is None else f"{round(value / analyte.converted(1.0, unit), 2):g}" for value in numbers]
            writer.writerow((analyte.name, told[0], unit, *told[1:]))
