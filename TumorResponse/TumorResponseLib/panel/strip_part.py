"""The strip on top: each step with its state, the reason, and the one button to press."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from TumorResponseLib.panel.commands import Commands
from TumorResponseLib.panel.shortcuts import with_key
from TumorResponseLib.session.steps import Step

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk
    from TumorResponseLib.desk.strip import StepView

COLOURS = {"empty": "#8a939c", "ready": "#2e9e5b", "stale": "#c98a3c", "running": "#3d7fc4", "failed": "#d1453b"}
MARKS = {"empty": "○", "ready": "●", "stale": "◐", "running": "▶", "failed": "✖"}
URGENCY = ("failed", "running", "stale", "empty", "ready")
"""Whose reason stands under the strip; the first step with the most urgent state."""


def status_text(status: str) -> str:
    """The state in the user's language."""
    return {
        "empty": _("empty"),
        "ready": _("ready"),
        "stale": _("stale"),
        "running": _("running"),
        "failed": _("failed"),
    }[status]


def time_left_text(seconds: float | None) -> str:
    """How long a run will take, where that is known."""
    if seconds is None:
        return ""
    return _("{seconds} s left").format(seconds=max(1, round(seconds)))


class StripPart:
    """Labels and buttons ``imageTitleLabel``, ``imageStatusLabel``, ``imageButton`` and so on, and the run below.

    Args:
        ui: the widgets.
        commands: to be run.
        calibrate: starts the calibration, which is the panel's own.
    """

    def __init__(self, ui: Any, commands: Commands, calibrate: Callable[[], None]) -> None:
        self._ui = ui
        self._views: tuple[StepView, ...] = ()
        self._state: tuple[Any, ...] = ()
        self._calibrate = calibrate
        self._commands = commands
        for step in Step:
            self._widget(step, "Button").connect("clicked()", self._presser(step))
        ui.readButton.connect("clicked()", lambda: commands.run(lambda desk: desk.read()))
        ui.cancelButton.connect("clicked()", lambda: commands.run(lambda desk: desk.cancel()))
        ui.readButton.toolTip = with_key(ui.readButton.toolTip, "readButton")
        ui.cancelButton.toolTip = with_key(ui.cancelButton.toolTip, "cancelButton")
        for status in ("reasonLabel", "runProgressBar"):
            getattr(ui, status).setVisible(False)

    def show(self, desk: Desk) -> None:
        """Show every step's state."""
        from TumorResponseLib.desk.strip import strip

        state = (desk.running, desk.job and (desk.job.title, desk.job.fraction), desk.teaching.hidden, desk.reading)
        views = strip(desk)
        if (views, state) == (self._views, self._state):
            return
        self._views, self._state = views, state
        for view in views:
            self._show_step(view)
        urgent = sorted((view for view in views if view.reason), key=lambda view: URGENCY.index(view.status))
        reason = urgent[0].reason if urgent else ""
        self._ui.reasonLabel.text = reason
        self._ui.reasonLabel.setVisible(bool(reason))
        self._show_run(desk)

    def _show_step(self, view: StepView) -> None:
        said = status_text(view.status)
        label, button = self._widget(view.step, "StatusLabel"), self._widget(view.step, "Button")
        label.text = f'<span style="color:{COLOURS[view.status]}">{MARKS[view.status]}</span> {said}'
        label.toolTip = view.reason
        label.accessibleDescription = f"{said}. {view.reason}"
        button.text = view.button
        button.enabled = view.enabled
        button.flat = not view.button
        button.toolTip = view.reason or view.button

    def _show_run(self, desk: Desk) -> None:
        running, job, bar = desk.running, desk.job, self._ui.runProgressBar
        bar.setVisible(running is not None or job is not None)
        if running is not None:
            bar.value = round(100 * running.fraction)
            bar.format = time_left_text(running.seconds_left) or "%p %"
        elif job is not None:
            bar.value = round(100 * job.fraction)
            bar.format = f"{job.title} %p %"
        self._ui.cancelButton.enabled = running is not None
        to_do = any(view.status != "ready" for view in self._views if view.step is not Step.REPORT)
        self._ui.readButton.enabled = desk.entry is not None and running is None and not desk.teaching.hidden and to_do

    def _presser(self, step: Step) -> Callable[[], None]:
        def press() -> None:
            from TumorResponseLib.desk.strip import Action

            if any(view.step is step and view.action is Action.CALIBRATE for view in self._views):
                self._calibrate()
            else:
                self._commands.run(lambda desk: desk.press(step))

        return press

    def _widget(self, step: Step, kind: str) -> Any:
        return getattr(self._ui, f"{step.value}{kind}")
