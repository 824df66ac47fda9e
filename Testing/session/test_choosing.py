"""Which systems read a study, and which of its images is shown."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from Testing.session.stand_ins import BrightnessSystem, make_study, systems
from TumorResponseLib.core.errors import MaskError, StudyError
from TumorResponseLib.core.image import Frame, Image, Spacing
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.core.study import CINE_ROLE, Study
from TumorResponseLib.desk.snapshot import NoModels
from TumorResponseLib.predict.registry import systems as real_systems
from TumorResponseLib.predict.system import View
from TumorResponseLib.session.choosing import Decision, decide, systems_for
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Status, Step
from TumorResponseLib.session.still import choose_still

ONE = BrightnessSystem("one")
CINE = BrightnessSystem("cine-reader", roles=(CINE_ROLE,))
THREE = BrightnessSystem("three", roles=("t1", "t2", "contrast"))
KNOWN = systems(ONE, CINE, THREE)


def volume(value: int = 0, origin: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Image:
    return Image(np.full((4, 6, 5), value, np.int16), Spacing((3.0, 1.0, 1.0), "test"), Frame(origin=origin))


def cine(frames: int = 4, role: str = CINE_ROLE) -> Study:
    still = make_study().image()
    pixels = np.stack([still.pixels + np.uint8(frame) for frame in range(frames)])
    times = tuple(40.0 * frame for frame in range(frames))
    return Study("cine", {role: dataclasses.replace(still, pixels=pixels, frame_times_ms=times)})


@pytest.mark.parametrize(
    ("roles", "chosen"),
    [
        (("image",), ("one",)),
        (("cine",), ("cine-reader",)),
        (("cine", "image"), ("one",)),
        (("t1", "t2", "contrast"), ("three",)),
        (("contrast", "t2", "t1", "other"), ("three",)),
        (("t2", "contrast"), ("three",)),
        (("unknown",), ("one",)),
    ],
)
def test_the_images_say_which_system_is_asked(roles: tuple[str, ...], chosen: tuple[str, ...]) -> None:
    assert systems_for(dict.fromkeys(roles), KNOWN) == chosen


def test_without_a_system_for_single_images_none_is_asked() -> None:
    assert systems_for({"unknown": None}, systems(CINE)) == ()
    assert systems_for({"image": None}, {}) == ()


def test_every_sample_is_for_the_system_that_it_is_called_after() -> None:
    known = real_systems()
    for folder in (resources_folder() / "SampleData").iterdir():
        if folder.name in known:
            assert systems_for(load_study(folder).images, known) == (folder.name,)


def test_the_options_win_over_the_study() -> None:
    study = Study("both", {"t1": volume(), "t2": volume(), "contrast": volume()})
    assert decide(study, ReadingOptions(), KNOWN) == Decision(("three",), View("t1"))
    assert decide(study, ReadingOptions(role="contrast"), KNOWN).view == View("contrast")
    assert decide(study, ReadingOptions(systems=("cine-reader", "three"), role="t2"), KNOWN).systems == (
        "cine-reader",
        "three",
    )
    with pytest.raises(StudyError, match="no image of role 'pet'"):
        decide(study, ReadingOptions(role="pet"), KNOWN)


def test_a_frame_is_the_systems_or_the_one_asked_for() -> None:
    brightest = dataclasses.replace(CINE)
    brightest.view = lambda study: View(CINE_ROLE, 2)  # type: ignore[method-assign]
    known = systems(ONE, brightest)
    assert decide(cine(), ReadingOptions(), known).view == View(CINE_ROLE, 2)
    assert decide(cine(), ReadingOptions(frame_index=1), known).view == View(CINE_ROLE, 1)
    assert decide(make_study(), ReadingOptions(frame_index=1), known).view == View("image")
    assert decide(cine(role="image"), ReadingOptions(), known).view == View("image", 0)


def test_a_backdrop_that_the_study_lacks_is_none() -> None:
    fused = dataclasses.replace(ONE)
    fused.view = lambda study: View("image", backdrop="ct")  # type: ignore[method-assign]
    assert decide(make_study(), ReadingOptions(), systems(fused)).view.backdrop is None
    both = Study("both", {"image": volume(), "ct": volume()})
    assert decide(both, ReadingOptions(), systems(fused)).view.backdrop == "ct"


@pytest.mark.parametrize("role", ["image", CINE_ROLE, "us"])
def test_choosing_a_still_again_changes_nothing(role: str) -> None:
    study = cine(role=role)
    view = View(role, 2)
    chosen, still = choose_still(study, view)
    np.testing.assert_array_equal(still.pixels, study.image().pixels[2])
    assert chosen.images["image"] is still and chosen.images[CINE_ROLE].is_cine
    again, same = choose_still(chosen, View(role if role in chosen.images else "image", 2))
    assert again is chosen and same is still


@pytest.mark.parametrize(("read", "warned"), [((), True), (("image",), True), ((CINE_ROLE,), False)])
def test_a_still_is_warned_of_unless_the_cine_is_read(read: tuple[str, ...], warned: bool) -> None:
    for role in (CINE_ROLE, "us"):
        chosen, _ = choose_still(cine(role=role), View(role, 2), read)
        assert any("Frame 3 of the cine's 4 frames" in each for each in chosen.warnings) == warned
    other = Study("two", {CINE_ROLE: cine().image(), "b_mode": cine().image()})
    assert choose_still(other, View("b_mode", 2), (CINE_ROLE,))[0].warnings  # another cine is read


def test_a_still_takes_no_other_images_place() -> None:
    contrast, tissue = cine().image(), make_study().image()
    study = Study("two", {"image": tissue, CINE_ROLE: contrast})
    chosen, still = choose_still(study, View(CINE_ROLE, 3))
    assert chosen.images["image"] is tissue and chosen.images[CINE_ROLE] is contrast
    np.testing.assert_array_equal(still.pixels, contrast.pixels[3])
    twice, _ = choose_still(chosen, View(CINE_ROLE, 3))
    assert twice.warnings == chosen.warnings and len(chosen.warnings) == 1


def test_a_still_of_another_cine_leaves_the_contrast_cine_to_its_system() -> None:
    contrast, tissue = cine().image(), dataclasses.replace(cine().image(), pixels=cine().image().pixels[::-1])
    study = Study("two", {CINE_ROLE: contrast, "b_mode": tissue})
    view = decide(study, ReadingOptions(role="b_mode"), KNOWN).view
    chosen, still = choose_still(study, view)
    np.testing.assert_array_equal(still.pixels, tissue.pixels[0])
    assert chosen.images[CINE_ROLE] is contrast and chosen.images["b_mode"] is still
    assert choose_still(chosen, view) == (chosen, still)


@pytest.mark.parametrize("role", ["us", CINE_ROLE, "elsewhere"])
def test_a_single_cine_answers_to_any_role_and_may_be_opened_again(role: str) -> None:
    study = cine(role="us")
    view = decide(study, ReadingOptions(role=role), KNOWN).view
    chosen, still = choose_still(study, view)
    again, same = choose_still(chosen, view)
    assert again is chosen and same is still


def test_the_mask_of_the_role_that_is_read_is_the_tumours() -> None:
    images = {"t1": volume(), "t2": volume(), "contrast": volume(origin=(5.0, 0.0, 0.0))}
    tumour = np.zeros((4, 6, 5), bool)
    tumour[1:3, 2:4, 2:4] = True
    shows_contrast = dataclasses.replace(THREE)
    shows_contrast.view = lambda study: View("contrast")  # type: ignore[method-assign]
    reading = Reading(NoModels(), systems(shows_contrast))
    reading.open(Study("masked", images, {"contrast": tumour}))
    assert reading.found.mask is not None and reading.view == View("contrast")
    np.testing.assert_array_equal(reading.found.mask, tumour)
    assert reading.found.image is images["contrast"]

    with pytest.raises(MaskError, match=r"lies on its first image, t1, .*mask_contrast"):
        reading.open(Study("misplaced", images, {"tumour": tumour}))
    assert reading.state(Step.IMAGE).status is Status.FAILED
    moved = {**images, "t1": images["contrast"]}
    reading.open(Study("same place", moved, {"tumour": tumour}))
    assert reading.is_ready(Step.MASK)


def test_a_view_that_the_study_does_not_allow_fails_the_image(tmp_path: Path) -> None:
    reading = Reading(NoModels(), systems(ONE), ReadingOptions(role="pet"))
    with pytest.raises(StudyError, match="no image of role 'pet'"):
        reading.open(Study("both", {"t1": volume(), "t2": volume()}))
    assert reading.state(Step.IMAGE).status is Status.FAILED
