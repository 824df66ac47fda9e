"""Letting the user place points in the views, and ending that."""

from __future__ import annotations

from slicer import vtkMRMLInteractionNode, vtkMRMLMarkupsNode, vtkMRMLScene

INTERACTION = "vtkMRMLInteractionNodeSingleton"
SELECTION = "vtkMRMLSelectionNodeSingleton"


def let_place(scene: vtkMRMLScene, node: vtkMRMLMarkupsNode, *, again: bool = False) -> None:
    """As Slicer's markups logic does; scenes without views lack these nodes and need none of it.

    Args:
        scene: where the views look.
        node: takes the next clicks.
        again: whether placing goes on after the markup is complete.
    """
    selection, interaction = scene.GetNodeByID(SELECTION), scene.GetNodeByID(INTERACTION)
    if selection is None or interaction is None:
        return
    selection.SetReferenceActivePlaceNodeClassName(node.GetClassName())
    selection.SetActivePlaceNodeID(node.GetID())
    interaction.SetPlaceModePersistence(int(again))
    interaction.SetCurrentInteractionMode(vtkMRMLInteractionNode.Place)


def end_placing(scene: vtkMRMLScene, node: vtkMRMLMarkupsNode) -> None:
    """Leave the placing of points, where it is this node's."""
    interaction = scene.GetNodeByID(INTERACTION)
    if (
        interaction is not None
        and interaction.GetCurrentInteractionMode() == vtkMRMLInteractionNode.Place
        and scene.GetNodeByID(SELECTION).GetActivePlaceNodeID() == node.GetID()
    ):
        interaction.SetCurrentInteractionMode(vtkMRMLInteractionNode.ViewTransform)
