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


class Recorder:
    """Stands for Slicer's base classes and Qt's widgets: keeps what it is given."""

    def __init__(self, *arguments: Any) -> None:
        self.parent = arguments[0] if arguments else None
        self.layout = SimpleNamespace(
            addWidget=lambda widget: self.shown.append(widget), addStretch=lambda factor: None
        )
        self.shown: list[Any] = []

    def setup(self) -> None:
        pass

    def setWordWrap(self, wrap: bool) -> None:
        pass

    def setTextInteractionFlags(self, flags: int) -> None:
        pass


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of the module file, run as Slicer runs it at start-up."""
    bases = {f"ScriptedLoadableModule{suffix}": Recorder for suffix in ("", "Widget", "Logic", "Test")}
    stubs: dict[str, dict[str, Any]] = {
        "slicer": {"__path__": []},
        "slicer.i18n": {"tr": str, "translate": lambda context, text: text},
        "slicer.ScriptedLoadableModule": bases,
        "qt": {"QLabel": Recorder, "Qt": SimpleNamespace(TextSelectableByMouse=1)},
    }
    for name, content in stubs.items():
        stub = ModuleType(name)
        vars(stub).update(content)
        monkeypatch.setitem(sys.modules, name, stub)
    return runpy.run_path(str(MODULE))


def test_says_what_slicer_shows(module: dict[str, Any]) -> None:
    parent = SimpleNamespace()
    module["TumorResponse"](parent)
    assert parent.title == "Tumor Response"
    assert parent.categories == ["Quantification"]
    assert parent.contributors
    assert "Research use only" in parent.helpText
    assert parent.acknowledgementText


def test_panel_says_research_use_only(module: dict[str, Any]) -> None:
    widget = module["TumorResponseWidget"](None)
    widget.setup()
    assert "Research use only" in widget.shown[0].parent


def test_has_the_four_classes_that_slicer_looks_for() -> None:
    nodes = ast.parse(MODULE.read_text(encoding="utf-8")).body
    assert {node.name: ast.unparse(node.bases[0]) for node in nodes if isinstance(node, ast.ClassDef)} == {
        f"TumorResponse{suffix}": f"ScriptedLoadableModule{suffix}" for suffix in ("", "Widget", "Logic", "Test")
    }


def test_imports_nothing_heavy_at_startup() -> None:
    at_startup = {found.top for found in imports_of(MODULE) if not found.lazy}
    assert at_startup <= {"__future__", "pathlib", "typing", "qt", "slicer"}


def test_what_it_takes_from_the_library_exists() -> None:
    taken = [found.module.rpartition(".") for found in imports_of(MODULE) if found.top == "TumorResponseLib"]
    assert taken
    assert [f"{file}.{name}" for file, _, name in taken if not hasattr(importlib.import_module(file), name)] == []


@pytest.mark.parametrize(("answer", "missing"), [(True, True), (False, True), (True, False)])
def test_slicer_without_packaging_asks_before_it_installs(
    module: dict[str, Any], monkeypatch: pytest.MonkeyPatch, answer: bool, missing: bool
) -> None:
    installed: list[str] = []
    util = ModuleType("slicer.util")
    vars(util).update(confirmOkCancelDisplay=lambda text: answer, pip_install=installed.append)
    monkeypatch.setitem(sys.modules, "slicer.util", util)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if missing else name)
    logic = module["TumorResponseLogic"]()
    if missing and not answer:
        with pytest.raises(RuntimeError, match="not installed"):
            logic.installPackages()
    else:
        logic.installPackages()
    assert [text.endswith('requirements.txt"') for text in installed] == ([True] if missing and answer else [])


def test_what_it_takes_from_slicer_exists() -> None:
    if not API_FILE.is_file():
        pytest.skip(f"The names that Slicer has are not on this machine: there is no {API_FILE}.")
    known = json.loads(API_FILE.read_text(encoding="utf-8"))["python"]
    for found in imports_of(MODULE):
        if found.top == "slicer":
            file, _, name = found.module.rpartition(".")
            assert name in {*known[file]["functions"], *known[file]["classes"]}, found.module
