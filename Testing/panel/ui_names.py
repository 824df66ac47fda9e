"""Checks a .ui file against Slicer's API: classes, properties, connections and the names of parameters."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from Testing.panel.kinds import qt_named
from Testing.panel.standin.binding import PROPERTY
from Testing.panel.standin.lookup import API, classify, normalised, signatures


def ui_problems(path: Path) -> list[str]:
    """Each class, property, signal and slot that Slicer does not have."""
    root = ElementTree.parse(path).getroot()
    widgets = list(root.iter("widget"))
    classes = {item.attrib["name"]: item.attrib["class"] for item in widgets}
    problems = [problem for widget in widgets for problem in _of_widget(widget)]
    for connection in root.iter("connection"):
        problems += _of_connection({item.tag: item.text or "" for item in connection}, classes)
    return problems


def _base(class_name: str) -> type | None:
    """Qt's class behind a class."""
    return qt_named(API.qt_base(class_name))


def _of_widget(widget: ElementTree.Element) -> Iterator[str]:
    """What is wrong with one widget."""
    name, class_name = widget.attrib["name"], widget.attrib["class"]
    base = _base(class_name)
    if base is None:
        yield f"{name}: neither Qt nor Slicer has {class_name}"
        return
    for item in widget.findall("property"):
        if item.get("stdset") != "0" and not _is_property(class_name, base, item.attrib["name"]):
            yield f"{name}: {class_name} has no property {item.attrib['name']}"


def _is_property(class_name: str, base: type, name: str) -> bool:
    # Designer writes the buddy of a label as a property.
    if name == "buddy":
        return True
    try:
        return classify(class_name, base, name)[0] == "property"
    except AttributeError:
        return False


def _of_connection(ends: dict[str, str], classes: dict[str, str]) -> Iterator[str]:
    """What is wrong with one connection."""
    for end in ("sender", "receiver"):
        if ends[end] not in classes:
            yield f"a connection names {ends[end]}, which is no widget of the file"
            return
    sender, receiver = classes[ends["sender"]], classes[ends["receiver"]]
    signal, slot = normalised(ends["signal"]), normalised(ends["slot"])
    sender_base = _base(sender)
    if sender_base is None or signal not in signatures(sender, sender_base, signal.partition("(")[0]):
        yield f"{ends['sender']}: {sender} has no signal {signal}"
    slots = {
        text.partition(" -> ")[0]
        for entry in API.lineage(receiver)
        for texts in entry.methods.values()
        for text in texts
    }
    receiver_base = _base(receiver)
    meta = getattr(receiver_base, "staticMetaObject", None)
    if slot not in slots and (meta is None or meta.indexOfSlot(slot) < 0):
        yield f"{ends['receiver']}: {receiver} has no slot {slot}"


def bound_names(path: Path) -> dict[str, str]:
    """Parameter that each widget with the dynamic property SlicerParameterName is bound to."""
    found = {}
    for widget in ElementTree.parse(path).iter("widget"):
        for item in widget.findall("property"):
            if item.attrib["name"] == PROPERTY:
                found[widget.attrib["name"]] = item.findtext("string") or ""
    return found


def parameter_names(path: Path) -> set[str]:
    """Annotated members of the classes decorated as parameter nodes in a file."""
    classes = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]
    wrapped = [
        node for node in classes if any("parameterNodeWrapper" in ast.unparse(item) for item in node.decorator_list)
    ]
    return {
        item.target.id
        for node in wrapped
        for item in node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    }
