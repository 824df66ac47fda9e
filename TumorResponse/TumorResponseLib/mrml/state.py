"""The state of a reading as JSON text in the scene."""

from __future__ import annotations

from slicer import vtkMRMLScene
from vtkmodules.vtkCommonCore import VTK_ENCODING_UTF_8

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.mrml.nodes import ensure_node, node_of_role

STATE_ROLE = "state"


def write_state(scene: vtkMRMLScene, json_text: str) -> None:
    """Keep the text in a text node, in place of an earlier one; any character may occur in it."""
    node, _ = ensure_node(scene, "vtkMRMLTextNode", STATE_ROLE, "TumorResponse reading")
    node.SetText(json_text, VTK_ENCODING_UTF_8)


def read_state(scene: vtkMRMLScene) -> str:
    """The text that ``write_state`` kept.

    Raises:
        StudyError: the scene holds no reading.
    """
    node = node_of_role(scene, STATE_ROLE)
    if node is None:
        raise StudyError("The scene holds no reading of TumorResponse; open the study itself.")
    return str(node.GetText())
