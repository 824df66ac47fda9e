"""Slicer's modules and its main window for one test."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import slicer
import slicer.util
from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QEventLoop, QSettings
from PySide6.QtWidgets import QMainWindow, QMessageBox, QWidget

from Testing.panel.standin import ctk_widgets, mrml_widgets, parameters, scripted, segment_editor
from Testing.panel.standin.application import qSlicerApplication
from Testing.panel.standin.data import SampleDataLogic, export_node
from Testing.panel.standin.lookup import API
from Testing.panel.standin.pythonqt import Wrapped, wrap
from Testing.panel.standin.qt_module import QtClass, QtModule
from Testing.panel.standin.ui_file import load_ui
from TumorResponseLib.mrml.scene import new_scene

POSITIVE = (QMessageBox.StandardButton.Ok, QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.Retry)


class Standin:
    """What a test may ask of the window, and say in the user's place."""

    def __init__(self, app: qSlicerApplication, folder: Path) -> None:
        self.behind = app
        self.app = Wrapped(app)
        self.folder = folder
        self.scene = new_scene()
        self.main_window = QMainWindow()
        self.shown: list[tuple[str, str]] = []
        self.errors: list[BaseException] = []
        self.chosen: list[str] = []
        self.installed: list[str] = []
        self.samples = SampleDataLogic()
        self._answers: list[bool] = []
        app.begin(self.scene)

    def answer(self, agreed: bool) -> None:
        """Answer the next question with yes or no."""
        self._answers.append(agreed)

    def choose(self, path: str | Path) -> None:
        """Choose a file or folder in the next dialog; several for one that takes several."""
        self.chosen.append(str(path))

    def wait_until(self, condition: Callable[[], bool], seconds: float = 5.0) -> None:
        """Run the event loop until the condition holds.

        Raises:
            TimeoutError: it never does, or an exception was raised in a slot meanwhile.
        """
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end or self.errors:
                raise TimeoutError(f"{seconds} s have passed, or a slot has raised: {self.errors}")
            self.run_events(0.01)

    def run_events(self, seconds: float = 0.0) -> None:
        """Handle events for a time."""
        end = QDeadlineTimer(round(seconds * 1000))
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
        while not end.hasExpired():
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
            time.sleep(0.002)

    def collect(self, kind: type[BaseException], error: BaseException, trace: Any) -> None:
        """An exception that nobody catches: in a slot, a timer or an observer."""
        self.errors.append(error)
        sys.__excepthook__(kind, error, trace)

    def message(self, level: int, text: str, testing_value: object, **options: Any) -> Any:
        """A message box: kept for the test, which has answered it beforehand."""
        buttons = options.get("standardButtons")
        self.shown.append(("question" if testing_value is not None else "message", text))
        offered = [button for button in POSITIVE if buttons is not None and int(buttons) & button.value]
        if testing_value is None:
            return None
        if not self._answers:
            raise AssertionError(f"The panel asks, and the test has not said what to answer: {text}")
        return wrap(offered[0]) if self._answers.pop(0) else None

    def status(self, text: str, duration: int = 0) -> None:
        """A line at the foot of the main window."""
        self.shown.append(("status", text))
        self.main_window.statusBar().showMessage(text, duration)


def classes_of(module: ModuleType) -> dict[str, type[QWidget]]:
    """The stand-in's classes of one file by name."""
    return {name: cls for name, cls in vars(module).items() if name in API.classes and isinstance(cls, type)}


def install(standin: Standin, patch: pytest.MonkeyPatch) -> None:
    """Put the modules where the panel imports them from."""
    ctk, of_slicer = classes_of(ctk_widgets), {**classes_of(mrml_widgets), **classes_of(segment_editor)}
    module_widget = scripted.qSlicerScriptedLoadableModuleWidget
    modules = {
        "qt": QtModule(standin.chosen),
        "ctk": _module("ctk", {name: QtClass(cls) for name, cls in ctk.items()}),
        "SampleData": _module("SampleData", {"SampleDataLogic": standin.samples}),
        "slicer.i18n": _module("slicer.i18n", {"tr": str, "translate": lambda context, text: text}),
        "slicer.parameterNodeWrapper": _module("slicer.parameterNodeWrapper", parameters.NAMES),
        "slicer.ScriptedLoadableModule": _module(
            "slicer.ScriptedLoadableModule",
            {name: vars(scripted)[name] for name in vars(scripted) if name.startswith("ScriptedLoadableModule")},
        ),
    }
    for name, module in modules.items():
        patch.setitem(sys.modules, name, module)
        if name.startswith("slicer."):
            patch.setattr(slicer, name.partition(".")[2], module, raising=False)
    namespace = {
        "app": standin.app,
        "mrmlScene": standin.scene,
        "modules": SimpleNamespace(),
        **{name: QtClass(cls) for name, cls in {**of_slicer, module_widget.__name__: module_widget}.items()},
    }
    for name, value in namespace.items():
        patch.setattr(slicer, name, value, raising=False)
    # The wheel carries Slicer's own slicer.util; only what opens windows, installs or needs Slicer's files is replaced.
    patch.setattr(ctk_widgets.QFileDialog, "getExistingDirectory", modules["qt"].QFileDialog.getExistingDirectory)
    patch.setattr(slicer.util, "loadUI", lambda path: Wrapped(load_ui(path, {**ctk, **of_slicer})))
    patch.setattr(slicer.util, "mainWindow", lambda: Wrapped(standin.main_window))
    patch.setattr(slicer.util, "showStatusMessage", standin.status)
    patch.setattr(slicer.util, "_messageDisplay", standin.message)
    patch.setattr(slicer.util, "pip_install", standin.installed.append)
    patch.setattr(slicer.util, "exportNode", export_node)
    # The user's documents, too, are empty folders of the test.
    patch.setenv("HOME", str(standin.folder))
    patch.setattr(sys, "excepthook", standin.collect)
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(standin.folder))


def _module(name: str, content: dict[str, Any]) -> ModuleType:
    """A module that holds some names."""
    module = ModuleType(name)
    vars(module).update(content)
    return module


def forget_panel() -> None:
    """The panel's modules hold names of this test's window: the next test imports them anew."""
    for name in [name for name in sys.modules if name == "TumorResponse" or name.startswith("TumorResponseLib.panel")]:
        del sys.modules[name]


def open_window(app: qSlicerApplication, folder: Path) -> Iterator[Standin]:
    """The window for one test; what went wrong unseen fails it at its end.

    Raises:
        AssertionError: an exception in a slot, a wrong signal.
    """
    standin = Standin(app, folder)
    with pytest.MonkeyPatch.context() as patch:
        install(standin, patch)
        yield standin
        standin.run_events()
        # The scene may go later than this test, and tells its observers then.
        standin.scene.RemoveAllObservers()
        forget_panel()
    standin.main_window.close()
    standin.main_window.deleteLater()
    standin.run_events()
    assert not standin.errors, f"Raised where nobody catches: {standin.errors}"
