"""The panel runs on a stand-in for Slicer's window: Testing/panel/standin/README.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from Testing.panel.standin.display import application

if TYPE_CHECKING:
    from Testing.panel.hands import Hands
    from Testing.panel.standin.module_panel import Panel
    from Testing.panel.standin.window import Standin

__all__ = ["application"]


@pytest.fixture
def slicer_window(application: Any, tmp_path: Path) -> Iterator[Standin]:
    """Slicer's modules and its main window."""
    from Testing.panel.standin.window import open_window

    yield from open_window(application, tmp_path)


@pytest.fixture
def panel(slicer_window: Standin, tmp_path: Path) -> Iterator[Panel]:
    """The panel, shown and entered; its output folder is a temporary one."""
    from PySide6.QtCore import QSettings

    from Testing.panel.standin.module_panel import open_panel

    QSettings().setValue("TumorResponse/OutputFolder", str(tmp_path / "output"))
    yield from open_panel(slicer_window)


@pytest.fixture
def quick_models(slicer_window: Standin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker runs rule-made models; to be asked for before ``panel``."""
    from Testing.desk.conftest import REPOSITORY, command
    from Testing.session.stand_ins import make_bundle
    from TumorResponseLib.panel import workplace

    for name in ("breast-us-segmentation", "dlrs3"):
        make_bundle(tmp_path / "bundles", name)
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.setattr(workplace, "worker_command", lambda: command(tmp_path / "bundles"))


@pytest.fixture
def hands(quick_models: None, panel: Panel) -> Hands:
    """A user in front of the panel."""
    from Testing.panel.hands import Hands

    return Hands(panel)


@pytest.fixture
def studies(tmp_path: Path) -> Path:
    """A folder of three small studies."""
    from Testing.desk.studies import make_studies

    return make_studies(tmp_path / "studies")
