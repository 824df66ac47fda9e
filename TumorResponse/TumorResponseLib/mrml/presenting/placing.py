"""Letting the user place points in the views, and ending that."""

from __future__ import annotations

from slicer import vtkMRMLInteractionNode, vtkMRMLMarkupsNode, vtkMRMLScene

INTERACTION = "vtkMRMLInteractionNodeSingleton"
SELECTION = "vtkMRMLSelectionNodeSingleton"


def let_place(scene: vtkMRMLScene, node: vtkMRMLMarkupsNode, *, again: bool = False) -> None:
    """As Slicer's markups logic does, until ``end_placing``; scenes without views lack these nodes and need none of it.

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


def is_placing(scene: vtkMRMLScene, node: vtkMRMLMarkupsNode) -> bool:
    """Whether the next click places a point of this node; always in scenes without views."""
    interaction, selection = scene.GetNodeByID(INTERACTION), scene.GetNodeByID(SELECTION)
    if interaction is None or selection is None:
        return True
    is_place = interaction.GetCurrentInteractionMode() == vtkMRMLInteractionNode.Place
    return bool(is_place and selection.GetActivePlaceNodeID() == node.GetID())


def end_placing(scene: vtkMRMLScene, node: vtkMRMLMarkupsNode) -> None:
    """Leave the placing of points where it is this node's; the next markup of anybody is placed once again."""
    interaction = scene.GetNodeByID(INTERACTION)
    if interaction is None:
        return
    if is_placing(scene, node):
        interaction.SetCurrentInteractionMode(vtkMRMLInteractionNode.ViewTransform)
    interaction.SetPlaceModePersistence(0)
