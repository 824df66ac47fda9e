"""The colour legend of a map, which Slicer's views draw beside it."""

from __future__ import annotations

from slicer import vtkMRMLColorLegendDisplayNode, vtkMRMLScalarVolumeNode, vtkMRMLScene

from TumorResponseLib.mrml.nodes import display_of

LABELS = 3
POSITION = (0.99, 0.03)
SIZE = (0.04, 0.25)
"""Shares of the view: in the lower right corner, where it covers little of the image; the text grows with the width."""


def show_legend(
    scene: vtkMRMLScene, volume_node: vtkMRMLScalarVolumeNode, title: str, visible: bool
) -> vtkMRMLColorLegendDisplayNode:
    """Show or hide the legend of a volume's colours, which is made once and goes with the volume.

    The views look at it when it changes: to be called after the volume was put into them or taken out.
    """
    legend = legend_of(volume_node) or _add_legend(scene, volume_node, title)
    legend.SetVisibility(visible)
    legend.Modified()
    return legend


def drop_legend(scene: vtkMRMLScene, volume_node: vtkMRMLScalarVolumeNode) -> None:
    """Remove the legend of a volume that is to be shown in other colours."""
    legend = legend_of(volume_node)
    if legend is not None:
        scene.RemoveNode(legend)


def legend_of(volume_node: vtkMRMLScalarVolumeNode) -> vtkMRMLColorLegendDisplayNode | None:
    """The volume's legend, or None."""
    attached = [volume_node.GetNthDisplayNode(index) for index in range(volume_node.GetNumberOfDisplayNodes())]
    return next((node for node in attached if isinstance(node, vtkMRMLColorLegendDisplayNode)), None)


def _add_legend(scene: vtkMRMLScene, volume_node: vtkMRMLScalarVolumeNode, title: str) -> vtkMRMLColorLegendDisplayNode:
    display = display_of(volume_node)
    legend = vtkMRMLColorLegendDisplayNode()  # not by its class's name, which only Slicer's colour logic registers
    scene.AddNode(legend)
    legend.SetAndObservePrimaryDisplayNode(display)
    legend.SetAndObserveColorNodeID(display.GetColorNodeID())
    legend.SetTitleText(title)
    legend.SetNumberOfLabels(LABELS)
    legend.SetPosition(*POSITION)
    legend.SetSize(*SIZE)
    volume_node.AddAndObserveDisplayNodeID(legend.GetID())
    return legend
