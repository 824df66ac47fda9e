"""The sample study of the system dlrs3: one simulated breast ultrasound."""

from __future__ import annotations

from pathlib import Path

from TumorResponseLib.research.cohorts.dlrs3 import TIMEPOINT, image_of
from TumorResponseLib.research.cohorts.dlrs3_biology import draw_patients
from TumorResponseLib.research.cohorts.samples.sample_folder import SAMPLE_SEED, in_place_of, write_texts
from TumorResponseLib.research.cohorts.ultrasound_file import ultrasound_file

HOW_MADE = """\
# Sample study of the system dlrs3

`image.dcm` is a simulated breast ultrasound after two cycles of neoadjuvant chemotherapy. No patient is behind it. It
is the first virtual patient of seed {seed}, made by TumorResponseLib/research/cohorts/dlrs3.py (see there for the
biology and the image formation) and written by

    python -m TumorResponseLib.research.cohorts.samples --out Resources/SampleData

The pixel spacing stands where scanners put it, in the Sequence of Ultrasound Regions. Patient and study attributes are
empty or say "Simulated". `study.json` carries the truth of the model beside the image: the chance of response
(`oracle_probability`) and the outcome drawn from it (`response`). Research and teaching use only.
"""


def write_dlrs3_sample(folder: Path) -> None:
    """Write ``image.dcm``, ``study.json`` and ``how_made.md`` into ``folder``, in place of an earlier sample."""
    patient = draw_patients(1, SAMPLE_SEED)[0]
    made = image_of(patient, SAMPLE_SEED)
    study = {
        "patient": "dlrs3-sample",
        "timepoint": TIMEPOINT,
        "image": "image.dcm",
        "response": patient.response,
        "oracle_probability": round(patient.probability, 6),
    }
    with in_place_of(folder) as unfinished:
        file = ultrasound_file(made.pixels, made.spacing_mm, "Simulated breast ultrasound")
        file.save_as(unfinished / "image.dcm", enforce_file_format=True)
        write_texts(unfinished, study, HOW_MADE)
