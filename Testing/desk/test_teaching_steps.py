"""What the model saw, of volumes and of systems whose tumours are drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from Testing.session.stand_ins import BrightnessSystem, make_library, systems
from TumorResponseLib.core.crop import CropGrid
from TumorResponseLib.core.image import Image, MaskArray, Spacing
from TumorResponseLib.core.study import Study
from TumorResponseLib.desk.teaching_steps import teaching_steps
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.system import SystemOutput
from TumorResponseLib.session.reading import Reading

SHAPE = (6, 40, 50)


class OfVolumes(BrightnessSystem):
    """Its map lights up one voxel of the slice with the most tumour."""

    def predict(self, study: Study, tumour: MaskArray, bundle: OpenBundle) -> SystemOutput:
        image = study.image()
        grid = CropGrid.around(tumour, image.spacing_mm, (8, 16, 16), 1.0)
        flat = super().predict(_slice(study), tumour[3], bundle)
        bright = np.ones((8, 16, 16), np.float32)
        inputs = {"volume": bright[None], "laboratory": np.zeros((1, 13), np.float32)}
        return SystemOutput(flat.prediction, {"volume": bright}, {"volume": grid}, {"volume": 1.0}, inputs)


def _slice(study: Study) -> Study:
    image = study.image()
    return Study(study.name, {"image": Image(image.pixels[3], Spacing(image.spacing_mm[1:], "test"))})


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    tumour = np.zeros(SHAPE, bool)
    tumour[2:5, 15:22, 20:28] = True
    tumour[3, 12:25, 18:30] = True
    pixels = np.random.default_rng(3).integers(0, 90, SHAPE).astype(np.int16)
    study = Study("volume", {"image": Image(pixels, Spacing((2.0, 1.0, 1.0), "test"))}, {"tumour": tumour})
    reading = Reading(make_library(tmp_path / "bundles", "dlrs3"), systems(OfVolumes(segmentation=None)))
    reading.open(study)
    assert reading.run() == ()
    return reading


def test_of_a_volume_the_slice_with_the_most_tumour_is_shown(reading: Reading) -> None:
    learner = np.zeros(SHAPE, bool)
    learner[3, 1:6, 1:6] = True  # outside of the part around the tumour
    steps = list(teaching_steps(reading, learner))
    assert [step.title for step in steps] == ["Outline", "Crop: Volume", "Activation: Volume", "Fused map"]
    outline = steps[0]
    assert "Slice 4 of 6." in outline.explanation and outline.explanation.endswith("White: your own.")
    corner = outline.picture[: outline.picture.shape[0] // 4, : outline.picture.shape[1] // 4].reshape(-1, 3)
    assert (corner == 255).all(axis=1).any()
    for step in steps:
        assert step.picture.dtype == np.uint8 and step.picture.shape[2] == 3 and step.explanation.endswith(".")
