"""The requests of a background reading: open a study, run, predict aside."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any

from TumorResponseLib.core.errors import TumorResponseError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.study import Study
from TumorResponseLib.predict.system import Prediction
from TumorResponseLib.session.choosing import Decision
from TumorResponseLib.session.findings import RESULTS, Findings
from TumorResponseLib.session.steps import Status, Step, StepState
from TumorResponseLib.session.study_source import StudySource
from TumorResponseLib.worker.messages import Message, MessageError, Packer, Unpacker, field_types
from TumorResponseLib.worker.pace import Running
from TumorResponseLib.worker.requests import End, Outcome, Request

if TYPE_CHECKING:
    from TumorResponseLib.worker.background import BackgroundReading

COMPUTED = (Step.MASK, Step.RINGS, Step.PREDICTION, Step.SALIENCY)

SECONDS: Any = float | None


class Asked(Request):
    """A request of one reading; see ``requests.Request``."""

    def __init__(self, owner: BackgroundReading) -> None:
        self._owner = owner
        self.steps: tuple[Step, ...] = ()
        self.step = Step.IMAGE
        self._since = monotonic()

    @property
    def owner(self) -> BackgroundReading:
        """The reading that asks."""
        return self._owner

    @property
    def ahead(self) -> bool:
        """As its reading."""
        return self.owner.ahead

    @property
    def axes(self) -> int:
        """Of the image; 0 before there is one."""
        return 0

    def running(self) -> Running:
        """How far it is."""
        return self.owner.client.pace.running(self.steps, self.step, self.axes, monotonic() - self._since)

    def enter(self, step: Step) -> None:
        """It has come to a step."""
        if step in self.steps and step is not self.step:
            self.step, self._since = step, monotonic()

    def ended(self, end: End) -> None:
        """Take the end."""
        self.owner.forget(self)
        if end.outcome is Outcome.FAILED:
            self.failed(end.sentence)

    def failed(self, sentence: str) -> None:
        """Tell the user."""
        self.owner.error = sentence
        self.owner.reading.fail(self.step, sentence)


class Opening(Asked):
    """Load a study."""

    def __init__(self, owner: BackgroundReading, source: StudySource) -> None:
        super().__init__(owner)
        self._source = source
        self._life = 0
        self.steps = (Step.IMAGE,)

    def message(self, packer: Packer, life: int) -> Message:
        """The source, and the reading's options."""
        self._life = life
        options = self.owner.reading.options
        message = {"task": "open", "source": packer.pack(self._source), "options": packer.pack(options)}
        return message | self.owner.sync.head

    def told(self, event: Message, unpacker: Unpacker) -> None:
        """Open the study that was loaded."""
        study, seconds = unpacker.unpack(Study, event.get("study")), unpacker.unpack(float, event.get("seconds"))
        decision = unpacker.unpack(Decision, event.get("decision"))
        self.owner.client.pace.note(Step.IMAGE, 0, seconds)
        with suppress(TumorResponseError):  # the step keeps the sentence
            self.owner.reading.open(study, seconds=seconds, decision=decision)
            self.owner.sync.opened(self._life)

    def failed(self, sentence: str) -> None:
        """Tell the user, and run nothing on it."""
        super().failed(sentence)
        self.owner.withdraw_runs()


class Run(Asked):
    """Bring the steps from ``first`` on up to date."""

    def __init__(self, owner: BackgroundReading, first: Step, *, again: bool) -> None:
        super().__init__(owner)
        self.first = first
        self.again = again
        self._begin()

    @property
    def axes(self) -> int:
        """Of the image."""
        image = self.owner.reading.found.image
        return image.pixels.ndim if image else 0

    def does(self, first: Step, *, again: bool) -> bool:
        """Whether another run would add nothing to this one."""
        if self.owner.client.is_under_way(self) and not self.owner.sync.is_up_to_date():
            return False
        return (self.first, self.again) == (first, again) if again else self.first not in first.later

    def joined(self, first: Step, *, again: bool) -> tuple[Step, bool]:
        """The run that does this one's work and another's."""
        if again:
            return first, True
        if self.again and not self.owner.client.is_under_way(self):
            return self.first, True
        return min(first, self.first, key=tuple(Step).index), False

    def message(self, packer: Packer, life: int) -> Message:
        """What the worker lacks, and where to begin."""
        self._begin()
        with self.owner.sync.as_before_if_unsent():
            inputs = self.owner.sync.inputs(packer, life)
        return inputs | {"task": "run", "first": self.first.value, "again": self.again}

    def _begin(self) -> None:
        """Before it, from the first step on that has no result that fits, are all the later ones."""
        steps = tuple(step for step in COMPUTED if step not in self.first.earlier)
        ready = self.owner.reading.is_ready
        waiting = [step for step in steps if not ready(step) or (self.again and step is self.first)]
        self.steps = steps[steps.index(waiting[0]) :] if waiting else steps[-1:]
        self.step = self.steps[0]
        self._since = monotonic()

    def told(self, event: Message, unpacker: Unpacker) -> None:
        """Note that a step begins, or take its result where it is still wanted."""
        step = unpacker.unpack(Step, event.get("step"))
        if event["event"] == "progress":
            self.enter(step)
            return
        state = unpacker.unpack(StepState, event.get("state"))
        seconds = unpacker.unpack(SECONDS, event.get("seconds"))
        results = _results(step, event.get("results"), unpacker) if state.status is Status.READY else {}
        if seconds is not None:
            self.owner.client.pace.note(step, self.axes, seconds)
        if self.owner.sync.fits(step):
            self.owner.sync.adopt(step, state, results, seconds)

    def failed(self, sentence: str) -> None:
        """Tell the user; a step whose input changed meanwhile is stale and not failed."""
        if self.owner.sync.fits(self.step):
            super().failed(sentence)
        else:
            self.owner.error = sentence


@dataclass
class Ticket:
    """The answer to ``run_aside``, once it is ``done``.

    Attributes:
        predictions: by system.
        error: one sentence when there are none.
    """

    done: bool = False
    predictions: dict[str, Prediction] = field(default_factory=dict)
    error: str = ""

    @property
    def prediction(self) -> Prediction | None:
        """The first system's."""
        return next(iter(self.predictions.values()), None)


class Aside(Asked):
    """Predict for another mask."""

    def __init__(self, owner: BackgroundReading, mask: MaskArray) -> None:
        super().__init__(owner)
        self._mask = mask
        self.ticket = Ticket()

    def message(self, packer: Packer, life: int) -> Message:
        """The mask."""
        with self.owner.sync.as_before_if_unsent():
            return self.owner.sync.study(packer, life) | {"task": "aside", "mask": packer.pack(self._mask)}

    def told(self, event: Message, unpacker: Unpacker) -> None:
        """Take the predictions."""
        self.ticket.predictions = unpacker.unpack(dict[str, Prediction], event.get("predictions"))

    def ended(self, end: End) -> None:
        """Take the end."""
        super().ended(end)
        self.ticket.done = True
        if end.outcome is Outcome.CANCELLED:
            self.ticket.error = "Cancelled."

    def failed(self, sentence: str) -> None:
        """Tell who asked."""
        self.ticket.error = sentence


def _results(step: Step, packed: Any, unpacker: Unpacker) -> dict[str, Any]:
    if step not in RESULTS or not isinstance(packed, dict):
        raise MessageError(f"results of {step}")
    kinds = field_types(Findings)
    return {name: unpacker.unpack(kinds[name], packed.get(name)) for name in RESULTS[step]}
