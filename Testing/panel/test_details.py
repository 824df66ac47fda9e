"""A cine's frames, curves, tables and maps, and laboratory values, in the panel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import slicer

from Testing.panel.hands import Hands
from TumorResponseLib.mrml.geometry import from_vtk

if TYPE_CHECKING:
    from Testing.panel.standin.module_panel import Panel


def background(panel: Panel) -> Any:
    """The volume behind everything in the red view."""
    layers = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()
    return slicer.mrmlScene.GetNodeByID(layers.GetBackgroundVolumeID())


def labels(panel: Panel) -> list[Any]:
    """What stands in the section Curves and tables."""
    from PySide6.QtWidgets import QLabel

    return [label for label in panel.qt(panel.ui.detailsSection).findChildren(QLabel) if label.isVisible()]


def test_a_cine_is_read_looked_through_and_shown_with_curves_and_maps(panel: Panel) -> None:
    hands = Hands(panel)
    hands.open_sample("CEUS")
    hands.wait_for_result()
    ui, reading = hands.ui, hands.desk.reading
    cine = reading.found.study.images["cine"]

    shown = labels(panel)
    assert not panel.qt(ui.detailsLabel).isVisible()
    pictures = [label for label in shown if not label.pixmap().isNull()]
    assert len(pictures) == len(reading.found.exhibits["ceus"].plots) >= 3
    assert "tumour" in pictures[0].accessibleName()
    colours = np.frombuffer(pictures[0].pixmap().toImage().constBits(), np.uint8).reshape(-1, 4)[:, :3]
    assert len(np.unique(colours[np.ptp(colours.astype(int), axis=1) > 60], axis=0)) > 3  # lines in colours
    tables = [label.text() for label in shown if "<table>" in label.text()]
    assert "5-10 mm" in tables[0]

    assert panel.qt(ui.frameSlider).isVisible()
    measured = reading.view.frame
    assert ui.frameSlider.value == measured + 1
    assert background(panel).GetName() == "ceus frame"
    ui.frameSlider.value = 1
    np.testing.assert_array_equal(from_vtk(background(panel).GetImageData())[0], cine.pixels[0])
    np.testing.assert_array_equal(from_vtk(hands.presenter.volume_node.GetImageData())[0], cine.pixels[measured])

    titles = [ui.layerComboBox.itemText(index) for index in range(ui.layerComboBox.count)]
    chosen = next(index for index, title in enumerate(titles) if title.startswith("Peak enhancement"))
    ui.layerComboBox.setCurrentIndex(chosen)
    hands.wait_until(lambda: "peak-enhancement" in hands.presenter.layer_nodes)
    assert ui.layerComboBox.currentText == titles[chosen]
    assert not ui.backdropVisibleCheckBox.enabled
    panel.screenshot("panel-details")

    hands.paint(hands.mask())  # a stroke, at which Slicer's editor would put its source into the views
    panel.exit()
    panel.enter()
    hands.wait_for_result()
    assert background(panel).GetName() == "ceus frame"


def test_a_case_without_curves_says_so(hands: Hands, studies: Path) -> None:
    hands.open_folder(studies)
    assert hands.panel.qt(hands.ui.detailsLabel).isVisible()
    assert not hands.panel.qt(hands.ui.frameSlider).isVisible()


def test_laboratory_values_are_typed_refused_and_kept(hands: Hands, studies: Path) -> None:
    hands.open_folder(studies)
    hands.ui.laboratorySection.collapsed = False
    table = hands.ui.laboratoryTable
    names = [table.item(row, 0).text() for row in range(table.rowCount)]
    row = names.index("albumin")
    assert (table.item(row, 1).text(), table.item(row, 2).text(), table.item(row, 3).text()) == ("", "g/l", "35 to 52")
    table.item(row, 1).setText("31,5")
    hands.wait_until(lambda: hands.desk.reading.found.study.laboratory.get("albumin") == pytest.approx(31.5))
    hands.wait_for_result()
    assert table.item(row, 1).text() == "31.5"
    assert table.item(row, 1).toolTip() == "Below the range."
    assert hands.panel.qt(table).item(row, 1).foreground().color().name() == "#c98a3c"
    for typed, refusal in (("lots", "is not a value for albumin"), ("4000", "impossible")):
        table.item(row, 1).setText(typed)
        assert refusal in hands.ui.messageLabel.text
        assert table.item(row, 1).text() == "31.5"
    hands.panel.screenshot("panel-laboratory")
    table.item(row, 1).setText("")
    hands.wait_until(lambda: "albumin" not in hands.desk.reading.found.study.laboratory)
