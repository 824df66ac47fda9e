"""The strip of steps on top of the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from TumorResponseLib.desk.strip import Action, StepView
from TumorResponseLib.desk.strip import strip as strip_of
from TumorResponseLib.desk.summary import DISCLAIMER
from TumorResponseLib.session.steps import Step

if TYPE_CHECKING:
    from TumorResponseLib.viewer.app import Viewer

ICONS = {
    "empty": "mdi-circle-outline",
    "ready": "mdi-check-circle",
    "stale": "mdi-clock-alert-outline",
    "running": "mdi-loading",
    "failed": "mdi-alert-circle",
}
INPUTS: dict[str, Callable[[Viewer, Any], None]] = {}


def facts(viewer: Viewer) -> dict[str, Any]:
    """All steps, and whether anything can be read now."""
    desk = viewer.desk
    steps = strip_of(desk)
    job = desk.job
    return {
        "strip_steps": [_row(view) for view in steps],
        "strip_can_read": desk.reading is not None and desk.running is None and not desk.teaching.hidden,
        "strip_job": "" if job is None else f"{job.title} …",
        "strip_error": desk.error,
        "strip_message": desk.message,
        "disclaimer": DISCLAIMER,
    }


def commands(viewer: Viewer) -> dict[str, Callable[..., object]]:
    """A step's own button, and the one that reads all."""

    def press(name: str) -> None:
        view = next(view for view in strip_of(viewer.desk) if view.step == name)
        if view.action is Action.CALIBRATE:
            viewer.calibration.start()
        else:
            viewer.desk.press(Step(name))

    return {"strip_press": press, "strip_read": viewer.desk.read, "strip_cancel": viewer.desk.cancel}


def _row(view: StepView) -> dict[str, Any]:
    seconds = view.seconds_left
    return {
        "step": view.step.value,
        "title": view.title,
        "status": view.status,
        "icon": ICONS[view.status],
        "reason": view.reason,
        "button": view.button,
        "enabled": view.enabled,
        "percent": round(100 * view.fraction),
        "left": "" if seconds is None else f"{max(0.0, seconds):.0f} s left",
    }
