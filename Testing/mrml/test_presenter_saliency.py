"""The chosen saliency map over the image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from Testing.mrml.presented import Stage, make_reading
from Testing.session.stand_ins import disc
from TumorResponseLib.mrml.geometry import from_vtk
from TumorResponseLib.mrml.legend import legend_of
from TumorResponseLib.mrml.nodes import node_of_role, nodes_of_class


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(make_reading(tmp_path))
    stage.show()
    return stage


def foregrounds(stage: Stage) -> set[str | None]:
    return {layers.GetForegroundVolumeID() for layers in nodes_of_class(stage.scene, "vtkMRMLSliceCompositeNode")}


def opacities(stage: Stage) -> set[float]:
    return {layers.GetForegroundOpacity() for layers in nodes_of_class(stage.scene, "vtkMRMLSliceCompositeNode")}


def test_the_chosen_layer_lies_over_the_image(stage: Stage) -> None:
    for layer in ("fused", "margin3", "intratumoral", "fused"):
        stage.show(saliency_layer=layer)
        node = stage.presenter.layer_nodes[layer]
        np.testing.assert_array_equal(from_vtk(node.GetImageData())[0], stage.reading.found.saliency[layer])
        assert foregrounds(stage) == {node.GetID()}
    stage.show(saliency_layer=None)
    assert foregrounds(stage) == {None}


def test_opacity_and_threshold_follow_the_sliders(stage: Stage) -> None:
    display = stage.presenter.layer_nodes["fused"].GetDisplayNode()
    stage.show(saliency_opacity=0.7, saliency_threshold=0.3)
    assert opacities(stage) == {0.7}
    assert (display.GetLowerThreshold(), display.GetUpperThreshold()) == (0.3, 1.0)
    assert display.GetApplyThreshold()
    stage.show(saliency_layer="margin3")
    assert stage.presenter.layer_nodes["margin3"].GetDisplayNode().GetLowerThreshold() == 0.3
    stage.show(saliency_layer="fused", saliency_threshold=0.0)
    assert display.GetLowerThreshold() == 0.0


def test_a_renewed_map_is_shown_and_old_ones_are_not_kept(stage: Stage) -> None:
    stage.show(saliency_layer="margin3")
    assert set(stage.presenter.layer_nodes) == {"fused", "margin3"}
    stage.reading.set_mask(disc(radius=9.0))
    stage.reading.run()
    stage.show()
    assert set(stage.presenter.layer_nodes) == {"margin3"}
    assert node_of_role(stage.scene, "saliency-fused") is None
    node = stage.presenter.layer_nodes["margin3"]
    np.testing.assert_array_equal(from_vtk(node.GetImageData())[0], stage.reading.found.saliency["margin3"])
    assert foregrounds(stage) == {node.GetID()}


def test_the_users_own_foreground_stays(stage: Stage) -> None:
    own = stage.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    layers = nodes_of_class(stage.scene, "vtkMRMLSliceCompositeNode")[0]
    layers.SetForegroundVolumeID(own.GetID())
    stage.reading.set_mask(disc(radius=9.0))
    stage.show()
    stage.reading.run()
    stage.show()
    assert layers.GetForegroundVolumeID() == own.GetID()
    stage.show(saliency_layer=None)
    assert layers.GetForegroundVolumeID() == own.GetID()


def test_each_map_has_one_legend_which_goes_with_it(stage: Stage) -> None:
    for layer in ("fused", "margin3", "fused"):
        stage.show(saliency_layer=layer)
    legends = nodes_of_class(stage.scene, "vtkMRMLColorLegendDisplayNode")
    assert len(legends) == 2
    node = stage.presenter.layer_nodes["fused"]
    legend = legend_of(node)
    assert legend is not None
    assert legend.GetPrimaryDisplayNode() is node.GetDisplayNode()
    assert legend.GetTitleText() == "Saliency\nAll together"
    assert legend.GetColorNode().GetName() == "TumorResponse saliency"
    assert [each.GetVisibility() for each in legends] == [each is legend for each in legends]
    stage.show(saliency_layer=None)
    assert not legend.GetVisibility()
    stage.presenter.clear()
    assert nodes_of_class(stage.scene, "vtkMRMLColorLegendDisplayNode") == []
