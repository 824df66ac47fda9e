"""Clicks on the image, one voxel each."""

from __future__ import annotations

import numpy as np
from slicer import vtkMRMLMarkupsFiducialNode, vtkMRMLScalarVolumeNode, vtkMRMLScene

from TumorResponseLib.mrml.nodes import display_of, drop_role, ensure_node
from TumorResponseLib.mrml.presenting.placing import end_placing, is_placing, let_place
from TumorResponseLib.mrml.volumes import index_points

CLICK_ROLE = "click"
NAME = "Click"


class VoxelClicks:
    """The point that the user's click leaves until it is taken."""

    def __init__(self, scene: vtkMRMLScene) -> None:
        self._scene = scene
        self._node: vtkMRMLMarkupsFiducialNode | None = None

    @property
    def node(self) -> vtkMRMLMarkupsFiducialNode | None:
        """The node, unless it is gone from the scene."""
        return self._node if self._node is not None and self._node.GetScene() is self._scene else None

    def start(self, volume_node: vtkMRMLScalarVolumeNode) -> vtkMRMLMarkupsFiducialNode:
        """From now on each click in a view is one to be taken."""
        self.end()
        node, _ = ensure_node(self._scene, "vtkMRMLMarkupsFiducialNode", CLICK_ROLE, NAME)
        node.SetAndObserveTransformNodeID(volume_node.GetTransformNodeID())
        node.SetSaveWithScene(False)
        display_of(node).SetPointLabelsVisibility(False)
        self._node = node
        let_place(self._scene, node, again=True)
        return node

    def take(self, volume_node: vtkMRMLScalarVolumeNode) -> tuple[int, ...] | None:
        """Array index of the voxel that was clicked last, which may lie outside of the image; None for no click.

        Where the user has taken another tool, such as the brush, clicks are ended.
        """
        node = self.node
        if node is None or node.GetNumberOfDefinedControlPoints() == 0:
            if node is not None and not is_placing(self._scene, node):
                self.end()
            return None
        point = np.array([node.GetNthControlPointPosition(node.GetNumberOfDefinedControlPoints() - 1)])
        node.RemoveAllControlPoints()
        (index,) = index_points(volume_node, point)
        return tuple(int(each) for each in np.rint(index))

    def end(self) -> None:
        """Take no more clicks."""
        if self.node is not None:
            end_placing(self._scene, self.node)
            drop_role(self._scene, CLICK_ROLE)
        self._node = None
