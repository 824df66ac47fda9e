"""Entering and leaving, closing and loading a scene, keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import slicer

from Testing.panel.hands import Hands
from Testing.panel.slicer_keys import IN_SLICER

if TYPE_CHECKING:
    from Testing.panel.standin.module_panel import Panel


def press(panel: Panel, key: str) -> None:
    """A key of the panel, pressed while the focus is elsewhere in Slicer's window."""
    from PySide6.QtGui import QKeySequence
    from PySide6.QtTest import QTest

    panel.window.main_window.activateWindow()
    assert QTest.qWaitForWindowActive(panel.window.main_window)
    combination: Any = QKeySequence(key)[0]  # type: ignore[index]
    QTest.keyClick(panel.window.main_window, combination.key(), combination.keyboardModifiers())
    panel.window.run_events(0.05)


def red() -> Any:
    """The layers of the red view."""
    return slicer.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()


def test_leaving_puts_the_users_layout_back_and_entering_ours(hands: Hands, studies: Path) -> None:
    layouts, manager = slicer.vtkMRMLLayoutNode, slicer.app.layoutManager()
    hands.panel.exit()
    own = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "the user's")
    red().SetBackgroundVolumeID(own.GetID())
    manager.setLayout(layouts.SlicerLayoutConventionalView)
    hands.panel.enter()
    hands.open_folder(studies)
    assert manager.layout == layouts.SlicerLayoutOneUpRedSliceView
    ours = red().GetBackgroundVolumeID()
    assert ours == hands.presenter.volume_node.GetID()
    hands.panel.exit()
    assert manager.layout == layouts.SlicerLayoutConventionalView
    assert red().GetBackgroundVolumeID() == own.GetID()
    assert hands.effect() == ""
    hands.panel.enter()
    assert manager.layout == layouts.SlicerLayoutOneUpRedSliceView
    assert red().GetBackgroundVolumeID() == ours


def test_closing_the_scene_loses_nothing_of_the_case(hands: Hands, studies: Path) -> None:
    hands.open_folder(studies)
    mask, node = hands.mask(), hands.presenter.tumour_node
    hands.panel.close_scene()
    hands.wait_for_result()
    assert hands.presenter.tumour_node is not node
    assert (hands.mask() == mask).all()
    assert hands.ui.segmentEditor.segmentationNode() is hands.presenter.tumour_node


def test_choices_are_remembered_and_those_of_a_loaded_scene_hold(hands: Hands, studies: Path, tmp_path: Path) -> None:
    hands.open_folder(studies)
    hands.ui.opacitySlider.value = 0.7
    hands.type("radiiEdit", "2, 6")
    hands.wait_until(lambda: hands.desk.radii_mm == (2.0, 6.0))
    scene = slicer.mrmlScene
    path = str(tmp_path / "scene.mrml")
    scene.SetURL(path)
    scene.Commit()
    hands.panel.close_scene()
    hands.panel.window.run_events(0.1)
    parameters = hands.panel.widget.logic.getParameterNode()
    assert (parameters.saliencyOpacity, parameters.ringRadii) == (0.7, "2, 6")
    hands.ui.opacitySlider.value = 0.2
    hands.wait_until(lambda: hands.desk.display.saliency_opacity == 0.2)
    scene.SetURL(path)
    scene.Import()
    hands.wait_until(lambda: hands.desk.display.saliency_opacity == 0.7)
    assert hands.ui.opacitySlider.value == 0.7


def test_rings_of_a_loaded_scene_are_those_that_are_shown(hands: Hands, studies: Path, tmp_path: Path) -> None:
    hands.open_folder(studies)
    hands.type("radiiEdit", "2, 6")
    hands.wait_until(lambda: hands.desk.radii_mm == (2.0, 6.0))
    path = str(tmp_path / "scene.mrml")
    slicer.mrmlScene.SetURL(path)
    slicer.mrmlScene.Commit()
    hands.panel.close_scene()
    hands.type("radiiEdit", "3, 5")
    hands.wait_until(lambda: hands.desk.radii_mm == (3.0, 5.0))
    slicer.mrmlScene.SetURL(path)
    slicer.mrmlScene.Import()
    hands.wait_until(lambda: hands.desk.radii_mm == (2.0, 6.0))
    assert hands.ui.radiiEdit.text == "2, 6"


def test_the_editors_keys_act_after_the_scene_was_closed(hands: Hands, studies: Path) -> None:
    hands.open_folder(studies)
    editor = hands.panel.qt(hands.ui.segmentEditor)
    hands.panel.close_scene()
    hands.wait_for_result()
    assert editor.has_keys
    hands.panel.exit()
    assert not editor.has_keys


def test_views_of_a_scene_that_was_opened_meanwhile_come_back(hands: Hands, studies: Path, tmp_path: Path) -> None:
    hands.panel.exit()
    users = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "in the saved scene")
    red().SetBackgroundVolumeID(users.GetID())
    path = str(tmp_path / "scene.mrml")
    slicer.mrmlScene.SetURL(path)
    slicer.mrmlScene.Commit()
    red().SetBackgroundVolumeID(None)
    hands.panel.enter()
    hands.open_folder(studies)
    slicer.mrmlScene.SetURL(path)
    slicer.mrmlScene.Connect()
    hands.wait_for_result()
    assert red().GetBackgroundVolumeID() == hands.presenter.volume_node.GetID()
    hands.panel.exit()
    assert slicer.mrmlScene.GetNodeByID(red().GetBackgroundVolumeID()).GetName() == "in the saved scene"


def test_keys_act_only_while_the_panel_is_shown(hands: Hands, studies: Path) -> None:
    hands.open_folder(studies)
    press(hands.panel, "Alt+N")
    hands.wait_until(lambda: hands.desk.entry.number == 2)
    hands.wait_for_result()
    press(hands.panel, "Alt+O")
    assert not hands.ui.maskVisibleCheckBox.checked
    press(hands.panel, "Alt+O")
    assert hands.ui.maskVisibleCheckBox.checked
    press(hands.panel, "Alt+A")
    hands.wait_until(lambda: hands.desk.entry.number == 3)
    hands.panel.exit()
    press(hands.panel, "Alt+P")
    assert hands.desk.entry.number == 3


@pytest.mark.usefixtures("slicer_window")
def test_keys_collide_with_none_of_slicers() -> None:
    from TumorResponseLib.panel.shortcuts import KEYS

    assert not set(KEYS.values()) & set(IN_SLICER)
    assert len(set(KEYS.values())) == len(KEYS)
    assert all(key.startswith("Alt+") for key in KEYS.values())
