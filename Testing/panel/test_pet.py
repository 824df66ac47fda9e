"""The sample of PET over CT in the panel, and lesions by click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import slicer

from Testing.panel.hands import Hands
from TumorResponseLib.mrml.volumes import world_points

if TYPE_CHECKING:
    from Testing.panel.standin.module_panel import Panel


def layers() -> Any:
    """What the red view shows."""
    return slicer.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()


def test_pet_over_ct_and_lesions_by_click(panel: Panel) -> None:
    hands = Hands(panel)
    ui = hands.ui
    hands.open_sample("PRRT")
    hands.wait_until(lambda: hands.states()["rings"] == "ready" and hands.desk.running is None)
    ui.layerComboBox.setCurrentIndex(ui.layerComboBox.count - 1)
    hands.wait_until(lambda: layers().GetForegroundVolumeID() == hands.presenter.volume_node.GetID())
    assert slicer.mrmlScene.GetNodeByID(layers().GetBackgroundVolumeID()).GetName() == "prrt-pfs ct"
    hands.click("backdropVisibleCheckBox")
    hands.wait_until(lambda: layers().GetBackgroundVolumeID() == hands.presenter.volume_node.GetID())

    assert panel.qt(ui.lesionsFrame).isVisible()
    before = hands.mask()
    hands.click("lesionClickButton")
    assert "take it out" in ui.lesionHintLabel.text
    voxel = np.argwhere(before)[before.sum() // 2]
    click = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLMarkupsFiducialNode")
    (point,) = world_points(hands.presenter.volume_node, voxel[None].astype(float))
    click.AddControlPointWorld(point)
    hands.wait_until(lambda: not hands.mask()[tuple(voxel)])
    assert not (hands.mask() & ~before).any()
    ui.lesionMethodComboBox.setCurrentIndex(ui.lesionMethodComboBox.findText("liver"))
    assert "right lobe" in ui.lesionHintLabel.text
    assert not ui.lesionSuvSpinBox.enabled
    panel.screenshot("panel-pet")
    hands.click("lesionClickButton")
    assert not hands.presenter.takes_clicks
    assert ui.lesionHintLabel.text == ""
