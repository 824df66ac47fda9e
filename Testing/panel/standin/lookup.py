"""What a name means on a class of Qt, CTK or Slicer, as Python in Slicer sees it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QMetaMethod, QMetaObject, QObject

from Testing.panel.standin.api import Api, ApiClass

API = Api.excerpt()
DECORATED = ("connect", "className", "name")
"""What PythonQt gives every QObject besides Qt's own; ``name`` is the object's name, and slicer.util relies on it."""


class NotOffered(NotImplementedError):
    """Slicer has this name, the stand-in does not have it yet."""


def qt_class(cls: type) -> type:
    """The class itself when it is Qt's own, or the first such base."""
    return next(base for base in cls.__mro__ if base.__module__.startswith(("PySide6", "Shiboken")))


def identity(behind: Any) -> tuple[str, type]:
    """Name of an object's class, and Qt's own class that it is or descends from."""
    return type(behind).__name__, qt_class(type(behind))


def look_up(cls: type, name: str) -> tuple[str, ApiClass | None]:
    """What a name of a class of the stand-in is, see ``classify``.

    Raises:
        AttributeError: Python in Slicer has no such name.
        NotOffered: Slicer has it and the stand-in not yet.
    """
    kind, owner = classify(cls.__name__, qt_class(cls), name)
    if owner is not None and not hasattr(cls, name):
        raise NotOffered(f"{owner.name}.{name}: add it to the stand-in")
    return kind, owner


def classify(class_name: str, base: type, name: str) -> tuple[str, ApiClass | None]:
    """What a name of a class is: property, signal, method or one of ``DECORATED``.

    Args:
        class_name: of Qt, CTK or Slicer.
        base: the class itself when it is Qt's own, or the first such base.
        name: an attribute.

    Returns:
        That, and the class of CTK or Slicer that has the name; None when it is Qt's.

    Raises:
        AttributeError: Python in Slicer has no such name.
    """
    entries = API.lineage(class_name)
    for entry in entries:
        for kind, names in (("property", entry.properties), ("signal", entry.signals), ("method", entry.methods)):
            if name in names:
                return kind, entry
    if kind := _kind_in_qt(base, name):
        return kind, None
    if name in DECORATED and issubclass(base, QObject):
        return name, None
    only = " (only C++ may call it)" if any(name in entry.cpp_only for entry in entries) else ""
    raise AttributeError(f"{class_name} has no attribute {name!r}{only}")


def _kind_in_qt(base: type, name: str) -> str:
    """What a name of a class of Qt is; "" when Python in Slicer has no such name."""
    meta = getattr(base, "staticMetaObject", None)
    if meta is not None:
        if meta.indexOfProperty(name) >= 0:
            return "property"
        if _signals(meta, name):
            return "signal"
        # PythonQt leaves out the functions that read a property.
        if name.startswith("is") and meta.indexOfProperty(name[2:3].lower() + name[3:]) >= 0:
            return ""
    return "method" if hasattr(base, name) and not name.startswith("__") and name not in DECORATED else ""


def signatures(class_name: str, base: type, name: str) -> list[str]:
    """Every signature of a signal, the one with most arguments first; none when there is no such signal."""
    for entry in API.lineage(class_name):
        if name in entry.signals:
            return entry.signals[name]
    meta = getattr(base, "staticMetaObject", None)
    return _signals(meta, name) if meta is not None else []


def _signals(meta: QMetaObject, name: str) -> list[str]:
    """Signatures of a signal of Qt."""
    methods = (meta.method(index) for index in range(meta.methodCount()))
    found = [
        method.methodSignature().toStdString()
        for method in methods
        if method.methodType() == QMetaMethod.MethodType.Signal and method.name().toStdString() == name
    ]
    return sorted(found, key=len, reverse=True)


def normalised(signal: str) -> str:
    """A signature without blanks and const references, as Qt compares them."""
    # PySide6's stubs ask for the bytes that it refuses.
    normalised_by_qt: str = QMetaObject.normalizedSignature(signal).toStdString()  # type: ignore[arg-type]
    return normalised_by_qt
