"""A reading in a scene, case after case, step after step."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from slicer import vtkMRMLScene

from Testing.mrml.cases import users_volume
from Testing.mrml.presented import Stage, make_reading
from Testing.session.stand_ins import BrightnessSystem, disc, make_study
from TumorResponseLib.core.errors import StudyError, UsageError
from TumorResponseLib.core.image import Spacing
from TumorResponseLib.core.study import Study
from TumorResponseLib.desk.display import Shown
from TumorResponseLib.mrml.bundle import open_scene, save_scene
from TumorResponseLib.mrml.nodes import ROLE, node_of_role, nodes_of_class
from TumorResponseLib.mrml.segmentations import read_tumour
from TumorResponseLib.mrml.volumes import image_of
from TumorResponseLib.session.steps import Step


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(make_reading(tmp_path))
    stage.show()
    return stage


def roles(scene: vtkMRMLScene) -> set[str]:
    return {node.GetAttribute(ROLE) for node in nodes_of_class(scene, "vtkMRMLNode")} - {None}


def modified_times(scene: vtkMRMLScene) -> dict[str, int]:
    return {node.GetID(): node.GetMTime() for node in nodes_of_class(scene, "vtkMRMLNode")}


ALL_ROLES = {
    "image",
    "tumour",
    "rings",
    "saliency-fused",
    "saliency-colours",
    "long-diameter",
    "short-diameter",
    "measurements",
    "predictions",
}


def test_everything_found_is_in_the_scene(stage: Stage) -> None:
    assert roles(stage.scene) == ALL_ROLES
    found = stage.reading.found
    assert found.image is not None and found.rings is not None
    np.testing.assert_array_equal(image_of(stage.volume).pixels, found.image.pixels)
    np.testing.assert_array_equal(read_tumour(stage.tumour, stage.volume), found.mask)
    np.testing.assert_array_equal(read_tumour(stage.rings, stage.volume, "3-5 mm"), found.rings.band(2))
    assert [layer.key for layer in stage.presenter.layers] == ["intratumoral", "margin3", "fused"]
    assert set(stage.presenter.diameter_nodes) == {"long-diameter", "short-diameter"}
    for layers in nodes_of_class(stage.scene, "vtkMRMLSliceCompositeNode"):
        assert layers.GetBackgroundVolumeID() == stage.volume.GetID()


def test_showing_again_touches_nothing_and_takes_no_time(stage: Stage) -> None:
    before = modified_times(stage.scene)
    start = perf_counter()
    for _ in range(10):
        stage.show()
    assert (perf_counter() - start) / 10 < 0.02
    assert modified_times(stage.scene) == before


def test_nodes_stay_while_results_are_renewed(stage: Stage) -> None:
    nodes = (stage.volume, stage.tumour, stage.rings, stage.presenter.layer_nodes["fused"])
    stage.volume.GetDisplayNode().AutoWindowLevelOff()
    stage.volume.GetDisplayNode().SetWindowLevel(33.0, 77.0)
    before = Counter(node.GetClassName() for node in nodes_of_class(stage.scene, "vtkMRMLNode"))
    for radius in (10.0, 13.0, 16.0):
        stage.reading.set_mask(disc(radius=radius))
        stage.show()
        stage.reading.run()
        stage.show()
    assert (stage.volume, stage.tumour, stage.rings, stage.presenter.layer_nodes["fused"]) == nodes
    assert Counter(node.GetClassName() for node in nodes_of_class(stage.scene, "vtkMRMLNode")) == before
    display = stage.volume.GetDisplayNode()
    assert (display.GetWindow(), display.GetLevel()) == (33.0, 77.0)
    np.testing.assert_array_equal(read_tumour(stage.tumour, stage.volume), disc(radius=16.0))


def test_what_is_stale_is_dimmed_until_it_is_fresh(stage: Stage) -> None:
    stage.rings.GetDisplayNode().SetOpacity(0.8)
    composite = nodes_of_class(stage.scene, "vtkMRMLSliceCompositeNode")[0]
    line = stage.presenter.diameter_nodes["long-diameter"]
    measurements = node_of_role(stage.scene, "measurements")
    predictions = node_of_role(stage.scene, "predictions")
    assert measurements is not None and predictions is not None
    assert composite.GetForegroundOpacity() == stage.display.saliency_opacity
    composite.SetForegroundOpacity(0.9)  # by the user, in Slicer

    stage.reading.set_mask(disc(radius=10.0))
    stage.show()
    assert stage.rings.GetDisplayNode().GetOpacity() < 0.4
    assert line.GetDisplayNode().GetOpacity() < 0.5
    assert composite.GetForegroundOpacity() == pytest.approx(0.9 * 0.35)
    assert measurements.GetName() == "Measurements (stale)"
    assert predictions.GetName() == "Predictions (stale)"

    stage.reading.run()
    stage.show()
    assert stage.rings.GetDisplayNode().GetOpacity() == 0.8
    assert line.GetDisplayNode().GetOpacity() == 1.0
    assert composite.GetForegroundOpacity() == pytest.approx(0.9)
    assert measurements.GetName() == "Measurements"
    assert predictions.GetName() == "Predictions"


def test_the_next_case_gets_nodes_of_its_own(stage: Stage, tmp_path: Path) -> None:
    volume, tumour = stage.volume, stage.tumour
    before = Counter(node.GetClassName() for node in nodes_of_class(stage.scene, "vtkMRMLNode"))
    stage.reading = make_reading(tmp_path, make_study(name="next"))
    stage.show()
    assert stage.volume is not volume and stage.tumour is not tumour
    assert volume.GetScene() is None and tumour.GetScene() is None
    assert stage.volume.GetName() == "next"
    assert Counter(node.GetClassName() for node in nodes_of_class(stage.scene, "vtkMRMLNode")) == before
    stage.reading = make_reading(tmp_path, make_study(name="not read yet", lesion=False), run=False)
    stage.show()
    assert roles(stage.scene) == {"image"}
    stage.presenter.show(None, Shown(), stage.display)
    assert roles(stage.scene) == set()
    assert stage.presenter.volume_node is None


def test_another_reading_of_the_image_keeps_the_view_and_drops_the_rest(stage: Stage, tmp_path: Path) -> None:
    volume, tumour, study = stage.volume, stage.tumour, stage.reading.found.study
    learner = make_reading(tmp_path, study, run=False)
    stage.reading = learner
    stage.show(ai_hidden=True)
    assert stage.volume is volume
    assert tumour.GetScene() is None
    assert stage.presenter.tumour_node is None
    assert roles(stage.scene) == {"image"}


def test_what_must_not_be_seen_leaves_the_scene(stage: Stage) -> None:
    stage.presenter.show(stage.reading, Shown(), stage.display)
    assert roles(stage.scene) == {"image", "tumour"}
    assert not read_tumour(stage.tumour, stage.volume).any()
    assert stage.presenter.layers == ()
    for layers in nodes_of_class(stage.scene, "vtkMRMLSliceCompositeNode"):
        assert not layers.GetForegroundVolumeID()
    stage.show()
    assert roles(stage.scene) == ALL_ROLES
    np.testing.assert_array_equal(read_tumour(stage.tumour, stage.volume), stage.reading.found.mask)


def test_what_is_switched_off_is_hidden_and_comes_back_as_it_was(stage: Stage) -> None:
    stage.rings.GetDisplayNode().SetSliceIntersectionThickness(5)
    nodes = [stage.tumour, stage.rings, *stage.presenter.diameter_nodes.values()]
    off: dict[str, Any] = {"mask_visible": False, "rings_visible": False, "diameters_visible": False}
    stage.show(**off)
    assert not any(node.GetDisplayVisibility() for node in nodes)
    stage.show(**dict.fromkeys(off, True))
    assert all(node.GetDisplayVisibility() and node.GetScene() is stage.scene for node in nodes)
    assert stage.rings.GetDisplayNode().GetSliceIntersectionThickness() == 5
    stage.rings.SetDisplayVisibility(False)  # by the user, with Slicer's eye
    stage.show()
    assert not stage.rings.GetDisplayVisibility()


def test_rings_are_bands_or_margins(stage: Stage) -> None:
    rings = stage.reading.found.rings
    assert rings is not None
    stage.show(ring_display="margins")
    segmentation = stage.rings.GetSegmentation()
    assert list(segmentation.GetSegmentIDs()) == [f"tumour to {radius} mm" for radius in (3, 5, 10)]
    for region, name in enumerate(segmentation.GetSegmentIDs(), start=1):
        np.testing.assert_array_equal(read_tumour(stage.rings, stage.volume, name), rings.margin(region))
    stage.reading.set_radii((4.0,))
    stage.reading.run()
    stage.show()
    assert list(segmentation.GetSegmentIDs()) == ["tumour to 4 mm"]
    stage.show(ring_display="bands")
    assert list(stage.rings.GetSegmentation().GetSegmentIDs()) == ["0-4 mm"]


def test_a_closed_scene_is_no_error(stage: Stage) -> None:
    stage.presenter.start_calibration()
    stage.scene.Clear(True)
    presenter = stage.presenter
    assert (presenter.volume_node, presenter.tumour_node, presenter.rings_node) == (None, None, None)
    assert (presenter.layer_nodes, presenter.diameter_nodes) == ({}, {})
    assert presenter.edited_mask() is None
    assert presenter.calibration_ends() is None
    assert presenter.diameter_lines().long_mm is None
    with pytest.raises(UsageError, match="open a study"):
        presenter.ensure_tumour()
    with pytest.raises(UsageError, match="open a study"):
        presenter.start_calibration()
    presenter.end_calibration()
    stage.show()
    assert roles(stage.scene) == ALL_ROLES
    stage.scene.Clear(True)
    presenter.clear()
    presenter.close()


@pytest.mark.parametrize("role", sorted(ALL_ROLES - {"saliency-colours", "measurements", "predictions"}))
def test_a_node_that_the_user_removed_comes_back(stage: Stage, role: str) -> None:
    stage.scene.RemoveNode(node_of_role(stage.scene, role))
    assert stage.presenter.edited_mask() is None
    stage.show()
    assert roles(stage.scene) == ALL_ROLES


def test_another_scene_that_was_opened_is_left_alone(stage: Stage, tmp_path: Path) -> None:
    save_scene(stage.scene, tmp_path / "scene.mrb")
    opened = open_scene(tmp_path / "scene.mrb")
    assert roles(opened) == ALL_ROLES
    stage.scene.Clear(True)
    node = stage.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    node.SetAttribute(ROLE, "image")
    stage.presenter.clear()
    assert node.GetScene() is stage.scene


def test_the_users_own_volume_is_used_and_kept(stage: Stage, tmp_path: Path) -> None:
    image = make_study(None).image()
    own = users_volume(stage.scene, image)
    stage.reading = make_reading(tmp_path, Study("own", {"image": image_of(own)}))
    for spacing in (None, Spacing((0.2, 0.25), "drawn on the scale")):
        if spacing is not None:
            stage.reading.set_spacing(spacing)
            stage.reading.run()
        stage.presenter.show(stage.reading, stage.shown(), stage.display, own)
        assert stage.volume is own
        np.testing.assert_array_equal(read_tumour(stage.tumour, own), stage.reading.found.mask)
    assert own.GetSpacing() == (0.25, 0.2, 3.0)
    assert stage.presenter.diameter_lines().long_mm == pytest.approx(
        stage.reading.found.measurements[0].long_diameter_mm
    )
    stage.presenter.close()
    assert own.GetScene() is stage.scene
    assert roles(stage.scene) == set()


def test_a_view_that_comes_later_shows_it_all(stage: Stage) -> None:
    first = nodes_of_class(stage.scene, "vtkMRMLSliceCompositeNode")[0]
    first.SetBackgroundVolumeID(None)  # the user's choice
    layers = stage.scene.CreateNodeByClass("vtkMRMLSliceCompositeNode")
    layers.UnRegister(None)
    layers.SetLayoutName("Blue")
    stage.scene.AddNode(layers)
    stage.show()
    assert layers.GetBackgroundVolumeID() == stage.volume.GetID()
    assert layers.GetForegroundVolumeID() == stage.presenter.layer_nodes["fused"].GetID()
    assert layers.GetForegroundOpacity() == stage.display.saliency_opacity
    assert not first.GetBackgroundVolumeID()


def test_nothing_is_said_of_an_outline_that_was_erased(stage: Stage) -> None:
    stage.reading.set_mask(np.zeros((120, 160), bool))
    stage.show()
    assert roles(stage.scene) == {"image", "tumour"}
    assert not stage.reading.is_ready(Step.PREDICTION)


def test_a_failed_prediction_leaves_the_earlier_one_marked_as_stale(tmp_path: Path) -> None:
    system = BrightnessSystem()
    stage = Stage(make_reading(tmp_path, system=system))
    stage.show()
    table: Any = node_of_role(stage.scene, "predictions")
    assert table.GetName() == "Predictions"
    system.refusal = StudyError("Not today.")
    stage.reading.set_mask(disc(radius=10))
    stage.reading.run()
    stage.show()
    assert stage.reading.state(Step.PREDICTION).reason == "Not today."
    now: Any = node_of_role(stage.scene, "predictions")
    assert now is table and now.GetName() == "Predictions (stale)"


def test_a_closed_presenter_lets_go_of_everything(stage: Stage) -> None:
    told: list[str] = []
    stage.presenter.observe_edits(lambda: told.append("edit"))
    tumour = stage.tumour
    stage.presenter.close()
    assert roles(stage.scene) == set()
    tumour.GetSegmentation().RemoveSegment("tumour")
    assert told == []
    reference = weakref.ref(stage.presenter)
    del stage.presenter
    gc.collect()
    assert reference() is None
