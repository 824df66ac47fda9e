"""Every name that the panel takes from Slicer exists there, and the check finds those that do not."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("PySide6", reason="PySide6-Essentials is not installed; install the test extra.")
pytest.importorskip("vtkmodules", reason="VTK is not installed; install the viewer extra.")

from Testing.panel.kinds import widgets_of
from Testing.panel.names import Checker, panel_files
from Testing.panel.standin.api import EXCERPT
from Testing.panel.ui_names import bound_names, parameter_names, ui_problems
from tools import slicer_api

REPOSITORY = Path(__file__).resolve().parents[2]
UI = REPOSITORY / "TumorResponse/Resources/UI/TumorResponse.ui"
PARAMETERS = REPOSITORY / "TumorResponse/TumorResponseLib/panel/parameters.py"

PLANTED = """
import ctk
import qt
import slicer
import slicer.util
from slicer.i18n import tr as _


class Part:
    def __init__(self, ui, editor):
        self._ui = ui
        self._editor = editor
        {statement}


class TumorResponseWidget:
    def setup(self):
        self.ui = slicer.util.childWidgetVariables(slicer.util.loadUI("x.ui"))
        Part(self.ui, editor=self.ui.segmentEditor)
"""
WRONG = {
    "a name that slicer lacks": ("slicer.app.layoutManger()", "qSlicerApplication has no attribute 'layoutManger'"),
    "a function that slicer.util lacks": ("slicer.util.laodUI('x.ui')", "slicer.util.laodUI"),
    "a node class that is not there": ("slicer.vtkMRMLTumourNode()", "slicer.vtkMRMLTumourNode"),
    "an event that is not there": ("slicer.vtkMRMLScene.StartClosingEvent", "has no StartClosingEvent"),
    "a method that a node lacks": ("slicer.mrmlScene.GetNodeById('x')", "vtkMRMLScene has no GetNodeById"),
    "a module that slicer lacks": ("from slicer.packages import pip_ensure", "slicer.packages.pip_ensure"),
    "a helper of the wheel only": ("slicer.loadUI('x.ui')", "slicer.loadUI"),
    "a class that qt lacks": ("qt.QLable('x')", "qt.QLable"),
    "a scoped enum": ("qt.Qt.AlignmentFlag.AlignLeft", "Qt.AlignmentFlag"),
    "a class that ctk lacks": ("ctk.ctkSlider()", "ctk.ctkSlider"),
    "a wrong signal": ("ui.readButton.connect('pressd()', print)", "QPushButton has no signal pressd()"),
    "a signal with wrong types": (
        "ui.opacitySlider.connect('valueChanged(int)', print)",
        "no signal valueChanged(int)",
    ),
    "a wrong signal of something": (
        "getattr(ui, 'read' + 'Button').connect('nonsense()', print)",
        "no signal nonsense()",
    ),
    "a call that only C++ may make": ("ui.opacitySlider.setMinimum(0)", "'setMinimum' (only C++ may call it)"),
    "a property that is called": ("ui.radiiEdit.text()", "QLineEdit.text is a property"),
    "a getter of a property": ("ui.readButton.isChecked()", "no attribute 'isChecked'"),
    "an attribute of one's own": ("ui.readButton.myData = 1", "no attribute 'myData'"),
    "a method that is assigned": ("self._ui.readButton.click = 1", "is a method and cannot be assigned"),
    "a widget that the file lacks": ("ui.redButton.click()", "the .ui file has no redButton"),
    "a slot that an argument lacks": ("editor.setMasterNode(None)", "no attribute 'setMasterNode'"),
    "too many arguments": ("self._editor.setSegmentationNode(None, 1)", "takes [1] arguments, not 2"),
    "a keyword that a function lacks": ("slicer.util.loadUI('x.ui', parent=None)", "does not take parent"),
}
RIGHT = (
    "slicer.app.layoutManager().sliceWidget('Red').mrmlSliceCompositeNode()",
    "slicer.mrmlScene.AddObserver(slicer.vtkMRMLScene.StartCloseEvent, print)",
    "ui.opacitySlider.minimum = 0",
    "ui.readButton.clicked.connect(print)",
    "qt.QTimer().connect('timeout()', print)",
    "qt.QTimer.singleShot(0, print)",
    "[text.upper() for text in (_('a'), _('b'))]",
    "editor.setActiveEffectByName('Paint')",
)


def planted(folder: Path, statement: str) -> list[str]:
    """What the check finds in a file with one statement."""
    path = folder / "planted.py"
    path.write_text(PLANTED.format(statement=statement), encoding="utf-8")
    return Checker([path], widgets_of(UI)).problems()


def test_panel_uses_only_what_slicer_has() -> None:
    assert Checker(panel_files(REPOSITORY), widgets_of(UI)).problems() == []


@pytest.mark.parametrize("name", WRONG)
def test_finds(name: str, tmp_path: Path) -> None:
    statement, said = WRONG[name]
    found = planted(tmp_path, statement)
    assert len(found) == 1 and said in found[0], found


@pytest.mark.parametrize("statement", RIGHT)
def test_accepts(statement: str, tmp_path: Path) -> None:
    assert planted(tmp_path, statement) == []


def test_ui_file_names_only_what_slicer_has() -> None:
    assert ui_problems(UI) == []


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('class="ctkSliderWidget"', 'class="ctkSlideWidget"', "neither Qt nor Slicer has ctkSlideWidget"),
        ('name="collapsed"', 'name="folded"', "ctkCollapsibleButton has no property folded"),
        (
            "<signal>mrmlSceneChanged(vtkMRMLScene*)",
            "<signal>sceneChanged()",
            "qMRMLWidget has no signal sceneChanged()",
        ),
        ("<slot>setMRMLScene(vtkMRMLScene*)", "<slot>setScene(int)", "has no slot setScene(int)"),
    ],
)
def test_finds_in_a_ui_file(right: str, wrong: str, said: str, tmp_path: Path) -> None:
    text = UI.read_text(encoding="utf-8")
    assert right in text
    path = tmp_path / "planted.ui"
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    assert any(said in problem for problem in ui_problems(path))


def test_bound_widgets_name_parameters() -> None:
    bound = set(bound_names(UI).values())
    assert bound and bound <= parameter_names(PARAMETERS)


def test_excerpt_agrees_with_slicers_api() -> None:
    if not slicer_api.SOURCE.is_file():
        pytest.skip(f"Slicer's API is not on this machine: there is no {slicer_api.SOURCE}.")
    written = EXCERPT.read_text(encoding="utf-8")
    assert written == slicer_api.text(), "run python -m tools.slicer_api"
