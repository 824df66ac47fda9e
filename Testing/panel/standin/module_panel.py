"""The module's panel as Slicer makes it: module object, module widget, setup, enter."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import slicer
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QWidget

from Testing.panel.standin.pythonqt import Wrapped, unwrap
from Testing.panel.standin.scripted import qSlicerScriptedLoadableModule, qSlicerScriptedLoadableModuleWidget
from Testing.panel.standin.window import Standin

MODULE = Path(__file__).resolve().parents[3] / "TumorResponse/TumorResponse.py"
SIZE = (520, 1600)


def load_module() -> ModuleType:
    """The module file, imported as Slicer does at its start."""
    spec = importlib.util.spec_from_file_location("TumorResponse", MODULE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["TumorResponse"] = module
    spec.loader.exec_module(module)
    return module


class Panel:
    """The panel in the main window, and a user's hands."""

    def __init__(self, window: Standin) -> None:
        self.window = window
        self.module = load_module()
        self.description = Wrapped(qSlicerScriptedLoadableModule())
        self.module.TumorResponse(self.description)
        self._place = qSlicerScriptedLoadableModuleWidget()
        area = QScrollArea()
        area.setWidget(self._place)
        area.setWidgetResizable(True)
        window.main_window.setCentralWidget(area)
        window.main_window.resize(*SIZE)
        self.widget: Any = self.module.TumorResponseWidget(Wrapped(self._place))
        self._place.widget = self.widget
        slicer.modules.TumorResponseWidget = self.widget
        self.widget.setup()
        window.main_window.show()
        self.enter()
        window.run_events(0.05)

    @property
    def ui(self) -> Any:
        """The widgets of the .ui file by name."""
        return self.widget.ui

    def enter(self) -> None:
        """Come to the module."""
        self._place.enter()

    def exit(self) -> None:
        """Go to another module."""
        self._place.exit()

    def close_scene(self) -> None:
        """File, Close Scene."""
        self.window.scene.Clear()
        self.window.run_events()

    def find(self, name: str) -> Wrapped:
        """A widget by its object name, also one that is not of the .ui file."""
        found = self._place.findChild(QObject, name)
        assert found is not None, f"The panel has no {name}"
        return Wrapped(found)

    def qt(self, widget: Wrapped) -> Any:
        """The PySide6 object behind a widget."""
        return unwrap(widget)

    def click(self, button: Wrapped) -> None:
        """Click as a user: the button must be seen and enabled."""
        widget: QWidget = unwrap(button)
        assert widget.isVisible(), f"{widget.objectName()} is not visible"
        assert widget.isEnabled(), f"{widget.objectName()} is not enabled: {widget.toolTip()}"
        if isinstance(widget, QAbstractButton):
            widget.click()
        else:
            QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
        self.window.run_events()

    def screenshot(self, name: str) -> Path:
        """A picture of the whole panel."""
        folder = Path(os.environ.get("TUMOR_RESPONSE_SCREENSHOTS") or self.window.folder)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        self.window.run_events(0.05)
        assert self._place.grab().save(str(path)), path
        return path

    def close(self) -> None:
        """The module is unloaded."""
        if self._place.property("isEntered"):
            self.exit()
        self.widget.cleanup()


def open_panel(window: Standin) -> Iterator[Panel]:
    """The panel for one test."""
    panel = Panel(window)
    yield panel
    panel.close()
