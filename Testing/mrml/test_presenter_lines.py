"""Diameters that can be dragged, the calibration line, and what the views showed before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from slicer import vtkMRMLInteractionNode, vtkMRMLMarkupsLineNode
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from Testing.mrml.cases import oblique, picture
from Testing.mrml.presented import Stage, make_reading
from Testing.session.stand_ins import disc
from TumorResponseLib.core.image import Image
from TumorResponseLib.core.study import Study
from TumorResponseLib.mrml.nodes import node_of_role, nodes_of_class
from TumorResponseLib.mrml.presenting.placing import INTERACTION, SELECTION
from TumorResponseLib.mrml.view_state import view_state
from TumorResponseLib.mrml.volumes import world_points


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(make_reading(tmp_path))
    stage.show()
    return stage


def drag_end(line: vtkMRMLMarkupsLineNode, from_start: tuple[float, float, float]) -> None:
    start = line.GetNthControlPointPositionWorld(0)
    line.SetNthControlPointPositionWorld(1, [at + by for at, by in zip(start, from_start, strict=True)])


def test_diameters_are_measured_and_then_follow_the_hand(stage: Stage) -> None:
    measured = stage.reading.found.measurements[0]
    lengths = stage.presenter.diameter_lines()
    assert lengths.long_mm == pytest.approx(measured.long_diameter_mm)
    assert lengths.short_mm == pytest.approx(measured.short_diameter_mm)
    told: list[float | None] = []
    end = stage.presenter.observe_diameters(lambda: told.append(stage.presenter.diameter_lines().long_mm))
    line = stage.presenter.diameter_nodes["long-diameter"]
    assert not line.GetLocked()
    drag_end(line, (4.0, 3.0, 0.0))
    assert told[-1] == pytest.approx(5.0)
    both = f"5.0 × {measured.short_diameter_mm:.1f} mm"
    assert [line.GetNthControlPointLabel(index) for index in range(2)] == [both, ""]  # at the patient's left
    across = stage.presenter.diameter_nodes["short-diameter"]
    assert [across.GetNthControlPointLabel(index) for index in range(2)] == ["", ""]
    end()
    count = len(told)
    drag_end(line, (8.0, 6.0, 0.0))
    assert len(told) == count


def test_a_dragged_line_stays_until_another_is_measured(stage: Stage) -> None:
    told: list[str] = []
    stage.presenter.observe_diameters(lambda: told.append("dragged"))
    line = stage.presenter.diameter_nodes["long-diameter"]
    drag_end(line, (4.0, 3.0, 0.0))
    stage.reading.set_radii((2.0,))
    stage.reading.run()
    told.clear()
    stage.show()
    assert stage.presenter.diameter_lines().long_mm == pytest.approx(5.0)
    stage.reading.set_mask(disc(radius=9.0))
    stage.reading.run()
    stage.show()
    measured = stage.reading.found.measurements[0].long_diameter_mm
    assert stage.presenter.diameter_lines().long_mm == pytest.approx(measured)
    assert told == []
    line.RemoveNthControlPoint(1)
    assert stage.presenter.diameter_lines().long_mm is None


@pytest.mark.parametrize("image", [picture(None)[0], oblique()[0]], ids=["2-D", "oblique"])
@pytest.mark.parametrize("moved", [False, True])
def test_the_calibration_line_is_read_in_pixels(tmp_path: Path, image: Image, moved: bool) -> None:
    stage = Stage(make_reading(tmp_path, Study("case", {"image": image}), run=False))
    stage.show()
    matrix = vtkMatrix4x4()
    if moved:
        transform = stage.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        matrix.SetElement(1, 3, 25.0)
        transform.SetMatrixTransformToParent(matrix)
        stage.volume.SetAndObserveTransformNodeID(transform.GetID())
    ends = np.array([[4.0, 12.5, 7.0], [4.0, 31.25, 7.0]])[:, -image.pixels.ndim :]
    line = stage.presenter.start_calibration()
    assert stage.presenter.calibration_ends() is None
    for point in world_points(stage.volume, ends):
        assert stage.presenter.calibration_ends() is None
        line.AddControlPointWorld(matrix.MultiplyPoint((*point, 1.0))[:3])
    drawn = stage.presenter.calibration_ends()
    assert drawn is not None
    np.testing.assert_allclose(drawn, ends, atol=1e-6)
    stage.presenter.end_calibration()
    assert line.GetScene() is None
    assert stage.presenter.calibration_ends() is None
    assert stage.presenter.volume_node is not None


def test_clicks_end_when_the_user_takes_another_tool(stage: Stage) -> None:
    interaction = stage.scene.GetNodeByID(INTERACTION)
    stage.presenter.start_clicks()
    before = stage.presenter.takes_clicks, interaction.GetPlaceModePersistence()
    interaction.SetCurrentInteractionMode(vtkMRMLInteractionNode.ViewTransform)  # as the brush does
    assert stage.presenter.clicked_voxel() is None
    assert before == (True, 1) and stage.presenter.takes_clicks is False
    assert interaction.GetPlaceModePersistence() == 0, "the next markup of the user's is placed once"


def test_calibration_asks_slicer_to_place_the_line(stage: Stage) -> None:
    interaction, selection = stage.scene.GetNodeByID(INTERACTION), stage.scene.GetNodeByID(SELECTION)
    first = stage.presenter.start_calibration()
    line = stage.presenter.start_calibration()
    assert first.GetScene() is None
    assert interaction.GetCurrentInteractionMode() == vtkMRMLInteractionNode.Place
    assert selection.GetActivePlaceNodeID() == line.GetID()
    assert selection.GetActivePlaceNodeClassName() == "vtkMRMLMarkupsLineNode"
    stage.presenter.end_calibration()
    assert interaction.GetCurrentInteractionMode() == vtkMRMLInteractionNode.ViewTransform
    assert node_of_role(stage.scene, "calibration") is None


@pytest.mark.parametrize(
    ("image", "voxel"), [(picture()[0], (31, 77)), (oblique()[0], (4, 12, 33))], ids=["2-D", "3-D"]
)
def test_a_click_marks_one_voxel_once(tmp_path: Path, image: Image, voxel: tuple[int, ...]) -> None:
    stage = Stage(make_reading(tmp_path, Study("case", {"image": image}), run=False))
    stage.show()
    interaction = stage.scene.GetNodeByID(INTERACTION)
    assert stage.presenter.clicked_voxel() is None
    node = stage.presenter.start_clicks()
    assert interaction.GetCurrentInteractionMode() == vtkMRMLInteractionNode.Place
    (point,) = world_points(stage.volume, np.array([voxel], dtype=float) + 0.4)
    node.AddControlPointWorld(point)
    assert stage.presenter.clicked_voxel() == voxel
    assert stage.presenter.clicked_voxel() is None
    node.AddControlPointWorld(world_points(stage.volume, np.zeros((1, image.pixels.ndim)))[0])
    assert stage.presenter.clicked_voxel() == (0,) * image.pixels.ndim
    stage.presenter.end_clicks()
    assert interaction.GetCurrentInteractionMode() == vtkMRMLInteractionNode.ViewTransform
    assert not stage.presenter.takes_clicks
    assert node.GetScene() is None


def test_the_views_are_put_back_as_they_were(tmp_path: Path) -> None:
    stage = Stage(make_reading(tmp_path))
    own = [stage.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode") for _ in range(3)]
    for name in ("Red", "Green"):
        layers = stage.scene.CreateNodeByClass("vtkMRMLSliceCompositeNode")
        layers.UnRegister(None)
        layers.SetSingletonTag(name)
        layers.SetLayoutName(name)
        stage.scene.AddNode(layers)
        layers.SetBackgroundVolumeID(own[0].GetID())
        layers.SetForegroundVolumeID(own[1].GetID())
        layers.SetForegroundOpacity(0.3)
        layers.SetLabelVolumeID(own[2].GetID())
        layers.SetLabelOpacity(0.6)
    red, green = nodes_of_class(stage.scene, "vtkMRMLSliceCompositeNode")
    before = view_state(stage.scene)
    stage.show()
    assert red.GetBackgroundVolumeID() == stage.volume.GetID()
    stage.scene.RemoveNode(own[1])
    stage.scene.RemoveNode(green)
    before.restore(stage.scene)
    assert red.GetBackgroundVolumeID() == own[0].GetID()
    assert not red.GetForegroundVolumeID()
    assert red.GetLabelVolumeID() == own[2].GetID()
    assert (red.GetForegroundOpacity(), red.GetLabelOpacity()) == (0.3, 0.6)
