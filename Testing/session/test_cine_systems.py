"""A cine in a session: one frame is shown, systems that read cines get all of them."""

from __future__ import annotations

import dataclasses

import pytest

from TumorResponseLib.core.image import Spacing
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.models.device import resolve_device
from TumorResponseLib.models.runtime import ModelLibrary
from TumorResponseLib.predict.registry import systems
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step


@pytest.fixture
def reading() -> Reading:
    library = ModelLibrary([resources_folder() / "Models"], resolve_device("cpu"))
    return Reading(library, systems(), ReadingOptions(systems=("ceus",), frame_index=12))


def test_the_sample_is_read_from_cine_to_saliency(reading: Reading) -> None:
    study = load_study(resources_folder() / "SampleData" / "ceus")
    reading.open(study)
    assert reading.run() == ()
    assert reading.found.image is not None and reading.found.image.pixels.shape == (80, 80)
    (output,) = reading.found.outputs.values()
    assert output.prediction.system == "ceus"
    assert sum(reading.found.shares["fused"].values()) == pytest.approx(1.0)


def test_without_an_outline_one_is_asked_for(reading: Reading) -> None:
    study = load_study(resources_folder() / "SampleData" / "ceus")
    reading.open(dataclasses.replace(study, masks={}))
    assert Step.MASK in reading.run()
    assert "draw the outline" in reading.state(Step.MASK).reason


def test_a_spacing_given_later_holds_for_the_cine_too(reading: Reading) -> None:
    study = load_study(resources_folder() / "SampleData" / "ceus")
    reading.open(dataclasses.replace(study, images={"image": dataclasses.replace(study.image(), spacing=None)}))
    assert Step.PREDICTION in reading.run()
    reading.set_spacing(Spacing((0.25, 0.25), "test"))
    assert reading.run() == ()
