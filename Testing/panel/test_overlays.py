"""Rings, saliency, diameters, calibration, sensitivity."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import slicer

from Testing.desk.studies import make_study
from Testing.mrml.test_segmentations import paint
from Testing.panel.hands import Hands

if TYPE_CHECKING:
    from TumorResponseLib.panel.parameters import Parameters


@pytest.fixture
def parameters(hands: Hands) -> Parameters:
    """The scene's choices."""
    found: Parameters = hands.panel.widget.logic.getParameterNode()
    return found


def composite(hands: Hands) -> Any:
    """The layers of the red view."""
    return slicer.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()


def test_rings_follow_what_is_typed(hands: Hands, studies: Path) -> None:
    hands.open_folder(studies)
    hands.type("radiiEdit", "2, 4")
    hands.wait_until(lambda: hands.desk.radii_mm == (2.0, 4.0))
    hands.wait_for_result()
    assert "2-4 mm" in hands.ui.measuresLabel.text
    hands.type("radiiEdit", "two")
    hands.wait_until(lambda: "Type the ring radii" in hands.ui.messageLabel.text)
    hands.type("radiiEdit", "5, 3")
    hands.wait_until(lambda: "radii" in hands.ui.messageLabel.text and "Type" not in hands.ui.messageLabel.text)
    assert hands.desk.radii_mm == (2.0, 4.0)


def test_rings_stay_within_one_segmentation_and_out_of_another(
    hands: Hands, studies: Path, parameters: Parameters
) -> None:
    hands.open_folder(studies)
    free = hands.desk.reading.found.rings.labels
    left = np.zeros(free.shape, np.bool_)
    left[:, :80] = True
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "left half")
    node.SetReferenceImageGeometryParameterFromVolumeNode(hands.presenter.volume_node)
    node.GetSegmentation().AddEmptySegment("left")
    paint(node, hands.presenter.volume_node, left, 0, "left")
    parameters.within = node
    hands.wait_until(lambda: not (hands.desk.reading.found.rings.labels > 1)[:, 80:].any())
    hands.wait_for_result()
    parameters.within, parameters.exclude = None, node
    hands.wait_until(lambda: not (hands.desk.reading.found.rings.labels > 1)[:, :80].any())
    parameters.exclude = None
    hands.wait_until(lambda: np.array_equal(hands.desk.reading.found.rings.labels, free))


def test_overlays_are_shown_as_chosen(hands: Hands, studies: Path, parameters: Parameters) -> None:
    hands.open_folder(studies)
    ui, presenter = hands.ui, hands.presenter
    ui.opacitySlider.value = 0.8
    ui.ringStyleComboBox.setCurrentIndex(1)
    hands.wait_until(lambda: abs(composite(hands).GetForegroundOpacity() - 0.8) < 1e-6)
    assert presenter.rings_node.GetSegmentation().GetSegment("tumour to 5 mm") is not None
    assert hands.desk.display.saliency_opacity == 0.8
    hands.click("ringsVisibleCheckBox")
    hands.wait_until(lambda: not presenter.rings_node.GetDisplayVisibility())
    ui.layerComboBox.setCurrentIndex(ui.layerComboBox.count - 1)
    hands.wait_until(lambda: composite(hands).GetForegroundVolumeID() is None)
    assert parameters.saliencyLayer == ""


def test_dragged_diameter_shows_its_new_length(hands: Hands, studies: Path) -> None:
    hands.open_folder(studies)
    before = hands.ui.diametersLabel.text
    assert before.endswith("mm")
    line = next(iter(hands.presenter.diameter_nodes.values()))
    x, y, z = line.GetNthControlPointPosition(0)
    line.SetNthControlPointPosition(0, x + 3.0, y + 1.0, z)
    hands.wait_until(lambda: hands.ui.diametersLabel.text != before)


def test_image_without_pixel_size_is_calibrated_by_a_line(hands: Hands, tmp_path: Path) -> None:
    make_study(tmp_path / "plain", spacing=False)
    hands.panel.window.choose(tmp_path / "plain")
    hands.click("openFolderButton")
    hands.wait_until(lambda: hands.ui.ringsButton.text == "Calibrate" and hands.ui.ringsButton.enabled)
    assert (hands.ui.spacingCaption.text, hands.ui.spacingLabel.text) == ("Pixel size:", "unknown")
    hands.click("ringsButton")
    assert hands.panel.qt(hands.ui.calibrationFrame).isVisible()
    assert not hands.ui.applyCalibrationButton.enabled
    line = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLMarkupsLineNode")
    for row in (10, 60):
        line.AddControlPoint(-5.0, -float(row), 0.0)
    hands.wait_until(lambda: hands.ui.applyCalibrationButton.enabled)
    hands.panel.screenshot("panel-calibration")
    hands.ui.lengthSpinBox.value = 10.0
    hands.click("applyCalibrationButton")
    hands.wait_for_result()
    assert hands.ui.spacingLabel.text == "0.2 × 0.2 mm (line drawn on the scale)"
    assert not hands.panel.qt(hands.ui.calibrationFrame).isVisible()
    assert slicer.mrmlScene.GetFirstNodeByName("Calibration") is None


def test_sensitivity_says_how_far_the_probability_moves(hands: Hands, studies: Path) -> None:
    hands.open_folder(studies)
    hands.click("sensitivityButton")
    hands.wait_until(lambda: "percentage points apart" in hands.ui.sensitivityLabel.text)
    hands.wait_until(lambda: not hands.desk.sensitivity.is_running)
    hands.panel.window.run_events(0.15)
    assert hands.ui.sensitivityLabel.text.count("\n") == 5
    hands.panel.screenshot("panel-sensitivity")
