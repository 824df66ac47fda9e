"""``slicer.app`` and the window around the panel."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Property, QObject
from PySide6.QtCore import Signal as QtSignal
from PySide6.QtWidgets import QApplication, QWidget
from slicer import vtkMRMLLayoutLogic, vtkMRMLLayoutNode, vtkMRMLScene, vtkMRMLSliceCompositeNode, vtkMRMLSliceNode

SLICE_VIEWS = ("Red", "Green", "Yellow")


class qMRMLSliceWidget(QWidget):
    """A slice view: its nodes, no picture."""

    def __init__(self, slice_node: vtkMRMLSliceNode, composite_node: vtkMRMLSliceCompositeNode) -> None:
        super().__init__()
        self._slice_node = slice_node
        self._composite_node = composite_node

    def mrmlSliceNode(self) -> vtkMRMLSliceNode:
        """Where the view cuts."""
        return self._slice_node

    def mrmlSliceCompositeNode(self) -> vtkMRMLSliceCompositeNode:
        """Which volumes the view shows."""
        return self._composite_node


class qSlicerLayoutManager(QObject):
    """The layout and its three slice views."""

    def __init__(self, scene: vtkMRMLScene) -> None:
        super().__init__()
        self._logic = vtkMRMLLayoutLogic()
        self._logic.SetMRMLScene(scene)
        self._node = self._logic.GetLayoutNode()
        self._node.SetViewArrangement(vtkMRMLLayoutNode.SlicerLayoutFourUpView)
        views = [scene.GetFirstNodeByName(name) for name in SLICE_VIEWS]
        self._views = {view.GetName(): qMRMLSliceWidget(view, _composite_node(scene, view)) for view in views}

    def _layout(self) -> int:
        return self._node.GetViewArrangement()

    def setLayout(self, layout: int) -> None:
        """Change the arrangement of the views."""
        if layout != self._layout():
            self._node.SetViewArrangement(layout)

    layout = Property(int, _layout, setLayout)

    def sliceViewNames(self) -> list[str]:
        """Names of the slice views."""
        return list(self._views)

    def sliceWidget(self, name: str) -> qMRMLSliceWidget | None:
        """One slice view."""
        return self._views.get(name)

    def resetSliceViews(self) -> None:
        """Fit the views to their volumes; there is no picture here."""

    def resetThreeDViews(self) -> None:
        """Bring all of the scene into the 3-D views; there is no picture here."""


def _composite_node(scene: vtkMRMLScene, view: vtkMRMLSliceNode) -> vtkMRMLSliceCompositeNode:
    """What a view shows; Slicer's slice logic makes this node, and it stays when the scene is closed."""
    node = vtkMRMLSliceCompositeNode()
    node.SetName(view.GetName())
    node.SetSingletonTag(view.GetName())
    node.SetLayoutName(view.GetLayoutName())
    return scene.AddNode(node)


class qSlicerApplication(QApplication):
    """The one application of the process; each test gives it a scene."""

    startupCompleted = QtSignal()

    def __init__(self) -> None:
        super().__init__(["Slicer"])
        self.setApplicationName("Slicer")
        self.setOrganizationName("TumorResponseTests")
        self._scene: vtkMRMLScene | None = None
        self._layout_manager: qSlicerLayoutManager | None = None

    def testingEnabled(self) -> bool:
        """False: the panel runs as it does for a user, and ``slicer.util`` shows errors."""
        return False

    def begin(self, scene: vtkMRMLScene) -> None:
        """Start anew with an empty scene."""
        self._scene = scene
        self._layout_manager = qSlicerLayoutManager(scene)

    def mrmlScene(self) -> Any:
        """The scene."""
        return self._scene

    def layoutManager(self) -> qSlicerLayoutManager | None:
        """The views."""
        return self._layout_manager

    def restart(self) -> None:
        """Slicer would end here and start again."""
        self.setProperty("restarted", True)
