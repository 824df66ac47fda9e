"""What keys do; they rest while something is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from TumorResponseLib.viewer.editing import Tool
from TumorResponseLib.viewer.parts import cine, correct, worklist

if TYPE_CHECKING:
    from TumorResponseLib.viewer.app import Viewer

HELP = (
    ("N, P", "next, previous case"),
    ("U", "next unread case"),
    ("R", "read: outline, rings, prediction, why"),
    ("A, F", "accept and go on, flag"),
    ("B, E, D, X", "paint, erase, draw around, cut away"),
    ("W, Esc", "brightness and contrast, look"),
    ("[ and ]", "smaller, larger brush"),
    ("Ctrl+Z, Ctrl+Y", "undo, redo"),
    ("M, G, S", "hide or show tumour, rings, saliency or map"),
    (", and .", "frame before, frame after"),
    ("?", "this list"),
)
BRUSH_STEP = 1.25
INPUTS: dict[str, Callable[[Viewer, Any], None]] = {}


def facts(viewer: Viewer) -> dict[str, Any]:
    """The list of keys."""
    return {"shortcut_help": [{"keys": keys, "what": what} for keys, what in HELP]}


def commands(viewer: Viewer) -> dict[str, Callable[..., object]]:
    """One trigger for all keys; its argument is as the browser names the key, ``ctrl+`` before it where held."""
    desk, editor, state = viewer.desk, viewer.editor, viewer.state
    on_list, on_mask = worklist.commands(viewer), correct.commands(viewer)
    step_frame = cine.commands(viewer)["cine_step"]

    def toggle(option: str) -> Callable[[], None]:
        return lambda: desk.set_display(**{option: not getattr(desk.display, option)})

    def toggle_saliency() -> None:
        layers = viewer.presenter.layers
        chosen = desk.display.saliency_layer
        last = state.shortcut_last_layer or next((each.key for each in reversed(layers) if each.is_saliency), None)
        state.shortcut_last_layer = chosen or last
        desk.set_display(saliency_layer=None if chosen else last)

    def show_help() -> None:
        state.dialog_help_shown = True

    keys: dict[str, Callable[[], object]] = {
        "n": on_list["worklist_next"],
        "p": on_list["worklist_previous"],
        "u": on_list["worklist_next_unread"],
        "a": on_list["worklist_accept"],
        "f": on_list["worklist_flag"],
        "r": desk.read,
        "b": lambda: editor.use(Tool.PAINT),
        "e": lambda: editor.use(Tool.ERASE),
        "d": lambda: editor.use(Tool.DRAW),
        "x": lambda: editor.use(Tool.CUT),
        "w": lambda: editor.use(Tool.WINDOW),
        "escape": lambda: editor.use(Tool.LOOK),
        "[": lambda: editor.set_brush(editor.brush_mm / BRUSH_STEP),
        "]": lambda: editor.set_brush(editor.brush_mm * BRUSH_STEP),
        "ctrl+z": on_mask["correct_undo"],
        "ctrl+y": on_mask["correct_redo"],
        "m": toggle("mask_visible"),
        "g": toggle("rings_visible"),
        "s": toggle_saliency,
        ",": lambda: step_frame(-1),
        ".": lambda: step_frame(1),
        "?": show_help,
    }

    def press(key: str) -> None:
        if key in keys:
            keys[key]()

    return {"shortcut": press}
