"""A line drawn on the image's depth scale, to learn how many millimetres a pixel measures."""

from __future__ import annotations

import numpy as np
from slicer import vtkMRMLMarkupsLineNode, vtkMRMLScalarVolumeNode, vtkMRMLScene

from TumorResponseLib.core.recist import Axis
from TumorResponseLib.mrml.nodes import display_of, drop_role, ensure_node
from TumorResponseLib.mrml.presenting.placing import end_placing, let_place
from TumorResponseLib.mrml.volumes import index_points

CALIBRATION_ROLE = "calibration"
NAME = "Calibration"
COLOUR = (1.0, 0.6, 0.1)


class CalibrationLine:
    """The line from the first click to the last."""

    def __init__(self, scene: vtkMRMLScene) -> None:
        self._scene = scene
        self._node: vtkMRMLMarkupsLineNode | None = None

    @property
    def node(self) -> vtkMRMLMarkupsLineNode | None:
        """The node, unless it is gone from the scene."""
        return self._node if self._node is not None and self._node.GetScene() is self._scene else None

    def start(self, volume_node: vtkMRMLScalarVolumeNode) -> vtkMRMLMarkupsLineNode:
        """A line without points; the next two clicks in a view place them."""
        self.end()
        node, _ = ensure_node(self._scene, "vtkMRMLMarkupsLineNode", CALIBRATION_ROLE, NAME)
        node.SetAndObserveTransformNodeID(volume_node.GetTransformNodeID())
        node.SetSaveWithScene(False)
        display = display_of(node)
        display.SetSelectedColor(*COLOUR)
        display.SetPointLabelsVisibility(False)
        display.SetPropertiesLabelVisibility(False)  # what it measures is not known yet
        self._node = node
        let_place(self._scene, node)
        return node

    def ends(self, volume_node: vtkMRMLScalarVolumeNode) -> Axis | None:
        """Both ends in array index order, fractions of a pixel included; None while one is missing."""
        node = self.node
        if node is None or node.GetNumberOfDefinedControlPoints() != 2:
            return None
        points = np.array([node.GetNthControlPointPosition(index) for index in range(2)])
        start, stop = (tuple(map(float, point)) for point in index_points(volume_node, points))
        return start, stop

    def end(self) -> None:
        """Remove the line and leave the placing of points."""
        if self.node is not None:
            end_placing(self._scene, self.node)
            drop_role(self._scene, CALIBRATION_ROLE)
        self._node = None
