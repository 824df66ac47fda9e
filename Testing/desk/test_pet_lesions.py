"""Lesions on PET taken in and out by clicks, by each threshold method."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from Testing.desk.conftest import MakeDesk, mask_of, wait
from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.pet.thresholds import BLOOD_POOL, FIXED, LIVER, OF_MAXIMUM
from TumorResponseLib.core.saving.volumes import write_volume
from TumorResponseLib.desk.desk import Desk
from TumorResponseLib.desk.lesion_hint import lesion_hint
from TumorResponseLib.desk.pet_lesions import FIRST_SUV, LesionTool, shows_lesions
from TumorResponseLib.session.steps import Step

HOT, WARM, LIVER_AT = (10, 6, 6), (10, 20, 20), (24, 24, 10)


@pytest.fixture
def pet() -> Image:
    """Lesions of SUV 10 and 5 on a background of 1, and a liver of 2 to 3."""
    suv = np.ones((40, 40, 40), dtype=np.float32)
    suv[8:13, 4:9, 4:9] = 10
    suv[9:12, 19:22, 19:22] = 5
    suv[16:33, 16:33, 2:19] = 2.5
    suv[16:33:2, 16:33, 2:19] = 2.0
    return Image(suv, Spacing((2.5, 2.5, 2.5), "test"), modality="PT", units="SUVbw")


def test_a_click_takes_a_lesion_in_and_the_next_one_out(pet: Image) -> None:
    tool = LesionTool(FIXED, 4.0)
    one = tool.clicked(None, pet, HOT)
    both = tool.clicked(one, pet, WARM)
    np.testing.assert_array_equal(one, pet.pixels == 10)
    np.testing.assert_array_equal(both, pet.pixels >= 4)
    np.testing.assert_array_equal(tool.clicked(both, pet, (8, 4, 4)), pet.pixels == 5)
    np.testing.assert_array_equal(one, pet.pixels == 10)


def test_a_share_of_the_maximum_is_the_lesions_own(pet: Image) -> None:
    tool = LesionTool().with_settings(OF_MAXIMUM, 3.0)
    np.testing.assert_array_equal(tool.clicked(None, pet, WARM), (pet.pixels == 5))
    # 41 % of 10 is more than the neighbour's 4 and less than its 4.2.
    suv = pet.pixels.copy()
    suv[8:13, 9, 4:9], suv[8:13, 3, 4:9] = 4.0, 4.2
    rim = replace(pet, pixels=suv)
    np.testing.assert_array_equal(tool.clicked(None, rim, HOT), (suv == 10) | (suv == np.float32(4.2)))


def test_the_liver_is_measured_by_a_click_first(pet: Image) -> None:
    tool = LesionTool().with_settings(LIVER, 4.0)
    assert tool.needs_region
    with pytest.raises(UsageError, match="needs a region measured there"):
        tool.clicked(None, pet, WARM)
    measured = tool.measured(pet, LIVER_AT)
    assert not measured.needs_region and measured.region is not None
    assert 2.0 < measured.region.mean < 2.5
    assert measured.threshold.suv == pytest.approx(1.5 * measured.region.mean + 2 * measured.region.deviation)
    np.testing.assert_array_equal(measured.clicked(None, pet, WARM), pet.pixels == 5)
    assert "right lobe of the liver" in lesion_hint(tool)
    assert lesion_hint(measured).endswith("to take it out. The rule is PERCIST's, which is written for FDG.")
    # Another method needs another region; back at the liver its own still holds.
    assert measured.with_settings(BLOOD_POOL, 4.0).needs_region
    assert not measured.with_settings(FIXED, 4.0).with_settings(LIVER, 4.0).needs_region


def test_clicks_that_make_no_sense_are_refused(pet: Image) -> None:
    tool = LesionTool(FIXED, 4.0)
    with pytest.raises(UsageError, match="below the threshold"):
        tool.clicked(None, pet, (2, 35, 35))
    with pytest.raises(UsageError, match="outside of the scan"):
        tool.clicked(None, pet, (2, 35, 99))
    with pytest.raises(UsageError, match="PET volume in SUV"):
        tool.clicked(None, replace(pet, units=""), HOT)
    with pytest.raises(UsageError, match="needs no region"):
        tool.measured(pet, LIVER_AT)
    with pytest.raises(UsageError, match="beyond the scan"):
        tool.with_settings(LIVER, 4.0).measured(pet, (1, 1, 1))
    with pytest.raises(UsageError, match="no threshold method 'by eye'"):
        tool.with_settings("by eye", 4.0)
    with pytest.raises(UsageError, match="positive SUV"):
        tool.with_settings(FIXED, 0.0)


def test_only_a_pet_volume_in_suv_shows_lesions(pet: Image) -> None:
    assert shows_lesions(pet)
    assert not shows_lesions(None)
    assert not shows_lesions(replace(pet, units="HU"))
    flat = Image(pet.pixels[0], Spacing((1.0, 1.0), "test"), units="SUVbw")
    assert not shows_lesions(flat)


def pet_study(folder: Path, pet: Image) -> Path:
    """A study of the PET alone."""
    folder.mkdir()
    write_volume(pet.pixels, pet, folder / "pet.nrrd")
    (folder / "study.json").write_text(json.dumps({"image": "pet.nrrd", "units_image": "SUVbw"}))
    return folder


def opened(desk: Desk) -> bool:
    return desk.reading is not None and desk.reading.is_ready(Step.IMAGE) and desk.running is None


def test_clicks_at_the_desk_can_be_undone_and_the_method_is_remembered(
    make_desk: MakeDesk, tmp_path: Path, pet: Image
) -> None:
    desk = make_desk()
    desk.open([pet_study(tmp_path / "pet", pet)])
    wait(desk, lambda: opened(desk), "the PET")
    assert desk.lesion_tool == LesionTool(OF_MAXIMUM, FIRST_SUV)
    desk.set_lesion_tool(FIXED, 4.0)
    desk.click_pet(HOT)
    desk.click_pet(WARM)
    np.testing.assert_array_equal(mask_of(desk), pet.pixels >= 4)
    desk.undo()
    np.testing.assert_array_equal(mask_of(desk), pet.pixels == 10)
    desk.set_lesion_tool(LIVER, 4.0)
    desk.click_pet(LIVER_AT)
    np.testing.assert_array_equal(mask_of(desk), pet.pixels == 10)
    tool = desk.lesion_tool
    assert tool is not None and 3.5 < tool.threshold.suv < 4.5
    desk.click_pet(WARM)
    np.testing.assert_array_equal(mask_of(desk), pet.pixels >= 5)
    desk.measure_again()
    assert desk.lesion_tool == LesionTool(LIVER, 4.0)
    with pytest.raises(UsageError, match="no threshold method"):
        desk.set_lesion_tool("by eye", 4.0)


def test_no_lesions_are_clicked_on_other_images(desk: Desk) -> None:
    assert desk.lesion_tool is None
    with pytest.raises(UsageError, match="PET volume in SUV"):
        desk.click_pet((0, 0, 0))
