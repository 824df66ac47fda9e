"""The tools that draw on the tumour."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from TumorResponseLib.desk.summary import mask_source_text
from TumorResponseLib.viewer.editing import Tool

if TYPE_CHECKING:
    from TumorResponseLib.viewer.app import Viewer

TOOLS = (
    (Tool.LOOK, "mdi-cursor-default-outline", "Look (Esc)"),
    (Tool.WINDOW, "mdi-contrast-circle", "Brightness and contrast: drag (W)"),
    (Tool.PAINT, "mdi-brush", "Paint (B)"),
    (Tool.ERASE, "mdi-eraser", "Erase (E)"),
    (Tool.DRAW, "mdi-lasso", "Draw around and fill (D)"),
    (Tool.CUT, "mdi-content-cut", "Cut away what is drawn around (X)"),
)


def facts(viewer: Viewer) -> dict[str, Any]:
    """What is in the hand, and what can be undone."""
    desk, editor = viewer.desk, viewer.editor
    reading = desk.reading
    return {
        "correct_tools": [{"tool": tool.value, "icon": icon, "label": label} for tool, icon, label in TOOLS],
        "correct_tool": editor.tool.value,
        "correct_brush": editor.brush_mm,
        "correct_can_draw": viewer.presenter.volume_node is not None,
        "correct_can_undo": desk.can_undo,
        "correct_can_redo": desk.can_redo,
        "correct_can_return": reading is not None and not desk.teaching.hidden and reading.found.mask is not None,
        "correct_can_shape": reading is not None and reading.found.tumour_found,
        "correct_source": mask_source_text(desk.mask_source),
    }


def commands(viewer: Viewer) -> dict[str, Callable[..., object]]:
    """Tools, what they do at once, and the way back."""
    desk, editor = viewer.desk, viewer.editor

    def use(tool: str) -> None:
        viewer.lesions.stop()
        editor.use(Tool(tool))

    return {
        "correct_use": use,
        "correct_undo": lambda: desk.undo() if desk.can_undo else None,
        "correct_redo": lambda: desk.redo() if desk.can_redo else None,
        "correct_back": desk.back_to_model,
        "correct_smooth": editor.smooth,
        "correct_largest": editor.keep_largest,
    }


def _take_brush(viewer: Viewer, diameter: float) -> None:
    if diameter != viewer.editor.brush_mm:
        viewer.editor.set_brush(float(diameter))


INPUTS: dict[str, Callable[[Viewer, Any], None]] = {"correct_brush": _take_brush}
