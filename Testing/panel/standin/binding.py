"""Widgets bound to members of a parameter node by their property SlicerParameterName."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

PROPERTY = "SlicerParameterName"
UNLIMITED = 2**31 - 1


@dataclass
class Binding:
    """One widget and its member."""

    owner: Any
    member: Any
    widget: Any
    read: Callable[[], Any]
    write: Callable[[Any], None]
    live: bool = True
    showing: bool = False

    def show(self) -> None:
        """Bring the widget up to date."""
        value = getattr(self.owner, self.member.name)
        if self.live and not self.showing and self.read() != value:
            self.showing = True
            try:
                self.write(value)
            finally:
                self.showing = False

    def changed(self, *arguments: Any) -> None:
        """The user has changed the widget."""
        if self.live and not self.showing:
            setattr(self.owner, self.member.name, self.read())


def bind(owner: Any, members: Mapping[str, Any], gui: Any) -> list[Binding]:
    """Bind the widgets of ``self.ui`` that name a member.

    Raises:
        RuntimeError: a widget names no member, or its type cannot hold it.
    """
    found = []
    for widget in vars(gui).values():
        name = widget.property(PROPERTY) if widget.isWidgetType() else None
        if name is None:
            continue
        if name not in members:
            raise RuntimeError(f"{widget.objectName}: {PROPERTY} is {name!r}, which the parameter node does not have")
        found.append(_bound(owner, members[name], widget))
    return found


def _bound(owner: Any, member: Any, widget: Any) -> Binding:
    """One binding by the exact type of the widget.

    Raises:
        RuntimeError: widgets of the type do not hold such members.
    """
    name = widget.className()
    if member.node_kinds and name == "qMRMLNodeComboBox":
        return _connect(
            owner, member, widget, "currentNodeChanged(vtkMRMLNode*)", widget.currentNode, widget.setCurrentNode
        )
    if member.kind is bool and name in {"QCheckBox", "QPushButton"}:
        return _property(owner, member, widget, "checked", "toggled(bool)", bool)
    if member.kind is int and name in {"QSlider", "QSpinBox"}:
        _limit(member, widget, needed=name == "QSlider")
        return _property(owner, member, widget, "value", "valueChanged(int)", int)
    if member.kind in {float, int} and name in {"QDoubleSpinBox", "ctkSliderWidget"}:
        _limit(member, widget, needed=name == "ctkSliderWidget")
        return _property(owner, member, widget, "value", "valueChanged(double)", member.kind)
    if member.kind is str and name == "QLineEdit":
        return _property(owner, member, widget, "text", "textChanged(QString)", str)
    choices = [choice for note in member.annotations for choice in getattr(note, "choices", ())]
    if name == "QComboBox" and isinstance(member.kind, type) and issubclass(member.kind, enum.Enum):
        choices = list(member.kind)
    if name == "QComboBox" and choices:
        return _combo(owner, member, widget, choices)
    raise RuntimeError(f"{widget.objectName}: a {name} cannot be bound to {member.name}, which is {member.kind}")


def _connect(
    owner: Any, member: Any, widget: Any, signal: str, read: Callable[[], Any], write: Callable[[Any], None]
) -> Binding:
    """A binding that follows a signal."""
    binding = Binding(owner, member, widget, read, write)
    widget.connect(signal, lambda *arguments: binding.changed())
    return binding


def _property(owner: Any, member: Any, widget: Any, name: str, signal: str, kind: Callable[[Any], Any]) -> Binding:
    """A binding to a property."""
    return _connect(
        owner, member, widget, signal, lambda: kind(getattr(widget, name)), lambda value: setattr(widget, name, value)
    )


def _limit(member: Any, widget: Any, *, needed: bool) -> None:
    """The widget's range from the member's.

    Raises:
        RuntimeError: a slider without a range.
    """
    low = [note.minimum for note in member.annotations if hasattr(note, "minimum")]
    high = [note.maximum for note in member.annotations if hasattr(note, "maximum")]
    if needed and not (low and high):
        raise RuntimeError(f"{widget.objectName}: a slider needs a member with WithinRange")
    widget.minimum = low[0] if low else -UNLIMITED
    widget.maximum = high[0] if high else UNLIMITED


def _combo(owner: Any, member: Any, widget: Any, choices: list[Any]) -> Binding:
    """A combo box that offers the choices in their order; it is filled anew, as Slicer does."""
    binding = _connect(
        owner,
        member,
        widget,
        "currentIndexChanged(int)",
        lambda: choices[widget.currentIndex] if widget.currentIndex >= 0 else None,
        lambda value: setattr(widget, "currentIndex", choices.index(value)),
    )
    binding.showing = True
    widget.clear()
    for choice in choices:
        widget.addItem(_label(choice))
    binding.showing = False
    return binding


def _label(choice: Any) -> str:
    """What the combo box shows: an enum may say it by a method ``label``."""
    if isinstance(choice, enum.Enum):
        return choice.label() if hasattr(choice, "label") else choice.name
    return str(choice)
