"""Saliency maps and other layers as volumes that lie over the image."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

import numpy as np
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene

from TumorResponseLib.core.image import Image
from TumorResponseLib.desk.layers import Layer
from TumorResponseLib.mrml.colour_tables import colour_table
from TumorResponseLib.mrml.nodes import display_of, ensure_node, nodes_of_class
from TumorResponseLib.mrml.volumes import place_voxels

SALIENCY_ROLE = "saliency-{key}"
OVERLAY_ROLE = "overlay-{key}"
SHOWN_FROM = 0.25
"""Saliency below this share of the map's maximum is not shown: the image stays readable there."""
OPACITY = 0.45
LEGEND_LETTERS = 14
"""Of a line over the legend, unless a word is longer."""


def add_layer(
    scene: vtkMRMLScene, layer: Layer, image: Image, volume_node: vtkMRMLScalarVolumeNode
) -> vtkMRMLScalarVolumeNode:
    """A layer as a volume node with its colours, made once and then updated; where it holds NaN the image is seen.

    Args:
        scene: where it goes.
        layer: saliency, or a map with a unit.
        image: on whose grid the layer lies.
        volume_node: that image's node; the map follows its transform.
    """
    name = f"Saliency: {layer.title}" if layer.is_saliency else layer.menu_title
    node, is_new = ensure_node(scene, "vtkMRMLScalarVolumeNode", layer_role(layer), name)
    place_voxels(node, layer.values.astype(np.float32), image)
    node.SetAndObserveTransformNodeID(volume_node.GetTransformNodeID())
    display = display_of(node)
    if is_new:
        display.SetAndObserveColorNodeID(colour_table(scene, layer.colours).GetID())
        display.AutoWindowLevelOff()
        display.AutoThresholdOff()
        display.ApplyThresholdOn()
    display.SetWindowLevelMinMax(layer.low, layer.high)
    if is_new or not layer.is_saliency:
        hide_below(display, layer, SHOWN_FROM)
    return node


def layer_role(layer: Layer) -> str:
    """Of the layer's node."""
    return (SALIENCY_ROLE if layer.is_saliency else OVERLAY_ROLE).format(key=layer.key)


def hide_below(display_node: Any, layer: Layer, threshold: float) -> None:
    """Hide saliency below a threshold; of any other layer only what is NaN, which no threshold lets through."""
    if layer.is_saliency:
        display_node.SetThreshold(threshold, 1.0)
    else:
        shown = layer.values[np.isfinite(layer.values)]
        display_node.SetThreshold(*((float(shown.min()), float(shown.max())) if shown.size else (0.0, 0.0)))


def legend_title(layer: Layer) -> str:
    """What stands over a layer's legend, in short lines: the longest one decides how large the letters are."""
    lines = [*(["Saliency"] if layer.is_saliency else []), *wrap(layer.title, LEGEND_LETTERS), layer.unit]
    return "\n".join(filter(None, lines))


def show_over_image(scene: vtkMRMLScene, node: vtkMRMLScalarVolumeNode | None) -> None:
    """Lay one volume, or none, over the image in every slice view; its opacity stays as the user sets it."""
    foreground = node.GetID() if node else None
    for layers in nodes_of_class(scene, "vtkMRMLSliceCompositeNode"):
        if layers.GetForegroundVolumeID() != foreground:
            layers.SetForegroundVolumeID(foreground)
            layers.SetForegroundOpacity(OPACITY)
