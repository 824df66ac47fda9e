"""The sample study of the system ceus: one simulated contrast cine, with its outline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from TumorResponseLib.research.cohorts import ceus
from TumorResponseLib.research.cohorts.ceus_biology import draw_mice
from TumorResponseLib.research.cohorts.samples.sample_folder import SAMPLE_SEED, in_place_of, write_texts
from TumorResponseLib.research.cohorts.ultrasound_file import ultrasound_file

HOW_MADE = """\
# Sample study of the system ceus

`cine.dcm` is a simulated contrast bolus through a mouse tumour before chemo-immunotherapy, shown side by side as
scanners do: B-mode on the left, the contrast agent on the right (`contrast_side` in `study.json`). No animal is behind
it. It is the first virtual mouse of seed {seed}, made by TumorResponseLib/research/cohorts/ceus.py (see there for the
biology and the image formation) and written by

    python -m TumorResponseLib.research.cohorts.samples --out Resources/SampleData

The frame time stands in the DICOM file, and the pixel spacing where scanners put it, in the Sequence of Ultrasound
Regions, one for each side. `study.json` states the log compression (`dynamic_range_db`). `tumour.mha` is the true
outline on the contrast side: no network outlines tumours in contrast mode. `study.json` carries the truth of the model
beside the cine: the chance of the class responsive (`oracle_probability`) and the class drawn (`response`: 0
non-responsive, 1 stable, 2 responsive). Research and teaching use only.
"""


def write_ceus_sample(folder: Path) -> None:
    """Write ``cine.dcm``, ``tumour.mha``, ``study.json`` and ``how_made.md``, in place of an earlier sample."""
    mouse = draw_mice(1, SAMPLE_SEED)[0]
    made = ceus.cine_of(mouse, SAMPLE_SEED)
    study = {
        "patient": "ceus-sample",
        "timepoint": ceus.TIMEPOINT,
        "image_cine": "cine.dcm",
        "contrast_side": "right",
        "dynamic_range_db": round(made.dynamic_range_db, 1),
        "mask": "tumour.mha",
        "response": mouse.response,
        "oracle_probability": round(mouse.probabilities[-1], 6),
    }
    with in_place_of(folder) as unfinished:
        shown = np.concatenate([made.b_mode, made.frames], axis=2)
        file = ultrasound_file(shown, made.spacing_mm, ceus.DESCRIPTION, frame_ms=made.frame_ms, sides=2)
        file.save_as(unfinished / "cine.dcm", enforce_file_format=True)
        outline = sitk.GetImageFromArray(made.tumour.astype(np.uint8))
        outline.SetSpacing(made.spacing_mm[::-1])
        sitk.WriteImage(outline, str(unfinished / "tumour.mha"), useCompression=True)
        write_texts(unfinished, study, HOW_MADE)
