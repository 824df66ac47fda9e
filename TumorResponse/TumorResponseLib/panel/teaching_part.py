"""Outline first, then reveal; and step by step what the model saw."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

from TumorResponseLib.panel.commands import Commands

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk
    from TumorResponseLib.desk.teaching_steps import TeachingStep

PICTURE_SIDE = 320


class TeachingPart:
    """The section Teaching."""

    def __init__(self, ui: Any, commands: Commands) -> None:
        self._ui = ui
        self._steps: tuple[TeachingStep, ...] = ()
        self._place = 0
        ui.teachingCheckBox.connect("clicked(bool)", lambda on: commands.run_opening(lambda desk: _turn(desk, on)))
        ui.revealButton.connect("clicked()", lambda: commands.run(lambda desk: desk.teaching.reveal()))
        ui.previousStepButton.connect("clicked()", lambda: self._go(-1))
        ui.nextStepButton.connect("clicked()", lambda: self._go(1))
        self._show_step()

    def show(self, desk: Desk) -> None:
        """Show how far the learner is."""
        teaching, ui = desk.teaching, self._ui
        ui.teachingCheckBox.checked = teaching.enabled
        has_outline = teaching.outline is not None
        ui.revealButton.enabled = teaching.hidden and has_outline
        ui.revealButton.toolTip = _("Show what the model says.") if has_outline else _("Outline the tumour first.")
        ui.comparisonLabel.text = teaching.comparison.text if teaching.comparison is not None else ""
        # Drawing the steps takes time: only for those who look at them.
        steps = () if ui.teachingSection.collapsed else teaching.steps
        if steps is not self._steps:
            self._steps, self._place = steps, min(self._place, max(0, len(steps) - 1))
            self._show_step()

    def _go(self, step: int) -> None:
        self._place = min(max(0, self._place + step), len(self._steps) - 1)
        self._show_step()

    def _show_step(self) -> None:
        ui, count = self._ui, len(self._steps)
        for widget in (ui.stepPictureLabel, ui.stepTextLabel, ui.stepNumberLabel):
            widget.setVisible(count > 0)
        ui.previousStepButton.enabled = self._place > 0
        ui.nextStepButton.enabled = self._place + 1 < count
        if not count:
            return
        step = self._steps[self._place]
        picture = qt.QPixmap()
        picture.loadFromData(step.png())
        ui.stepPictureLabel.pixmap = picture.scaled(
            PICTURE_SIDE, PICTURE_SIDE, qt.Qt.KeepAspectRatio, qt.Qt.SmoothTransformation
        )
        ui.stepPictureLabel.accessibleDescription = step.title
        ui.stepTextLabel.text = f"<b>{escape(step.title)}</b><br>{escape(step.explanation)}"
        ui.stepNumberLabel.text = _("{place} of {count}").format(place=self._place + 1, count=count)


def _turn(desk: Desk, on: bool) -> None:
    if on:
        desk.teaching.start()
    else:
        desk.teaching.stop()
