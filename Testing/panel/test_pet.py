"""The sample of PET over CT in the panel: what was predicted, and lesions by click."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import slicer
from PySide6.QtWidgets import QLabel

from Testing.panel.hands import Hands
from TumorResponseLib.mrml.volumes import world_points

if TYPE_CHECKING:
    from Testing.panel.standin.module_panel import Panel


def layers() -> Any:
    """What the red view shows."""
    return slicer.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()


def sees_the_prediction(hands: Hands) -> None:
    ui, reading = hands.ui, hands.desk.reading
    assert (ui.spacingCaption.text, ui.spacingLabel.text.split()[3]) == ("Voxel size:", "×")
    assert re.search(r"Progression-free at 6 months: \d+ %, 90 % interval \d+ to \d+ %", ui.resultLabel.text)
    shown = [label for label in hands.panel.qt(ui.detailsSection).findChildren(QLabel) if label.isVisible()]
    pictures = [label.accessibleName() for label in shown if not label.pixmap().isNull()]
    exhibits = reading.found.exhibits["prrt-pfs"]
    assert len(pictures) == len(exhibits.plots) + len(exhibits.bars)
    assert all(line in pictures[0] for line in ("low risk", "high risk", "this patient"))
    tables = "".join(label.text() for label in shown if "<table>" in label.text())
    assert "SUVmax" in tables and tables.count("missing") == 2
    table = ui.laboratoryTable
    tips = {table.item(row, 0).text(): table.item(row, 1).toolTip() for row in range(table.rowCount)}
    assert [name for name, tip in tips.items() if tip == "Above the range."] == ["chromogranin A", "gamma-GT"]


def test_pet_over_ct_and_lesions_by_click(panel: Panel) -> None:
    hands = Hands(panel)
    ui = hands.ui
    hands.open_sample("PRRT")
    hands.wait_for_result()
    sees_the_prediction(hands)
    red = slicer.mrmlScene.GetSingletonNode("Red", "vtkMRMLSliceNode")
    ends = hands.presenter.diameter_nodes["long-diameter"].GetNthControlPointPositionWorld
    assert red.GetSliceOffset() == pytest.approx((ends(0)[2] + ends(1)[2]) / 2)
    assert hands.presenter.tumour_node.GetSegmentation().ContainsRepresentation("Closed surface")  # for the 3-D view
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
