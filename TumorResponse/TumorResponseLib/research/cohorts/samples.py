"""The sample studies in Resources/SampleData: simulated, so that no patient's image is in the repository.

    python -m TumorResponseLib.research.cohorts.samples --out Resources/SampleData

Run it again after a change of the simulation; the same code writes the same bytes.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from TumorResponseLib.research.cohorts import ceus
from TumorResponseLib.research.cohorts.ceus_biology import draw_mice
from TumorResponseLib.research.cohorts.dlrs3 import TIMEPOINT, image_of
from TumorResponseLib.research.cohorts.dlrs3_biology import draw_patients
from TumorResponseLib.research.cohorts.ultrasound_file import ultrasound_file

SAMPLE_SEED = 1
"""Not the seed of any cohort that a shipped bundle was trained or evaluated on."""

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


HOW_MADE_CEUS = """\
# Sample study of the system ceus

`cine.dcm` is a simulated contrast bolus through a mouse tumour before chemo-immunotherapy, shown side by side as
scanners do: B-mode on the left, the contrast agent on the right (`contrast_side` in `study.json`). No animal is behind
it. It is the first virtual mouse of seed {seed}, made by TumorResponseLib/research/cohorts/ceus.py (see there for the
biology and the image formation) and written by

    python -m TumorResponseLib.research.cohorts.samples --out Resources/SampleData

The frame time stands in the DICOM file, and the pixel spacing where scanners put it, in the Sequence of Ultrasound
Regions, one for each side. `tumour.mha` is the true outline on the contrast side: no network outlines tumours in
contrast mode. `study.json` carries the truth of the model beside the cine: the chance of the class responsive
(`oracle_probability`) and the class drawn (`response`: 0 non-responsive, 1 stable, 2 responsive). Research and teaching
use only.
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
    with _in_place_of(folder) as unfinished:
        file = ultrasound_file(made.pixels, made.spacing_mm, "Simulated breast ultrasound")
        file.save_as(unfinished / "image.dcm", enforce_file_format=True)
        _write_texts(unfinished, study, HOW_MADE)


def write_ceus_sample(folder: Path) -> None:
    """Write ``cine.dcm``, ``tumour.mha``, ``study.json`` and ``how_made.md``, in place of an earlier sample."""
    mouse = draw_mice(1, SAMPLE_SEED)[0]
    made = ceus.cine_of(mouse, SAMPLE_SEED)
    study = {
        "patient": "ceus-sample",
        "timepoint": ceus.TIMEPOINT,
        "image": "cine.dcm",
        "contrast_side": "right",
        "mask": "tumour.mha",
        "response": mouse.response,
        "oracle_probability": round(mouse.probabilities[-1], 6),
    }
    with _in_place_of(folder) as unfinished:
        shown = np.concatenate([made.b_mode, made.frames], axis=2)
        file = ultrasound_file(shown, made.spacing_mm, ceus.DESCRIPTION, frame_ms=made.frame_ms, sides=2)
        file.save_as(unfinished / "cine.dcm", enforce_file_format=True)
        outline = sitk.GetImageFromArray(made.tumour.astype(np.uint8))
        outline.SetSpacing(made.spacing_mm[::-1])
        sitk.WriteImage(outline, str(unfinished / "tumour.mha"), useCompression=True)
        _write_texts(unfinished, study, HOW_MADE_CEUS)


@contextmanager
def _in_place_of(folder: Path) -> Iterator[Path]:
    """A folder to write into that takes the place of ``folder`` when all of it is written."""
    unfinished = folder.with_name(folder.name + ".partial")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    yield unfinished
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def _write_texts(folder: Path, study: dict[str, object], how_made: str) -> None:
    (folder / "study.json").write_text(json.dumps(study, indent=2) + "\n", encoding="utf-8")
    (folder / "how_made.md").write_text(how_made.format(seed=SAMPLE_SEED), encoding="utf-8")


def main() -> None:
    """Write all samples."""
    parser = argparse.ArgumentParser(description="Write the simulated sample studies.")
    parser.add_argument("--out", type=Path, required=True, help="the folder Resources/SampleData")
    arguments = parser.parse_args()
    write_dlrs3_sample(arguments.out / "dlrs3")
    write_ceus_sample(arguments.out / "ceus")


if __name__ == "__main__":
    main()
