"""Of a cine one frame is read."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from Testing.session.stand_ins import BrightnessSystem, make_study, systems
from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image
from TumorResponseLib.core.study import CINE_ROLE, Study
from TumorResponseLib.models.runtime import ModelLibrary
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Status, Step


def cine(frames: int = 4) -> Study:
    still = make_study().image()
    pixels = np.stack([still.pixels] * frames)
    pixels[2] = np.roll(still.pixels, 5, axis=1)
    times = tuple(40.0 * frame for frame in range(frames))
    return Study("cine", {"image": dataclasses.replace(still, pixels=pixels, frame_times_ms=times)})


def test_of_a_cine_one_frame_is_read_and_said_so(library: ModelLibrary, system: BrightnessSystem) -> None:
    reading = Reading(library, systems(system), ReadingOptions(frame_index=2))
    study = cine()
    reading.open(study)
    image: Image | None = reading.found.image
    assert image is not None
    np.testing.assert_array_equal(image.pixels, study.image().pixels[2])
    (said,) = reading.warnings
    assert said.startswith("Frame 3 of the cine's 4 frames is shown and measured")
    assert reading.found.study is not None and reading.found.study.image(CINE_ROLE) is study.image()
    assert reading.run() == ()


def test_a_frame_that_the_cine_does_not_have_fails_the_image(library: ModelLibrary, system: BrightnessSystem) -> None:
    reading = Reading(library, systems(system), ReadingOptions(frame_index=4))
    with pytest.raises(StudyError, match="frames 1 to 4 and frame 5 was asked for"):
        reading.open(cine())
    assert reading.state(Step.IMAGE).status is Status.FAILED
