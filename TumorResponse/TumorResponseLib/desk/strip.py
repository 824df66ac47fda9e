"""The strip: image → mask → rings → prediction → why → report, each step with its state and the one button to press."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Status, Step
from TumorResponseLib.worker.pace import Running

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk

TITLES = {
    Step.IMAGE: "Image",
    Step.MASK: "Mask",
    Step.RINGS: "Rings",
    Step.PREDICTION: "Prediction",
    Step.SALIENCY: "Why",
    Step.REPORT: "Report",
}

HIDDEN = "Hidden until you have outlined the tumour and revealed the model's reading."
OUTLINE_FIRST = "Outline the tumour yourself, then reveal."


class Action(StrEnum):
    """What pressing a step's button does.

    ``Desk.press`` does all of them but CALIBRATE, for which the shell lets the user draw a line on the depth scale.
    """

    NONE = ""
    OPEN = "open"
    RUN = "run"
    CANCEL = "cancel"
    CALIBRATE = "calibrate"
    REPORT = "report"


BUTTONS = {
    (Action.OPEN, Step.IMAGE): "Open again",
    (Action.RUN, Step.MASK): "Outline",
    (Action.RUN, Step.RINGS): "Cut rings",
    (Action.RUN, Step.PREDICTION): "Predict",
    (Action.RUN, Step.SALIENCY): "Explain",
    (Action.CALIBRATE, Step.RINGS): "Calibrate",
    (Action.REPORT, Step.REPORT): "Write",
}
CANCEL_BUTTON = "Cancel"


@dataclass(frozen=True)
class StepView:
    """One step as the strip shows it.

    Attributes:
        title: its short name.
        status: ``empty``, ``ready``, ``stale``, ``running`` or ``failed``.
        reason: one sentence for the user; ``""`` where the status says it all.
        button: the button's text; ``""`` for no button.
        action: what the button does.
        enabled: whether the button can be pressed now.
        fraction: of the run that is done, while this step is running, else 0.
        seconds_left: likewise, where it can be told.
    """

    step: Step
    title: str
    status: str
    reason: str = ""
    button: str = ""
    action: Action = Action.NONE
    enabled: bool = False
    fraction: float = 0.0
    seconds_left: float | None = None


def strip(desk: Desk) -> tuple[StepView, ...]:
    """All steps in order, image first."""
    reading = desk.reading
    return tuple(_view(desk, reading, step) for step in Step)


def _view(desk: Desk, reading: Reading | None, step: Step) -> StepView:
    title = TITLES[step]
    if reading is None:
        return StepView(step, title, Status.EMPTY)
    state = reading.state(step)
    if desk.teaching.hidden and step not in (Step.IMAGE, Step.REPORT):
        reason = state.reason or OUTLINE_FIRST if step is Step.MASK else HIDDEN
        return StepView(step, title, state.status, reason)
    running = desk.running
    if running is not None and _step_of(running, reading) is step:
        return StepView(
            step, title, "running", "", CANCEL_BUTTON, Action.CANCEL, True, running.fraction, running.seconds_left
        )
    action = _action(reading, step)
    enabled = action is not Action.NONE and running is None and _input_is_there(reading, step)
    return StepView(step, title, state.status, state.reason, BUTTONS.get((action, step), ""), action, enabled)


def _step_of(running: Running, reading: Reading) -> Step:
    """The step that is under way: a run that waits for the worker names its first one, though it may be done."""
    computed = (step for step in (running.step, *running.step.later) if step is not Step.REPORT)
    return next((step for step in computed if not reading.is_ready(step)), running.step)


def _action(reading: Reading, step: Step) -> Action:
    image = reading.found.image
    status = reading.state(step).status
    if step is Step.IMAGE:
        return Action.OPEN if status is Status.FAILED else Action.NONE
    if step is Step.REPORT:
        return Action.REPORT
    if status is Status.READY:
        return Action.NONE
    if step is Step.RINGS and image is not None and image.spacing is None:
        return Action.CALIBRATE
    return Action.RUN


def _input_is_there(reading: Reading, step: Step) -> bool:
    if step is Step.IMAGE:
        return True
    if not reading.is_ready(Step.IMAGE):
        return False
    # Saliency comes from the same press as the prediction that it needs, so only a mask without tumour stops them.
    found_nothing = reading.is_ready(Step.MASK) and not reading.found.tumour_found
    return step in (Step.MASK, Step.REPORT) or not found_nothing
