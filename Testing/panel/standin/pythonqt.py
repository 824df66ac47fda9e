"""PythonQt's manners over PySide6: properties are attributes, unknown ones are refused, slots are connected by text."""

from __future__ import annotations

import enum
import functools
import sys
from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6.QtCore import QObject

from Testing.panel.standin.api import ApiClass, argument_types
from Testing.panel.standin.calls import called_by_signal, refuse_keywords
from Testing.panel.standin.lookup import NotOffered, identity, look_up, normalised, signatures
from Testing.panel.standin.values import EnumValue


class WrongSignal(Exception):
    """A signal that does not exist was connected."""


class Wrapped:
    """An object of Qt, CTK or Slicer as Python in Slicer sees it."""

    __slots__ = ("_behind",)

    def __init__(self, behind: Any) -> None:
        object.__setattr__(self, "_behind", behind)

    def __getattr__(self, name: str) -> Any:
        behind = living(self)
        kind, owner = look_up(type(behind), name)
        if kind == "property":
            return wrap(read_property(behind, name))
        if kind == "signal":
            return Signal(self, signatures(*identity(behind), name)[0])
        if kind == "connect":
            return functools.partial(connect, self)
        if kind == "className":
            return lambda: type(behind).__name__
        if kind == "name":
            return behind.objectName()
        return functools.partial(call, getattr(behind, name), owner, name)

    def __setattr__(self, name: str, value: Any) -> None:
        behind = living(self)
        kind, owner = look_up(type(behind), name)
        if kind != "property":
            raise AttributeError(f"{name!r} of {type(behind).__name__} cannot be assigned: it is a {kind}")
        if owner is not None and not owner.properties[name]["writable"]:
            raise AttributeError(f"Property {name!r} of {type(behind).__name__} is not writable")
        write_property(behind, name, unwrap(value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wrapped) and bool(self._behind == other._behind)

    def __hash__(self) -> int:
        return hash(self._behind)

    def __repr__(self) -> str:
        return f"<{type(self._behind).__name__} of the stand-in>"

    def __bool__(self) -> bool:
        return True


class Signal:
    """A signal as an attribute: ``button.clicked``."""

    def __init__(self, sender: Wrapped, signature: str) -> None:
        self._sender = sender
        self._signature = signature

    def connect(self, receiver: Callable[..., Any]) -> bool:
        """Call ``receiver`` when the signal is sent."""
        return connect(self._sender, self._signature, receiver)


def living(wrapped: Wrapped) -> Any:
    """The PySide6 object behind, as long as it is there.

    Raises:
        ValueError: Qt has deleted it.
    """
    behind = wrapped._behind
    if not shiboken6.isValid(behind):
        raise ValueError(f"Trying to access a deleted {type(behind).__name__}")
    return behind


def connect(sender: Wrapped, signal: str, receiver: Callable[..., Any]) -> bool:
    """Connect by text; a signal that does not exist returns False and fails the test at its end.

    Raises:
        NotOffered: Slicer has the signal and the stand-in not yet.
        TypeError: the receiver cannot be called.
    """
    behind = living(sender)
    if not callable(receiver):
        raise TypeError(f"{signal} is connected to {receiver!r}, which cannot be called")
    wanted = normalised(signal)
    name = wanted.partition("(")[0]
    if wanted not in signatures(*identity(behind), name):
        # PythonQt prints; here it goes where exceptions in slots go, so that the test fails at its end.
        sys.excepthook(WrongSignal, WrongSignal(f"{type(behind).__name__} has no signal {signal!r}"), None)
        return False
    types = ["PyObject" if kind.startswith("vtk") else kind for kind in argument_types(wanted)]
    own = f"{name}({','.join(types)})"
    # Not the object's own metaObject(): PySide6 lets it go, for all of the class, with the object.
    if type(behind).staticMetaObject.indexOfSignal(own) < 0:
        raise NotOffered(f"{type(behind).__name__}, signal {wanted}: add it to the stand-in")

    def received(*arguments: Any) -> None:
        called_by_signal(receiver, tuple(map(wrap, arguments)))

    # "2" is what Qt's macro SIGNAL puts before the signature.
    return bool(QObject.connect(behind, f"2{own}", received))


def call(method: Callable[..., Any], owner: ApiClass | None, name: str, *arguments: Any, **keywords: Any) -> Any:
    """Call a method as PythonQt does: no keywords, and a method of CTK or Slicer with a number of arguments it has.

    Raises:
        ValueError: the number of arguments is wrong.
    """
    refuse_keywords(name, keywords)
    if owner is not None and len(arguments) not in {len(argument_types(text)) for text in owner.methods[name]}:
        raise ValueError(f"Called {owner.name}.{name} with {len(arguments)} arguments; it has {owner.methods[name]}")
    return wrap(method(*map(unwrap, arguments)))


def read_property(behind: Any, name: str) -> Any:
    """The value of a property; PySide6 has no converter for some enums, then its getter is asked."""
    try:
        return behind.property(name)
    except RuntimeError:
        return getattr(behind, name)()


def write_property(behind: Any, name: str, value: Any) -> None:
    """Set a property.

    Raises:
        ValueError: Qt does not accept the value.
    """
    if not behind.setProperty(name, list(value) if isinstance(value, tuple) else value):
        raise ValueError(f"Property {name!r} of {type(behind).__name__} does not accept {value!r}")


def wrap(value: Any) -> Any:
    """From PySide6 to Python in Slicer."""
    if isinstance(value, enum.Enum):
        return EnumValue(value)
    if isinstance(value, list | tuple):
        return tuple(map(wrap, value))
    return Wrapped(value) if isinstance(value, shiboken6.Object) else value


def unwrap(value: Any) -> Any:
    """From Python in Slicer to PySide6."""
    if isinstance(value, EnumValue):
        return value.member
    if isinstance(value, list | tuple):
        return type(value)(map(unwrap, value))
    return value._behind if isinstance(value, Wrapped) else value
