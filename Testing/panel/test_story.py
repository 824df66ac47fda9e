"""A radiologist's way through the panel, by clicks: open, read, look, correct, next, accept, come back another day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import slicer

from Testing.desk.studies import larger_disc
from Testing.panel.hands import Hands

if TYPE_CHECKING:
    from Testing.panel.standin.module_panel import Panel
    from Testing.panel.standin.window import Standin


def test_sample_is_read_by_the_real_models_and_shown(panel: Panel) -> None:
    hands = Hands(panel)
    ui = hands.ui
    hands.open_sample()
    hands.wait_for_result()
    assert "responder" in ui.resultLabel.text
    assert "90 % interval" in ui.resultLabel.text
    assert "Virtual cohort" in ui.evidenceLabel.text
    assert panel.qt(ui.evidenceLabel).isVisible()
    assert not panel.qt(ui.sharesLabel).pixmap().isNull()
    assert ui.maskSourceLabel.text.startswith("Outline: automatic")
    assert ui.worklistTable.item(0, 1).text() == "read"
    assert not ui.worklistTable.item(0, 0).icon().isNull()
    assert hands.presenter.rings_node is not None
    layers = [ui.layerComboBox.itemText(index) for index in range(ui.layerComboBox.count)]
    assert layers == ["Tumour", "Tumour + 3 mm", "Tumour + 5 mm", "Tumour + 10 mm", "All together", "none"]
    assert slicer.app.layoutManager().layout == slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView
    assert ui.segmentEditor.segmentationNode() is hands.presenter.tumour_node
    panel.screenshot("panel-read")
    hands.click("modelCardButton")
    assert "Intended use" in hands.model_card()


def test_stroke_moves_the_result_and_undo_brings_it_back(hands: Hands, studies: Path) -> None:
    hands.open_folder(studies)
    before, text = hands.mask(), hands.ui.resultLabel.text
    hands.paint(larger_disc(8))
    hands.wait_until(lambda: "corrected" in hands.ui.maskSourceLabel.text)
    hands.wait_for_result()
    assert hands.ui.resultLabel.text != text
    assert hands.ui.worklistTable.item(0, 1).text() == "corrected"
    assert np.array_equal(hands.desk.reading.found.mask, larger_disc(8))

    hands.ui.segmentEditor.undo()
    hands.wait_until(lambda: np.array_equal(hands.desk.reading.found.mask, before))
    hands.wait_for_result()
    assert hands.ui.resultLabel.text == text

    hands.ui.segmentEditor.redo()
    hands.wait_until(lambda: np.array_equal(hands.desk.reading.found.mask, larger_disc(8)))
    hands.wait_for_result()
    hands.click("backToModelButton")
    hands.wait_for_result()
    assert np.array_equal(hands.mask(), before)
    assert hands.ui.maskSourceLabel.text.startswith("Outline: automatic")

    hands.ui.segmentEditor.undo()
    hands.wait_until(lambda: "corrected" in hands.ui.maskSourceLabel.text)
    assert np.array_equal(hands.desk.reading.found.mask, larger_disc(8))


def test_without_auto_update_a_stroke_makes_results_stale_until_read(hands: Hands, studies: Path) -> None:
    hands.open_folder(studies)
    assert not hands.ui.readButton.enabled
    hands.click("autoUpdateCheckBox")
    hands.paint(larger_disc())
    hands.wait_until(lambda: hands.states()["prediction"] == "stale")
    assert "Out of date" in hands.ui.resultLabel.text
    assert hands.ui.reasonLabel.text
    assert hands.ui.predictionButton.text == "Predict"
    hands.panel.screenshot("panel-stale")
    hands.click("readButton")
    hands.wait_for_result()
    assert "Out of date" not in hands.ui.resultLabel.text


def test_cases_one_after_another_and_another_day(
    hands: Hands, studies: Path, slicer_window: Standin, tmp_path: Path
) -> None:
    hands.open_folder(studies)
    ui, table = hands.ui, hands.ui.worklistTable
    assert [table.item(row, 0).text() for row in range(3)] == ["case1", "case2", "case3"]
    assert not ui.previousButton.enabled
    hands.type("commentEdit", "rim enhances")
    hands.click("acceptButton")
    hands.wait_until(lambda: hands.desk.entry.number == 2)
    hands.wait_for_result()
    assert (table.item(0, 1).text(), table.item(0, 3).text()) == ("accepted", "rim enhances")
    assert ui.commentEdit.text == ""
    hands.click("flagButton")
    hands.paint(larger_disc())
    hands.wait_until(lambda: "corrected" in ui.maskSourceLabel.text)
    hands.wait_for_result()
    table.selectRow(2)
    hands.wait_until(lambda: hands.desk.entry.number == 3)
    assert not ui.nextButton.enabled
    hands.wait_for_result()
    hands.click("previousButton")
    hands.wait_for_result()
    assert np.array_equal(hands.mask(), larger_disc())
    hands.panel.screenshot("panel-worklist")

    ui.filesSection.collapsed = False
    slicer_window.choose(tmp_path / "export")
    hands.click("exportButton")
    hands.wait_until(lambda: "Exported" in ui.messageLabel.text)
    assert "rim enhances" in (tmp_path / "export/results.csv").read_text(encoding="utf-8")
    assert len(list((tmp_path / "export/masks").iterdir())) == 3
    hands.click("reportButton")
    hands.wait_until(lambda: "Written" in ui.messageLabel.text)
    assert hands.states()["report"] == "ready"

    hands.panel.close()
    again = hands.on_another_day()
    again.wait_for_result()
    assert again.desk.entry.number == 2
    assert np.array_equal(again.mask(), larger_disc())
    assert again.ui.worklistTable.item(0, 1).text() == "accepted"
    again.panel.close()


def test_no_tick_keeps_the_user_waiting(hands: Hands, studies: Path) -> None:
    hands.open_folder(studies)
    ticks = hands.timed_ticks()
    hands.paint(larger_disc())
    hands.wait_until(lambda: "corrected" in hands.ui.maskSourceLabel.text)
    hands.wait_for_result()
    hands.click("nextButton")
    hands.wait_for_result()
    assert len(ticks) > 2
    assert max(ticks) < 0.1
