"""Our nodes in a scene that may hold others: found by a role, updated in place, removed with their attachments."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from slicer import vtkMRMLDisplayableNode, vtkMRMLNode, vtkMRMLScene, vtkMRMLStorableNode

ROLE = "TumorResponse.Role"
LENT = "TumorResponse.Lent"
"""Marks a node of the user's that plays a role; it is never renamed, overwritten or removed."""


def node_of_role(scene: vtkMRMLScene, role: str) -> Any | None:
    """The node that plays a role in the reading, or None."""
    return next((node for node in nodes_of_class(scene, "vtkMRMLNode") if node.GetAttribute(ROLE) == role), None)


def ensure_node(scene: vtkMRMLScene, class_name: str, role: str, name: str) -> tuple[Any, bool]:
    """Our node that plays a role, under a name, and whether it was made now; a lent node gives the role up."""
    found = node_of_role(scene, role)
    if found is not None and found.GetAttribute(LENT):
        _let_go(scene, found)
        found = None
    node = found or scene.AddNewNodeByClass(class_name)
    node.SetAttribute(ROLE, role)
    node.SetName(name)
    return node, found is None


def lend_role(scene: vtkMRMLScene, node: vtkMRMLNode, role: str) -> None:
    """Let a node of the user's play a role, in place of any other node."""
    earlier = node_of_role(scene, role)
    if earlier is node:
        return
    if earlier is not None:
        _let_go(scene, earlier)
    node.SetAttribute(ROLE, role)
    node.SetAttribute(LENT, "true")


def display_of(node: vtkMRMLDisplayableNode) -> Any:
    """The node's display node, made when neither Slicer nor we did so before."""
    if node.GetDisplayNode() is None:
        node.CreateDefaultDisplayNodes()
    return node.GetDisplayNode()


def nodes_of_class(scene: vtkMRMLScene, class_name: str) -> list[Any]:
    """All nodes of a class and its subclasses."""
    return [scene.GetNthNodeByClass(index, class_name) for index in range(scene.GetNumberOfNodesByClass(class_name))]


def nodes_with_role(scene: vtkMRMLScene) -> list[Any]:
    """All nodes that play a role in the reading."""
    return [node for node in nodes_of_class(scene, "vtkMRMLNode") if node.GetAttribute(ROLE) is not None]


def set_aside(scene: vtkMRMLScene, ours: Collection[vtkMRMLNode]) -> None:
    """Let nodes of another reading, which came with a loaded scene, play no role here: from now on they are the user's.

    Args:
        scene: where they are.
        ours: nodes of the present reading, which keep their roles.
    """
    for node in nodes_with_role(scene):
        if node not in ours:
            node.SetAttribute(ROLE, None)
            node.SetAttribute(LENT, None)


def keep_roles(scene: vtkMRMLScene, kept: Collection[str]) -> None:
    """Remove our nodes whose role is not in ``kept``, with their display and storage nodes; lent ones only lose it."""
    for node in nodes_with_role(scene):
        if node.GetAttribute(ROLE) not in kept:
            _let_go(scene, node)


def drop_role(scene: vtkMRMLScene, role: str) -> None:
    """Remove our node that plays a role, where there is one; a lent node only loses the role."""
    node = node_of_role(scene, role)
    if node is not None:
        _let_go(scene, node)


def _let_go(scene: vtkMRMLScene, node: vtkMRMLNode) -> None:
    """Remove a node of ours; give one of the user's back."""
    if node.GetAttribute(LENT):
        node.SetAttribute(ROLE, None)
        node.SetAttribute(LENT, None)
    else:
        _remove(scene, node)


def _remove(scene: vtkMRMLScene, node: vtkMRMLNode) -> None:
    attached = []
    if isinstance(node, vtkMRMLDisplayableNode):
        attached += [node.GetNthDisplayNode(index) for index in range(node.GetNumberOfDisplayNodes())]
    if isinstance(node, vtkMRMLStorableNode):
        attached += [node.GetNthStorageNode(index) for index in range(node.GetNumberOfStorageNodes())]
    for each in [node, *attached]:
        if each is not None:
            scene.RemoveNode(each)
