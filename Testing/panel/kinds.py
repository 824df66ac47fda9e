"""What an expression of the panel is, as far as its text tells."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from PySide6 import QtCore, QtGui, QtWidgets
from vtkmodules.vtkCommonCore import vtkObject

from Testing.panel.standin.api import argument_types
from Testing.panel.standin.lookup import API, classify

MODULES = ("qt", "ctk", "slicer", "SampleData")
IN_SLICER = {"app": "qSlicerApplication", "mrmlScene": "vtkMRMLScene"}
RESULTS = {"slicer.util.mainWindow": "QMainWindow", "slicer.util.loadUI": "qMRMLWidget"}
"""Functions with the class of what they return."""


class WrongName(Exception):
    """A name that Slicer does not have, or not so."""


@dataclass(frozen=True)
class Kind:
    """``what`` an expression is, and its ``name``.

    what: module (qt), class (QLabel, vtkMRMLScene), object (of such a class), method, function, value (anything else of
    Slicer or Qt), ui (the widgets of the .ui file), panel class, panel object.
    """

    what: str
    name: str
    owner: str = ""


VALUE = Kind("value", "")


def qt_named(name: str) -> type | None:
    """A class of Qt."""
    found = next((getattr(module, name) for module in (QtCore, QtGui, QtWidgets) if hasattr(module, name)), None)
    return found if isinstance(found, type) else None


def widgets_of(ui_file: Path) -> dict[str, str]:
    """Class of each widget and layout of a .ui file by its name."""
    elements = ElementTree.parse(ui_file).iter()
    return {item.attrib["name"]: item.attrib["class"] for item in elements if item.tag in {"widget", "layout"}}


def attribute(base: Kind, name: str) -> Kind | None:
    """What an attribute of a kind is; None when the base is none of Slicer's.

    Raises:
        WrongName: there is no such attribute.
    """
    if base.what == "module":
        return of_module(base.name, name)
    if base.what == "class":
        return _of_class(base.name, name)
    if base.what == "object":
        return of_object(base.name, name)
    return None


def of_module(module: str, name: str) -> Kind:
    """A name of ``qt``, ``ctk``, ``slicer`` or of a module of Slicer.

    Raises:
        WrongName: there is no such name.
    """
    if module == "qt" and (name == "Qt" or (name.startswith("Q") and qt_named(name) is not None)):
        return Kind("class", name)
    if module == "ctk" and name.startswith("ctk") and name in API.classes:
        return Kind("class", name)
    if module == "slicer":
        return _of_slicer(name)
    entry = API.document["python"].get(module, {"functions": {}, "classes": {}})
    if name in entry["functions"]:
        return Kind("function", f"{module}.{name}")
    if name in entry["classes"]:
        return Kind("python class", name, module)
    if module == "slicer.parameterNodeWrapper" and name in API.document["parameter_node_wrapper"]["public_names"]:
        return VALUE
    raise WrongName(f"{module}.{name} is not in Slicer (or not in api.json: run python -m tools.slicer_api)")


def _of_slicer(name: str) -> Kind:
    """A name of the module ``slicer``."""
    if name in IN_SLICER:
        return Kind("object", IN_SLICER[name])
    if name in API.document["submodules"]:
        return Kind("module", f"slicer.{name}")
    if name in API.document["vtk"] or (name in API.classes and not name.startswith("ctk")):
        return Kind("class", name)
    if name in API.document["slicer_namespace"] or name in API.document["vtk_other_class_names"]:
        return VALUE
    raise WrongName(f"slicer.{name} is not in Slicer (or not in api.json: run python -m tools.slicer_api)")


def _of_class(owner: str, name: str) -> Kind:
    """An enum value, constant or static function of a class.

    Raises:
        WrongName: there is none of that name.
    """
    if owner in API.document["vtk"]:
        return of_object(owner, name)
    found = QtCore.Qt if owner == "Qt" else qt_named(API.qt_base(owner))
    assert found is not None, owner
    kinds = [kind for base in found.__mro__ for kind in vars(base).values() if isinstance(kind, type)]
    if any(issubclass(kind, enum.Enum) and name in kind.__members__ for kind in kinds):
        return VALUE
    if owner != "Qt" and callable(getattr(found, name, None)) and not isinstance(getattr(found, name), type):
        return VALUE
    raise WrongName(f"{owner}.{name} does not exist, or only with the enum's own name between")


def of_object(owner: str, name: str) -> Kind:
    """A property, signal or method of an object.

    Raises:
        WrongName: there is none of that name.
    """
    if owner in API.document["vtk"]:
        entry = API.document["vtk"][owner]
        if name in entry["constants"]:
            return VALUE
        if name in entry["methods"] or hasattr(vtkObject, name):
            return Kind("method", name, owner)
        raise WrongName(f"{owner} has no {name}")
    base = qt_named(API.qt_base(owner))
    assert base is not None, owner
    try:
        kind, _ = classify(owner, base, name)
    except AttributeError as error:
        raise WrongName(str(error)) from error
    return Kind(kind, name, owner)


def result(function: Kind) -> Kind | None:
    """What a call gives, where that is known to be of Slicer."""
    if function.what == "class":
        return Kind("object", function.name)
    if function.name == "slicer.util.childWidgetVariables":
        return Kind("ui", "")
    if function.name in RESULTS:
        return Kind("object", RESULTS[function.name])
    if function.what == "method" and function.owner not in API.document["vtk"]:
        for text in _signatures(function):
            returned = text.partition(" -> ")[2].rstrip("*")
            if returned in API.classes or returned in API.document["vtk"]:
                return Kind("object", returned)
    return None


def _signatures(method: Kind) -> list[str]:
    """Signatures of a method of CTK or Slicer; none for Qt's own."""
    return next((entry.methods[method.name] for entry in API.lineage(method.owner) if method.name in entry.methods), [])


def check_call(function: Kind, count: int | None, keywords: set[str]) -> None:
    """Check what a call hands over.

    Args:
        function: what is called.
        count: number of its arguments without keywords; None when a ``*`` hides it.
        keywords: names of the others.

    Raises:
        WrongName: the function does not take that.
    """
    if function.what == "property":
        raise WrongName(f"{function.owner}.{function.name} is a property: it is read without parentheses")
    if function.what == "function":
        module, _, name = function.name.rpartition(".")
        taken = {parameter.rstrip("=") for parameter in API.functions(module)[name]}
        if not any(parameter.startswith("**") for parameter in taken) and keywords - taken:
            raise WrongName(f"{function.name} does not take {', '.join(sorted(keywords - taken))}")
    if function.what in {"method", "class"} and keywords and function.name not in API.document["vtk"]:
        raise WrongName(f"{function.name} takes no keywords")
    if function.what == "class" and function.name in API.classes and not API.classes[function.name].constructible:
        raise WrongName(f"Python cannot make a {function.name}")
    counts = {len(argument_types(text)) for text in _signatures(function)} if function.what == "method" else set()
    if counts and count is not None and count not in counts:
        raise WrongName(f"{function.owner}.{function.name} takes {sorted(counts)} arguments, not {count}")
