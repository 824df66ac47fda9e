"""Packages: which are asked for, when, and that nothing happens unasked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from Testing.panel.hands import Hands

if TYPE_CHECKING:
    from Testing.panel.standin.module_panel import Panel
    from Testing.panel.standin.window import Standin


NOT_BROUGHT = ("gdcm", "jinja2", "jsonschema", "markdown_it", "markupsafe", "onnxruntime", "pydicom", "skimage")
"""By Slicer 5.10: its pydicom is 2.4, which lacks what reading needs."""


@pytest.fixture
def packages(slicer_window: Standin) -> ModuleType:
    """The module under test."""
    from TumorResponseLib.panel import packages

    return packages


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """A requirements file."""
    path = tmp_path / "requirements.txt"
    path.write_text("# comment\nnumpy>=2.0\nonnxruntime>=1.20\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("installed", "driver", "runtime"),
    [
        ({}, None, "onnxruntime>=1.20"),
        ({}, "/usr/bin/nvidia-smi", "onnxruntime-gpu[cuda,cudnn]>=1.20"),
        ({"onnxruntime": "1.22"}, "/usr/bin/nvidia-smi", "onnxruntime>=1.20"),
        ({"onnxruntime-gpu": "1.22"}, None, "onnxruntime-gpu[cuda,cudnn]>=1.20"),
    ],
)
def test_runtime_suits_the_machine_and_never_comes_twice(
    packages: ModuleType,
    asked: Path,
    monkeypatch: pytest.MonkeyPatch,
    installed: dict[str, str],
    driver: str | None,
    runtime: str,
) -> None:
    def version(name: str) -> str:
        if name not in installed:
            raise PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(packages, "version", version)
    monkeypatch.setattr(packages, "which", lambda name: driver)
    assert packages.requirements(asked) == ["numpy>=2.0", runtime]
    assert packages.missing(asked) == ["numpy>=2.0", *([] if installed else [runtime])]


def test_too_old_a_package_is_missing(packages: ModuleType, asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"numpy": "1.26.4", "onnxruntime": "1.22", "onnxruntime-gpu": "1.22"}
    monkeypatch.setattr(packages, "version", versions.__getitem__)
    assert packages.missing(asked) == ["numpy>=2.0"]


@pytest.fixture
def bare_slicer(slicer_window: Standin) -> Iterator[None]:
    """Only what Slicer 5.10 brings can be imported, and nothing of the library has been."""
    loaded = dict(sys.modules)
    for name in loaded:
        if name.partition(".")[0] in {"TumorResponseLib", *NOT_BROUGHT}:
            del sys.modules[name]
    sys.modules.update(dict.fromkeys(NOT_BROUGHT))  # type: ignore[arg-type]  # None: an import of it fails
    yield
    for name in set(sys.modules) - set(loaded):
        del sys.modules[name]
    sys.modules.update(loaded)


@pytest.mark.usefixtures("bare_slicer")
def test_panel_comes_up_without_packages_and_declining_is_told_in_a_sentence(
    slicer_window: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    from Testing.panel.standin.module_panel import open_panel
    from TumorResponseLib.panel import packages

    def decline(path: Path) -> None:
        raise RuntimeError("User declined package installation")

    monkeypatch.setattr(packages, "missing", lambda path: ["onnxruntime>=1.20"])
    monkeypatch.setattr(packages, "ensure", decline)
    panels = open_panel(slicer_window)
    panel: Panel = next(panels)
    panel.module.registerSamples()
    panel.close_scene()
    panel.exit()
    panel.enter()
    assert panel.widget.panel.workplace.desk is None
    Hands(panel).open_sample()
    assert "declined" in panel.ui.messageLabel.text
    assert panel.widget.panel.workplace.desk is None
    assert next(panels, None) is None


@pytest.mark.usefixtures("slicer_window")
@pytest.mark.parametrize("found", ["/opt/Slicer/bin/PythonSlicer", None])
def test_worker_is_started_by_slicers_python_with_the_models(
    found: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from TumorResponseLib.panel import workplace

    monkeypatch.setattr(workplace, "which", lambda name: found if name == "PythonSlicer" else None)
    python, *arguments = workplace.worker_command()
    assert python == (found or sys.executable)
    assert "TumorResponseLib.worker" in arguments
    assert any(Path(argument, "dlrs3").is_dir() for argument in arguments)
