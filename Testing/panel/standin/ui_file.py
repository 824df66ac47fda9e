"""A ``.ui`` file to widgets, with every property and connection checked against Slicer's API."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from PySide6.QtCore import QBuffer, QByteArray, QDir, QIODevice, QObject
from PySide6.QtUiTools import QUiLoader
from PySide6.QtWidgets import QWidget

from Testing.panel.standin.lookup import API, NotOffered, look_up
from Testing.panel.standin.pythonqt import Wrapped, connect
from Testing.panel.ui_names import ui_problems


class UiLoader(QUiLoader):
    """Makes the stand-in's widgets where the file names Slicer's."""

    def __init__(self, widgets: Mapping[str, type[QWidget]]) -> None:
        super().__init__()
        self._widgets = widgets

    def createWidget(self, class_name: str, parent: QWidget | None = None, name: str = "") -> QWidget:
        """One widget."""
        if class_name not in self._widgets:
            return super().createWidget(class_name, parent, name)
        widget = self._widgets[class_name](parent)
        widget.setObjectName(name)
        return widget


def load_ui(path: str | Path, widgets: Mapping[str, type[QWidget]]) -> QWidget:
    """The top widget of a file.

    Raises:
        ValueError: the file names what Slicer does not have.
        NotOffered: it names what the stand-in does not have yet.
    """
    if problems := ui_problems(Path(path)):
        raise ValueError(f"{path}: {'; '.join(problems)}")
    root = ElementTree.parse(path).getroot()
    for element in root.iter("widget"):
        _check_offered(element, widgets)
    connections = root.find("connections")
    found = [] if connections is None else list(connections)
    if connections is not None:
        root.remove(connections)
    buffer = QBuffer()
    buffer.setData(QByteArray(ElementTree.tostring(root)))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    loader = UiLoader(widgets)
    # Relative paths of icons in the file count from the file.
    loader.setWorkingDirectory(QDir(str(Path(path).parent)))
    top = loader.load(buffer)
    for element in found:
        _connect(top, {item.tag: item.text or "" for item in element})
    return top


def _check_offered(element: ElementTree.Element, widgets: Mapping[str, type[QWidget]]) -> None:
    """The stand-in must have the class and the properties of a widget."""
    name = element.attrib["class"]
    if name in API.classes and name not in widgets:
        raise NotOffered(f"{name}: add it to the stand-in")
    for item in element.findall("property"):
        if name in widgets and item.get("stdset") != "0":
            look_up(widgets[name], item.attrib["name"])


def _connect(top: QWidget, ends: dict[str, str]) -> None:
    """One connection of the file."""
    sender, receiver = (_named(top, ends[end]) for end in ("sender", "receiver"))
    name = ends["slot"].partition("(")[0]
    look_up(type(receiver), name)
    connect(Wrapped(sender), ends["signal"], getattr(receiver, name))


def _named(top: QWidget, name: str) -> QObject:
    """The widget with a name, the top one included."""
    found = top if top.objectName() == name else top.findChild(QObject, name)
    assert found is not None, name
    return found
