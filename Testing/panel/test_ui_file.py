"""TumorResponse.ui: what can be pressed or chosen says what it is, also to those who do not see it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

UI = Path(__file__).resolve().parents[2] / "TumorResponse/Resources/UI/TumorResponse.ui"
ROOT = ElementTree.parse(UI).getroot()
PRESSED = {
    "QPushButton",
    "QCheckBox",
    "QComboBox",
    "QLineEdit",
    "QDoubleSpinBox",
    "ctkSliderWidget",
    "ctkDirectoryButton",
}
CHOSEN = PRESSED | {"qMRMLNodeComboBox", "QTableWidget"}
STEP_BUTTONS = {f"{step}Button" for step in ("image", "mask", "rings", "prediction", "saliency", "report")}
"""Their tool tips come with their state."""


def properties(widget: ElementTree.Element) -> dict[str, str]:
    """Texts of a widget's properties."""
    return {item.attrib["name"]: "".join(item.itertext()).strip() for item in widget.findall("property")}


@pytest.mark.parametrize("widget", [each for each in ROOT.iter("widget") if each.attrib["class"] in CHOSEN])
def test_has_accessible_name_and_tool_tip(widget: ElementTree.Element) -> None:
    found = properties(widget)
    assert found.get("accessibleName")
    assert found.get("toolTip") or widget.attrib["name"] in STEP_BUTTONS


def test_every_mrml_widget_gets_the_scene() -> None:
    receivers = {item.findtext("receiver") for item in ROOT.iter("connection")}
    mrml = {each.attrib["name"] for each in ROOT.iter("widget") if each.attrib["class"].startswith("qMRML")}
    assert mrml - {"TumorResponse"} == receivers


def test_no_own_style_sheets() -> None:
    assert not [item for item in ROOT.iter("property") if item.attrib["name"] == "styleSheet"]


@pytest.mark.usefixtures("slicer_window")
def test_every_bound_widget_names_a_parameter() -> None:
    from TumorResponseLib.panel.parameters import Parameters

    bound = {properties(each).get("SlicerParameterName") for each in ROOT.iter("widget")} - {None}
    assert bound <= set(Parameters.__annotations__) | set(dir(Parameters))
    assert {"volume", "within", "exclude", "ringRadii", "saliencyOpacity"} <= bound
