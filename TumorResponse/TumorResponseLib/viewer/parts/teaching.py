"""Predict, then reveal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    from TumorResponseLib.viewer.app import Viewer


def facts(viewer: Viewer) -> dict[str, Any]:
    """What the learner did, and what the model saw."""
    teaching = viewer.desk.teaching
    comparison = teaching.comparison
    return {
        "teaching_enabled": teaching.enabled,
        "teaching_is_hidden": teaching.hidden,
        "teaching_is_outlined": teaching.outline is not None,
        "teaching_comparison": "" if comparison is None else comparison.text,
        "teaching_steps": [
            {
                "title": step.title,
                "explanation": step.explanation,
                "picture": f"teaching/{place}?{crc32(step.picture.tobytes())}",
            }
            for place, step in enumerate(viewer.teaching_steps)
        ],
    }


def commands(viewer: Viewer) -> dict[str, Callable[..., object]]:
    """Turn it on for this case again, and reveal."""
    return {"teaching_start": viewer.desk.teaching.start, "teaching_reveal": viewer.desk.teaching.reveal}


def _switch(viewer: Viewer, enabled: bool) -> None:
    teaching = viewer.desk.teaching
    if enabled != teaching.enabled:
        (teaching.start if enabled else teaching.stop)()


def _look(viewer: Viewer, tab: str) -> None:
    """Nothing but the refresh that follows: who looks at another tab sees other facts."""


INPUTS: dict[str, Callable[[Viewer, Any], None]] = {"teaching_enabled": _switch, "panel_tab": _look}
