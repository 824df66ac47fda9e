"""A cine as a sequence, in a scene of its own and behind the presenter's still."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from slicer import vtkMRMLScene

from Testing.mrml.cases import ellipse, node_in, reading
from Testing.mrml.presented import Stage, make_reading
from Testing.session.stand_ins import make_study
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.study import CINE_ROLE
from TumorResponseLib.mrml.bundle import open_scene, save_scene
from TumorResponseLib.mrml.cine import ROLES, add_cine, cine_in, frame_node_of, select_frame
from TumorResponseLib.mrml.content import SceneContent
from TumorResponseLib.mrml.geometry import from_vtk
from TumorResponseLib.mrml.nodes import node_of_role, nodes_of_class
from TumorResponseLib.mrml.reading import reading_in
from TumorResponseLib.mrml.scene import new_scene, write_reading
from TumorResponseLib.mrml.volumes import add_volume
from TumorResponseLib.predict.system import View
from TumorResponseLib.session.choosing import Decision

TIMES_MS = (0.0, 33.5, 34.0, 100.25, 1500.0)


def bolus(spacing_mm: float = 0.3, shape: tuple[int, int] = (40, 60)) -> Image:
    """Five frames, unevenly in time."""
    pixels = np.random.default_rng(5).integers(0, 200, (len(TIMES_MS), *shape), dtype=np.uint8)
    return Image(pixels, Spacing((spacing_mm, spacing_mm), "test"), modality="US", frame_times_ms=TIMES_MS)


def content(cine: Image, frame: int = 2) -> SceneContent:
    """A reading of one frame."""
    whole = reading(cine.at_time(frame), ellipse((40, 60), (6, 8)), (1.0, 2.0))
    return replace(whole, cine=cine, view=View("cine", frame))


def shown_pixels(scene: vtkMRMLScene) -> NDArray[np.uint8]:
    """What the slice views have in their background."""
    (background,) = {layers.GetBackgroundVolumeID() for layers in nodes_of_class(scene, "vtkMRMLSliceCompositeNode")}
    pixels: NDArray[np.uint8] = from_vtk(scene.GetNodeByID(background).GetImageData())[0]
    return pixels


def test_frames_stand_at_their_times_and_the_still_is_selected() -> None:
    cine, scene = bolus(), new_scene()
    still = add_volume(scene, cine.at_time(3), "case")
    browser = add_cine(scene, cine, 3, "case", still)
    sequence = browser.GetMasterSequenceNode()
    assert [float(sequence.GetNthIndexValue(index)) for index in range(5)] == [0.0, 0.0335, 0.034, 0.10025, 1.5]
    assert (sequence.GetIndexName(), sequence.GetIndexUnit()) == ("time", "s")
    assert browser.GetSelectedItemNumber() == 3
    assert browser.GetPlaybackRateFps() == pytest.approx(4 / 1.5)
    frame = node_in(scene, "cine-frame")
    assert frame_node_of(scene) == frame
    for index in (3, 0, 4):
        select_frame(browser, index)
        np.testing.assert_array_equal(from_vtk(frame.GetImageData())[0], cine.pixels[index])
        assert frame.GetSpacing() == still.GetSpacing()
        assert node_of_role(scene, "cine-frame") == frame
    assert len(nodes_of_class(scene, "vtkMRMLScalarVolumeNode")) == 2
    np.testing.assert_array_equal(from_vtk(still.GetImageData())[0], cine.pixels[3])
    window, own = frame.GetDisplayNode(), still.GetDisplayNode()
    assert not window.GetAutoWindowLevel()
    assert (window.GetWindowLevelMin(), window.GetWindowLevelMax()) == (
        own.GetWindowLevelMin(),
        own.GetWindowLevelMax(),
    )


def test_a_saved_scene_reopens_with_the_cine(tmp_path: Path) -> None:
    cine, scene = bolus(), new_scene()
    write_reading(scene, content(cine))
    save_scene(scene, tmp_path / "scene.mrb")
    opened = open_scene(tmp_path / "scene.mrb")
    back = cine_in(opened, cine.at_time(2))
    assert back is not None
    np.testing.assert_array_equal(back.pixels, cine.pixels)
    assert back.pixels.dtype == cine.pixels.dtype
    assert back.frame_times_ms == pytest.approx(TIMES_MS)
    assert (back.spacing, back.modality) == (cine.spacing, "US")
    browser = node_in(opened, "cine-browser")
    assert browser.GetSelectedItemNumber() == 2
    np.testing.assert_array_equal(shown_pixels(opened), cine.pixels[2])
    select_frame(browser, 4)
    np.testing.assert_array_equal(shown_pixels(opened), cine.pixels[4])
    assert node_of_role(opened, "image") is not None


def test_the_cine_goes_with_the_reading_and_leaves_nothing() -> None:
    scene = new_scene()
    write_reading(scene, content(bolus()))
    for _ in range(3):
        write_reading(scene, content(bolus()))
    assert len(nodes_of_class(scene, "vtkMRMLSequenceNode")) == 1
    write_reading(scene, replace(content(bolus()), cine=None))
    assert all(node_of_role(scene, role) is None for role in ROLES)
    assert len(nodes_of_class(scene, "vtkMRMLSequenceBrowserNode")) == 0


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A reading of frame 1 of three of the stand-ins' study."""
    study = make_study()
    still = study.image()
    frames = np.stack([still.pixels // 2, still.pixels, still.pixels // 3])
    cine = replace(still, pixels=frames, frame_times_ms=(0.0, 500.0, 1000.0))
    made = make_reading(tmp_path, replace(study, images={"image": still, CINE_ROLE: cine}))
    made.found.decision = Decision(("dlrs3",), View(CINE_ROLE, 1))
    return Stage(made)


def test_the_presenter_shows_the_still_first_and_any_frame_then(stage: Stage) -> None:
    stage.show()
    cine = stage.reading.found.study.images[CINE_ROLE] if stage.reading.found.study else None
    assert cine is not None
    assert stage.presenter.frame == 1
    np.testing.assert_array_equal(shown_pixels(stage.scene), cine.pixels[1])
    stage.presenter.select_frame(2)
    stage.show(rings_visible=False)
    assert stage.presenter.frame == 2
    np.testing.assert_array_equal(shown_pixels(stage.scene), cine.pixels[2])
    np.testing.assert_array_equal(from_vtk(stage.volume.GetImageData())[0], cine.pixels[1])
    assert stage.presenter.edited_mask() is None
    stage.presenter.select_frame(99)
    assert stage.presenter.frame == 2


def test_a_calibrated_spacing_reaches_the_frames(stage: Stage) -> None:
    stage.show()
    stage.presenter.select_frame(2)
    stage.reading.set_spacing(Spacing((0.5, 0.5), "depth scale"))
    stage.show()
    assert stage.presenter.frame == 2
    frame = stage.presenter.background_node
    assert frame is not None
    assert frame.GetSpacing()[:2] == stage.volume.GetSpacing()[:2] == (0.5, 0.5)
    assert {layers.GetBackgroundVolumeID() for layers in nodes_of_class(stage.scene, "vtkMRMLSliceCompositeNode")} == {
        frame.GetID()
    }


def test_the_reading_of_a_saved_scene_has_its_cine_again(stage: Stage, tmp_path: Path) -> None:
    from TumorResponseLib.mrml.reading import content_of

    scene = new_scene()
    write_reading(scene, content_of(stage.reading))
    models, systems = stage.reading._models, stage.reading._systems
    back = reading_in(scene, models, systems).found
    assert back.study is not None
    assert set(back.study.images) == {"image", CINE_ROLE}
    assert stage.reading.found.study is not None
    np.testing.assert_array_equal(
        back.study.images[CINE_ROLE].pixels, stage.reading.found.study.images[CINE_ROLE].pixels
    )


def test_nothing_of_a_cine_stays_with_the_next_case(stage: Stage, tmp_path: Path) -> None:
    stage.show()
    stage.reading = make_reading(tmp_path, make_study(name="next"))
    stage.show()
    assert stage.presenter.frame is None
    assert all(node_of_role(stage.scene, role) is None for role in ROLES)
    assert stage.presenter.background_node is stage.volume
