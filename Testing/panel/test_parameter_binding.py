"""The stand-in's parameter nodes hold their members, check them and bind widgets as Slicer's do."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import pytest

if TYPE_CHECKING:
    from Testing.panel.standin.window import Standin

UI = """<ui version="4.0"><widget class="qMRMLWidget" name="top"><layout class="QVBoxLayout" name="l">
<item><widget class="{widget}" name="box"><property name="SlicerParameterName" stdset="0"><string>{member}</string>
</property></widget></item></layout></widget></ui>"""


class Style(Enum):
    BANDS = "bands"
    MARGINS = "margins"

    def label(self) -> str:
        return f"as {self.value}"


@pytest.fixture
def parameters(slicer_window: Standin) -> Any:
    """A parameter node with one member of each kind."""
    import slicer
    from slicer.parameterNodeWrapper import Default, Maximum, Minimum, WithinRange, parameterNodeWrapper

    class Choices:
        visible: bool = True
        count: int = 3
        radii: str = "3, 5"
        style: Style = Style.BANDS
        opacity: Annotated[float, WithinRange(0, 1), Default(0.5)]
        length: Annotated[float, Minimum(0.1), Maximum(1000), Default(10.0)]
        free: float = 1.5
        volume: slicer.vtkMRMLScalarVolumeNode | None

    Choices.__annotations__ = {
        **Choices.__annotations__,
        "opacity": Annotated[float, WithinRange(0, 1), Default(0.5)],
        "length": Annotated[float, Minimum(0.1), Maximum(1000), Default(10.0)],
        "volume": slicer.vtkMRMLScalarVolumeNode | None,
        "style": Style,
    }
    return parameterNodeWrapper(Choices)(slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScriptedModuleNode"))


def bound(parameters: Any, folder: Any, widget: str, member: str) -> tuple[Any, int]:
    """Widgets of which ``box`` is bound to a member, and the tag to let it go."""
    import slicer

    path = folder / "a.ui"
    path.write_text(UI.format(widget=widget, member=member), encoding="utf-8")
    top = slicer.util.loadUI(path)
    ui = slicer.util.childWidgetVariables(top)
    ui.top = top  # Qt deletes a widget that nobody holds
    return ui, parameters.connectGui(ui)


def test_members_keep_their_values_in_the_node(parameters: Any) -> None:
    import slicer

    assert (parameters.visible, parameters.opacity, parameters.style) == (True, 0.5, Style.BANDS)
    assert parameters.volume is None
    parameters.style, parameters.opacity = Style.MARGINS, 1
    parameters.volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    again = type(parameters)(parameters.parameterNode)
    assert (again.style, again.opacity, again.volume) == (Style.MARGINS, 1.0, parameters.volume)


@pytest.mark.parametrize(
    ("member", "value", "error"),
    [
        ("visible", 1, TypeError),
        ("count", 2.5, TypeError),
        ("count", True, TypeError),
        ("opacity", 1.5, ValueError),
        ("length", 0.0, ValueError),
        ("length", 2000.0, ValueError),
        ("style", "bands", TypeError),
        ("radius", 3, AttributeError),
    ],
)
def test_a_wrong_value_is_refused(parameters: Any, member: str, value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        setattr(parameters, member, value)


def test_reserved_names_are_refused(slicer_window: Standin) -> None:
    from slicer.parameterNodeWrapper import parameterNodeWrapper

    with pytest.raises(ValueError, match="reserved"):
        parameterNodeWrapper(type("Choices", (), {"__annotations__": {"default": bool}}))


@pytest.mark.parametrize(
    ("widget", "member", "attribute", "values"),
    [
        ("QCheckBox", "visible", "checked", (False, True)),
        ("QSpinBox", "count", "value", (7, 8)),
        ("QLineEdit", "radii", "text", ("4", "5")),
        ("QDoubleSpinBox", "length", "value", (20.0, 30.0)),
        ("ctkSliderWidget", "opacity", "value", (0.25, 0.75)),
    ],
)
def test_widget_and_member_follow_each_other(
    parameters: Any, tmp_path: Any, widget: str, member: str, attribute: str, values: tuple[Any, Any]
) -> None:
    ui, tag = bound(parameters, tmp_path, widget, member)
    assert getattr(ui.box, attribute) == getattr(parameters, member)
    setattr(ui.box, attribute, values[0])
    assert getattr(parameters, member) == values[0]
    setattr(parameters, member, values[1])
    assert getattr(ui.box, attribute) == values[1]
    parameters.disconnectGui(tag)
    setattr(ui.box, attribute, values[0])
    assert getattr(parameters, member) == values[1]


def test_combo_box_offers_an_enums_labels(parameters: Any, tmp_path: Any) -> None:
    ui, _ = bound(parameters, tmp_path, "QComboBox", "style")
    assert [ui.box.itemText(0), ui.box.itemText(1), ui.box.currentIndex] == ["as bands", "as margins", 0]
    ui.box.currentIndex = 1
    assert parameters.style is Style.MARGINS


def test_node_selector_is_bound(parameters: Any, tmp_path: Any) -> None:
    import slicer

    ui, _ = bound(parameters, tmp_path, "qMRMLNodeComboBox", "volume")
    ui.box.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    ui.box.setMRMLScene(slicer.mrmlScene)
    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    assert parameters.volume is ui.box.currentNode() is volume


@pytest.mark.parametrize(
    ("widget", "member"),
    [("ctkSliderWidget", "free"), ("QRadioButton", "visible"), ("QPlainTextEdit", "radii"), ("QCheckBox", "missing")],
)
def test_what_slicer_cannot_bind_is_refused(parameters: Any, tmp_path: Any, widget: str, member: str) -> None:
    with pytest.raises(RuntimeError):
        bound(parameters, tmp_path, widget, member)
