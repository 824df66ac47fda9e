"""The tumour's diameters as lines in the views."""

from __future__ import annotations

import numpy as np
from slicer import vtkMRMLMarkupsLineNode, vtkMRMLScalarVolumeNode, vtkMRMLScene

from TumorResponseLib.core.recist import Axis
from TumorResponseLib.mrml.nodes import display_of, ensure_node
from TumorResponseLib.mrml.volumes import world_points

LONG_ROLE = "long-diameter"
SHORT_ROLE = "short-diameter"
NAMES = {LONG_ROLE: "Long diameter", SHORT_ROLE: "Short diameter"}
COLOUR = (1.0, 1.0, 1.0)


def middle_of(line_node: vtkMRMLMarkupsLineNode) -> tuple[float, float, float]:
    """Half way between both ends, in RAS in mm."""
    first, second = (np.array(line_node.GetNthControlPointPositionWorld(end)) for end in (0, 1))
    right, front, up = ((first + second) / 2).tolist()
    return right, front, up


def add_diameter(
    scene: vtkMRMLScene, role: str, ends: Axis, volume_node: vtkMRMLScalarVolumeNode, *, locked: bool = True
) -> vtkMRMLMarkupsLineNode:
    """A diameter as a line whose label says its length in mm, made once and then updated.

    Args:
        scene: where it goes.
        role: ``LONG_ROLE`` or ``SHORT_ROLE``.
        ends: in array index coordinates of the volume.
        volume_node: the image that was measured; the line follows its transform.
        locked: whether the ends cannot be dragged.
    """
    node, is_new = ensure_node(scene, "vtkMRMLMarkupsLineNode", role, NAMES[role])
    was_modifying = node.StartModify()
    node.SetAndObserveTransformNodeID(volume_node.GetTransformNodeID())
    node.RemoveAllControlPoints()
    for point in world_points(volume_node, np.array(ends)):
        node.AddControlPoint(point)
    node.SetLocked(locked)
    node.EndModify(was_modifying)
    if is_new:
        display = display_of(node)
        display.SetSelectedColor(*COLOUR)
        display.SetPointLabelsVisibility(False)
        display.SetPropertiesLabelVisibility(True)
        display.SetGlyphScale(1.5)
        display.SetTextScale(2.8)
        display.SetLineThickness(0.25)
    return node
