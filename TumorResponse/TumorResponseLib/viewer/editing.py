"""The segment editor's tools on the tumour, and nothing but the tumour."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from slicer import vtkMRMLInteractionNode
from trame_slicer.core import SlicerApp
from trame_slicer.segmentation import (
    BrushDiameterMode,
    SegmentationEffect,
    SegmentationEffectDraw,
    SegmentationEffectErase,
    SegmentationEffectIslands,
    SegmentationEffectNoTool,
    SegmentationEffectPaint,
    SegmentationEffectScissors,
    SegmentationEffectSmoothing,
)

from TumorResponseLib.mrml.presenter import ScenePresenter

SMOOTHING_MM = 0.7
"""Standard deviation of the smoothing that takes teeth off an outline."""


class Tool(StrEnum):
    """What the mouse does in the views."""

    LOOK = "look"
    WINDOW = "window"
    PAINT = "paint"
    ERASE = "erase"
    DRAW = "draw"
    CUT = "cut"


EFFECTS = {
    Tool.LOOK: SegmentationEffectNoTool,
    Tool.WINDOW: SegmentationEffectNoTool,
    Tool.PAINT: SegmentationEffectPaint,
    Tool.ERASE: SegmentationEffectErase,
    Tool.DRAW: SegmentationEffectDraw,
    Tool.CUT: SegmentationEffectScissors,
}
BRUSHES = (SegmentationEffectPaint, SegmentationEffectErase)


class TumourEditor:
    """trame-slicer's segment editor, handed the presenter's tumour node whenever there is another one.

    It keeps no history of its own: the desk's undo knows strokes and everything else that changes the mask.

    Args:
        slicer_app: its views exist already; else painting would do nothing.
        presenter: whose tumour is edited.
    """

    def __init__(self, slicer_app: SlicerApp, presenter: ScenePresenter) -> None:
        self._editor = slicer_app.segmentation_editor
        self._markups = slicer_app.markups_logic
        self._presenter = presenter
        self.tool = Tool.LOOK
        self.brush_mm = 4.0
        self.use(Tool.LOOK)

    def follow(self) -> None:
        """Take over the presenter's tumour node when it is another one; the tool stays in the hand."""
        node, volume_node = self._presenter.tumour_node, self._presenter.volume_node
        if node is None or volume_node is None:
            if self._editor.active_segmentation_node is not None:
                self._editor.clear()
                self.tool = Tool.LOOK
        elif node is not self._editor.active_segmentation_node:
            self._editor.set_active_segmentation(node, volume_node)
            # The 3-D view shows surfaces; a still has none.
            self._editor.set_surface_representation_enabled(volume_node.GetImageData().GetDimensions()[2] > 1)
            self.use(self.tool)

    def use(self, tool: Tool) -> None:
        """Take a tool; one that draws gets an empty tumour to draw in when there is none.

        Raises:
            UsageError: it draws and no image is shown.
        """
        effect = EFFECTS[tool]
        if effect is not SegmentationEffectNoTool and self._presenter.tumour_node is None:
            self._presenter.ensure_tumour()
            self.tool = tool
            self.follow()
            return
        self.tool = tool
        self._editor.set_active_effect_type(effect)
        if effect in BRUSHES:
            self.set_brush(self.brush_mm)
        mode = vtkMRMLInteractionNode.AdjustWindowLevel if tool is Tool.WINDOW else vtkMRMLInteractionNode.ViewTransform
        self._markups.interaction_node.SetCurrentInteractionMode(mode)

    def set_brush(self, diameter_mm: float) -> None:
        """Choose the diameter of the brush."""
        self.brush_mm = diameter_mm
        for effect in BRUSHES:
            self._editor.get_effect(effect).set_brush_diameter(diameter_mm, BrushDiameterMode.Absolute)

    def smooth(self) -> None:
        """Take teeth and thin spikes off the outline."""
        smoothing = self._editor.get_effect(SegmentationEffectSmoothing)
        self._apply(smoothing, lambda: smoothing.apply_gaussian_smoothing(SMOOTHING_MM, self._editor.active_segment_id))

    def keep_largest(self) -> None:
        """Remove all islands but the largest."""
        islands = self._editor.get_effect(SegmentationEffectIslands)
        self._apply(islands, islands.keep_largest_island)

    def _apply(self, effect: SegmentationEffect, action: Callable[[], None]) -> None:
        """Do what an effect does only while it is active, and go back to the tool in the hand."""
        if not self._editor.active_segment_id:
            return
        self._editor.set_active_effect(effect)
        action()
        self.use(self.tool)
