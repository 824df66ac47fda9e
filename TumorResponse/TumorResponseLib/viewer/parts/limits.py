"""The masks that the rings stay within and keep out of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.viewer.limits import Role

if TYPE_CHECKING:
    from TumorResponseLib.viewer.app import Viewer

INPUTS: dict[str, Callable[[Viewer, Any], None]] = {}


def facts(viewer: Viewer) -> dict[str, Any]:
    """Which limits there are, and what is being loaded."""
    masks, job = viewer.limits.masks, viewer.limits.job
    return {
        "limits_within": limit_text(masks.get("within"), without="The whole image."),
        "limits_has_within": "within" in masks,
        "limits_exclude": limit_text(masks.get("exclude"), without="Nothing."),
        "limits_has_exclude": "exclude" in masks,
        "limits_loading": "" if job is None else f"{job.title} …",
    }


def commands(viewer: Viewer) -> dict[str, Callable[..., object]]:
    """Load a limit from a typed or pasted path, and take it away."""
    state = viewer.state

    def load(role: Role, text: str | None) -> None:
        typed = (text or "").strip().strip("\"'")
        if not typed:
            raise UsageError("Type or paste the path of a mask file.")
        viewer.limits.load(role, Path(typed).expanduser())

    def clear(role: Role) -> None:
        viewer.limits.clear(role)
        state[f"limits_{role}_path"] = ""

    return {"limits_load": load, "limits_clear": clear}


def limit_text(mask: MaskArray | None, *, without: str) -> str:
    """How much a mask covers, or what holds without one."""
    return without if mask is None else f"A mask of {mask.sum()} voxels."
