"""``slicer.ScriptedLoadableModule``: the base classes of a module, and the C++ objects that own them."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path
from typing import Any

import slicer
from PySide6.QtCore import Property, QObject
from PySide6.QtCore import Signal as QtSignal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from Testing.panel.standin.kept import kept


class qSlicerScriptedLoadableModule(QObject):
    """Keeps what Slicer shows about the module."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: dict[str, Any] = {}

    title = kept("title", str, "")
    categories = kept("categories", "QStringList", [])
    contributors = kept("contributors", "QStringList", [])
    dependencies = kept("dependencies", "QStringList", [])
    helpText = kept("helpText", str, "")
    acknowledgementText = kept("acknowledgementText", str, "")
    associatedNodeTypes = kept("associatedNodeTypes", "QStringList", [])
    hidden = kept("hidden", bool, False)


class qSlicerScriptedLoadableModuleWidget(QWidget):
    """The module's place in the window: knows whether it is shown, and tells the Python widget."""

    mrmlSceneChanged = QtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        QVBoxLayout(self)
        self._entered = False
        self.widget: Any = None

    def _is_entered(self) -> bool:
        return self._entered

    isEntered = Property(bool, _is_entered)

    def enter(self) -> None:
        """The user has come to the module."""
        self._entered = True
        if hasattr(self.widget, "enter"):
            self.widget.enter()

    def exit(self) -> None:
        """The user has gone to another module."""
        self._entered = False
        if hasattr(self.widget, "exit"):
            self.widget.exit()


class ScriptedLoadableModule:
    """Base of the module class."""

    def __init__(self, parent: Any) -> None:
        self.parent = parent
        self.moduleName = type(self).__name__

    def resourcePath(self, filename: str) -> str:
        """A file in the module's Resources."""
        return resource_path(type(self), filename)


class ScriptedLoadableModuleWidget:
    """Base of the widget class."""

    def __init__(self, parent: Any = None) -> None:
        self.parent = parent
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.layout = parent.layout()
        self.developerMode = False

    def resourcePath(self, filename: str) -> str:
        """A file in the module's Resources."""
        return resource_path(type(self), filename)

    def setup(self) -> None:
        """Slicer adds its developer section here."""

    def cleanup(self) -> None:
        """Called before the widget goes."""


class ScriptedLoadableModuleLogic:
    """Base of the logic class."""

    def __init__(self, parent: Any = None) -> None:
        self.moduleName = type(self).__name__.removesuffix("Logic")
        self.isSingletonParameterNode = True

    def getParameterNode(self) -> Any:
        """The module's node in the scene, made when it is not there."""
        scene = slicer.mrmlScene
        node = scene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
        return node if node is not None else self.createParameterNode()

    def createParameterNode(self) -> Any:
        """A new node for the module."""
        node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
        node.UnRegister(None)
        node.SetSingletonTag(self.moduleName)
        node.SetModuleName(self.moduleName)
        return slicer.mrmlScene.AddNode(node)


class ScriptedLoadableModuleTest(unittest.TestCase):
    """Base of the test class."""

    def setUp(self) -> None:
        """Each test begins with an empty scene."""
        slicer.mrmlScene.Clear()

    def delayDisplay(self, message: str, requestedDelay: int | None = None, msec: int | None = None) -> None:
        """Slicer shows the message for a moment; here only events are handled."""
        slicer.app.processEvents()


def resource_path(cls: type, filename: str) -> str:
    """A file in Resources beside the file of a class."""
    return str(Path(str(sys.modules[cls.__module__].__file__)).parent / "Resources" / filename)
