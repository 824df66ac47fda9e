"""Widgets of Slicer over real MRML nodes, as far as the panel uses them."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6.QtCore import Property
from PySide6.QtCore import Signal as QtSignal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget
from slicer import vtkMRMLNode, vtkMRMLScene

from Testing.panel.standin.kept import kept

STRING_LIST: Any = "QStringList"
"""Qt's name of a type, which PySide6's stubs do not take."""


class qMRMLWidget(QWidget):
    """A widget that hands its scene on to those connected to it."""

    mrmlSceneChanged = QtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: vtkMRMLScene | None = None

    def setMRMLScene(self, scene: vtkMRMLScene | None) -> None:
        """Change the scene."""
        self._scene = scene
        self.mrmlSceneChanged.emit(scene)

    def mrmlScene(self) -> vtkMRMLScene | None:
        """The scene."""
        return self._scene


def _refreshing(box: weakref.ref[qMRMLNodeComboBox]) -> Callable[..., None]:
    """The scene outlives its selectors and must not keep them."""

    def observe(*arguments: Any) -> None:
        found = box()
        if found is not None and shiboken6.isValid(found):
            found._refresh()

    return observe


class qMRMLNodeComboBox(QWidget):
    """A choice of one node of the scene; without a scene it stays empty, as in Slicer."""

    currentNodeChanged: Any = QtSignal((object,), (bool,))  # type: ignore[arg-type]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: vtkMRMLScene | None = None
        self._observers: list[int] = []
        self._types: list[str] = []
        self._none = False
        self._kept: dict[str, Any] = {}
        self._nodes: list[vtkMRMLNode | None] = []
        self._shown: vtkMRMLNode | None = None
        self._box = QComboBox(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._box)
        self._box.currentIndexChanged.connect(self._chosen)

    def setMRMLScene(self, scene: vtkMRMLScene | None) -> None:
        """Offer the nodes of a scene."""
        if self._scene is not None:
            for tag in self._observers:
                self._scene.RemoveObserver(tag)
        self._scene = scene
        self._observers = []
        if scene is not None:
            events = (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndCloseEvent, scene.EndImportEvent)
            observer = _refreshing(weakref.ref(self))
            self._observers = [scene.AddObserver(event, observer) for event in events]
        self._refresh()

    def _refresh(self) -> None:
        current = self._shown
        nodes: list[vtkMRMLNode | None] = [None] if self._none else []
        if self._scene is not None:
            every = [self._scene.GetNthNode(index) for index in range(self._scene.GetNumberOfNodes())]
            nodes += [node for node in every if not node.GetHideFromEditors() and self._offers(node)]
        blocked = self._box.blockSignals(True)
        self._nodes = nodes
        self._box.clear()
        self._box.addItems([self.noneDisplay if node is None else node.GetName() or "" for node in nodes])
        kept = nodes.index(current) if current in nodes else (0 if nodes else -1)
        self._box.setCurrentIndex(kept)
        self._box.blockSignals(blocked)
        self._chosen(kept)

    def _offers(self, node: vtkMRMLNode) -> bool:
        children = self.showChildNodeTypes
        return any(node.IsA(kind) if children else node.GetClassName() == kind for kind in self._types)

    def _chosen(self, index: int) -> None:
        node = self._nodes[index] if index >= 0 else None
        if node is self._shown:
            return
        self._shown = node
        self.currentNodeChanged[object].emit(node)
        self.currentNodeChanged[bool].emit(node is not None)

    def currentNode(self) -> vtkMRMLNode | None:
        """The chosen node."""
        return self._shown

    def setCurrentNode(self, node: vtkMRMLNode | str | None) -> None:
        """Choose a node, or the node with an ID."""
        if isinstance(node, str):
            node = self._scene.GetNodeByID(node) if self._scene is not None and node else None
        index = self._nodes.index(node) if node in self._nodes else -1
        self._box.setCurrentIndex(index)

    def _node_types(self) -> list[str]:
        return self._types

    def _set_node_types(self, names: list[str]) -> None:
        self._types = list(names)
        self._refresh()

    def _none_enabled(self) -> bool:
        return self._none

    def _set_none_enabled(self, enabled: bool) -> None:
        self._none = enabled
        self._refresh()

    nodeTypes = Property(STRING_LIST, _node_types, _set_node_types)
    noneEnabled = Property(bool, _none_enabled, _set_none_enabled)
    noneDisplay = kept("noneDisplay", str, "None")
    showChildNodeTypes = kept("showChildNodeTypes", bool, True)
    addEnabled = kept("addEnabled", bool, True)
    removeEnabled = kept("removeEnabled", bool, True)
    renameEnabled = kept("renameEnabled", bool, False)
