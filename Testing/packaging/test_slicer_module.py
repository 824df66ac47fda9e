"""The module file: it loads, it keeps Slicer's conventions, and the names that it uses exist."""

from __future__ import annotations

import ast
import importlib
import json
import runpy
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from Testing.packaging.imports import REPOSITORY, imports_of

MODULE = REPOSITORY / "TumorResponse/TumorResponse.py"
API_FILE = REPOSITORY.parent / "shared/slicer/slicer_api.json"


class Base:
    """Stands for Slicer's base classes."""

    def __init__(self, *arguments: Any) -> None:
        self.parent = arguments[0] if arguments else None


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of the module file, run as Slicer runs it at start-up."""
    bases = {f"ScriptedLoadableModule{suffix}": Base for suffix in ("", "Widget", "Logic", "Test")}
    used: dict[str, Any] = dict.fromkeys(("childWidgetVariables", "loadUI"))
    used["VTKObservationMixin"] = type("VTKObservationMixin", (), {})
    stubs: dict[str, dict[str, Any]] = {
        "slicer": {"__path__": [], "app": SimpleNamespace(connect=lambda signal, receiver: True)},
        "slicer.i18n": {"tr": str, "translate": lambda context, text: text},
        "slicer.ScriptedLoadableModule": bases,
        "slicer.util": used,
    }
    for name, content in stubs.items():
        stub = ModuleType(name)
        vars(stub).update(content)
        monkeypatch.setitem(sys.modules, name, stub)
    monkeypatch.delitem(sys.modules, "TumorResponseLib.panel.packages", raising=False)
    return runpy.run_path(str(MODULE))


def test_says_what_slicer_shows(module: dict[str, Any]) -> None:
    parent = SimpleNamespace()
    module["TumorResponse"](parent)
    assert parent.title == "Tumor Response"
    assert parent.categories == ["Quantification"]
    assert parent.contributors
    assert "Research use only" in parent.helpText
    assert parent.acknowledgementText


def test_has_the_four_classes_that_slicer_looks_for() -> None:
    nodes = ast.parse(MODULE.read_text(encoding="utf-8")).body
    assert {node.name: ast.unparse(node.bases[0]) for node in nodes if isinstance(node, ast.ClassDef)} == {
        f"TumorResponse{suffix}": f"ScriptedLoadableModule{suffix}" for suffix in ("", "Widget", "Logic", "Test")
    }


def test_imports_nothing_heavy_at_startup() -> None:
    at_startup = {found.top for found in imports_of(MODULE) if not found.lazy}
    assert at_startup <= {"__future__", "collections", "pathlib", "sys", "tempfile", "time", "typing", "slicer"}


def test_what_it_takes_from_the_library_exists() -> None:
    # The panel's own tests import the panel, where Qt is.
    found = [found.module for found in imports_of(MODULE) if found.layer not in {None, "panel"}]
    taken = [name.rpartition(".") for name in found]
    assert taken
    assert [f"{file}.{name}" for file, _, name in taken if not hasattr(importlib.import_module(file), name)] == []


@pytest.mark.parametrize(("answer", "missing"), [(True, True), (False, True), (True, False)])
def test_slicer_without_packaging_asks_before_it_installs(
    module: dict[str, Any], monkeypatch: pytest.MonkeyPatch, answer: bool, missing: bool
) -> None:
    installed: list[str] = []
    told: list[str] = []
    util = ModuleType("slicer.util")
    vars(util).update(confirmOkCancelDisplay=lambda text, **more: answer, pip_install=installed.append, restart=None)
    vars(util).update(showStatusMessage=told.append)
    monkeypatch.setitem(sys.modules, "slicer.util", util)
    packages = importlib.import_module("TumorResponseLib.panel.packages")
    monkeypatch.setattr(packages, "missing", lambda path: ["not-imported-yet>=3"] if missing else [])
    logic = module["TumorResponseLogic"]()
    if missing and not answer:
        with pytest.raises(RuntimeError, match="not installed"):
            logic.installPackages()
    else:
        logic.installPackages()
    assert installed == (["not-imported-yet>=3"] if missing and answer else [])
    assert [bool(text) for text in told] == ([True, False] if installed else [])


def test_what_it_takes_from_slicer_exists() -> None:
    if not API_FILE.is_file():
        pytest.skip(f"The names that Slicer has are not on this machine: there is no {API_FILE}.")
    known = json.loads(API_FILE.read_text(encoding="utf-8"))["python"]
    for found in imports_of(MODULE):
        if found.module.startswith("slicer."):
            file, _, name = found.module.rpartition(".")
            assert name in {*known[file]["functions"], *known[file]["classes"]}, found.module
