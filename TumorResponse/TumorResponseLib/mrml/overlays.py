"""Saliency maps as volumes that lie over the image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from slicer import vtkMRMLColorTableNode, vtkMRMLScalarVolumeNode, vtkMRMLScene

from TumorResponseLib.core.colours import saliency_colours
from TumorResponseLib.core.image import Image
from TumorResponseLib.mrml.nodes import display_of, ensure_node, nodes_of_class
from TumorResponseLib.mrml.volumes import place_voxels

SALIENCY_ROLE = "saliency-{layer}"
COLOURS_ROLE = "saliency-colours"
SHOWN_FROM = 0.25
"""Saliency below this share of the map's maximum is not shown: the image stays readable there."""
OPACITY = 0.45


def add_saliency(
    scene: vtkMRMLScene, layer: str, values: NDArray[np.float32], image: Image, volume_node: vtkMRMLScalarVolumeNode
) -> vtkMRMLScalarVolumeNode:
    """A saliency map in [0, 1] on the image's grid as a volume node, made once and then updated.

    Args:
        scene: where it goes.
        layer: the branch's name, or ``fused``.
        values: ``(rows, columns)`` or ``(slices, rows, columns)``.
        image: the image that it explains.
        volume_node: that image's node; the map follows its transform.
    """
    role, name = SALIENCY_ROLE.format(layer=layer), f"Saliency {layer}"
    node, is_new = ensure_node(scene, "vtkMRMLScalarVolumeNode", role, name)
    place_voxels(node, values.astype(np.float32), image)
    node.SetAndObserveTransformNodeID(volume_node.GetTransformNodeID())
    if is_new:
        display = display_of(node)
        display.SetAndObserveColorNodeID(saliency_table(scene).GetID())
        display.AutoWindowLevelOff()
        display.SetWindowLevelMinMax(0.0, 1.0)
        display.AutoThresholdOff()
        display.SetThreshold(SHOWN_FROM, 1.0)
        display.ApplyThresholdOn()
    return node


def saliency_table(scene: vtkMRMLScene) -> vtkMRMLColorTableNode:
    """The colour table of saliency maps, one a scene."""
    node, is_new = ensure_node(scene, "vtkMRMLColorTableNode", COLOURS_ROLE, "TumorResponse saliency")
    if is_new:
        colours = saliency_colours()
        node.SetTypeToUser()
        node.SetNumberOfColors(len(colours))
        for index, (red, green, blue) in enumerate(colours):
            node.SetColor(index, f"{index / (len(colours) - 1):.3f}", red, green, blue, 1.0)
    return node


def show_over_image(scene: vtkMRMLScene, saliency_node: vtkMRMLScalarVolumeNode | None) -> None:
    """Lay one saliency map, or none, over the image in every slice view; its opacity stays as the user sets it."""
    foreground = saliency_node.GetID() if saliency_node else None
    for layers in nodes_of_class(scene, "vtkMRMLSliceCompositeNode"):
        if layers.GetForegroundVolumeID() != foreground:
            layers.SetForegroundVolumeID(foreground)
            layers.SetForegroundOpacity(OPACITY)
