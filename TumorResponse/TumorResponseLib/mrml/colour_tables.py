"""Our colour tables as nodes, one of each in a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from slicer import vtkMRMLColorTableNode, vtkMRMLScene

from TumorResponseLib.core.colours import overlay_colours, saliency_colours, uptake_colours
from TumorResponseLib.mrml.nodes import ensure_node

if TYPE_CHECKING:
    from TumorResponseLib.desk.layers import LayerColours

COLOURS_ROLE = "{colours}-colours"


def colour_table(scene: vtkMRMLScene, colours: LayerColours | Literal["uptake"]) -> vtkMRMLColorTableNode:
    """The colour table of a name, one a scene; ``uptake`` is the grey of a PET that lies alone."""
    role = COLOURS_ROLE.format(colours=colours)
    node, is_new = ensure_node(scene, "vtkMRMLColorTableNode", role, f"TumorResponse {colours}")
    if is_new:
        if colours == "saliency":
            table = saliency_colours()
        else:
            table = uptake_colours() if colours == "uptake" else overlay_colours(colours)
        node.SetTypeToUser()  # a table of Slicer's own types cannot be read back from a scene
        node.SetNumberOfColors(len(table))
        for index, (red, green, blue) in enumerate(table):
            node.SetColor(index, f"{index / (len(table) - 1):.3f}", red, green, blue, 1.0)
    return node
