"""How results that no longer fit look: there, but dimmed."""

from __future__ import annotations

from slicer import vtkMRMLDisplayNode

STALE_OPACITY = 0.35
"""Share of its opacity that a stale result keeps: told from a fresh one at a glance, and still to be followed."""
FULL_OPACITY = "TumorResponse.FullOpacity"


def set_stale(display_node: vtkMRMLDisplayNode, stale: bool) -> None:
    """Dim a node, or give it back the opacity that it had before."""
    full = display_node.GetAttribute(FULL_OPACITY)
    if stale and full is None:
        display_node.SetAttribute(FULL_OPACITY, repr(display_node.GetOpacity()))
        display_node.SetOpacity(display_node.GetOpacity() * STALE_OPACITY)
    elif not stale and full is not None:
        display_node.SetAttribute(FULL_OPACITY, None)
        display_node.SetOpacity(float(full))
