"""What is known of one reading: its results, how far each step is, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.predict.system import View
from TumorResponseLib.session.board import Observer, StepBoard
from TumorResponseLib.session.findings import Findings
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.steps import Status, Step, StepState


class ReadingState:
    """What needs no model. ``reading.Reading`` works on it here, and another process may work for it.

    Attributes:
        options: what was asked for.
        found: the results.
        limits: the masks that the rings stay ``within`` and keep out of (``exclude``), where there are such.
    """

    def __init__(self, options: ReadingOptions) -> None:
        self.options = options
        self.found = Findings()
        self.limits: dict[str, MaskArray] = {}
        self._board = StepBoard(lambda step: self.found.has(step))

    # What shells look at

    def state(self, step: Step) -> StepState:
        """The state of one step."""
        return self._board[step]

    def is_ready(self, step: Step) -> bool:
        """Whether the step's result may be shown as it stands."""
        return self._board[step].status is Status.READY

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Have ``observer(step, state)`` called on every change and every new result; returns how to end it."""
        return self._board.observe(observer)

    @property
    def view(self) -> View | None:
        """Which image of the study is read, and what may be laid behind it; None before a study is open."""
        return self.found.decision.view if self.found.decision else None

    @property
    def timing_s(self) -> dict[str, float]:
        """Seconds that each step took, by its name."""
        return dict(self._board.timing_s)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences to be seen beside the result, each once: of the study, the models, and the steps."""
        found = self.found
        sentences = [
            *(found.study.warnings if found.study else ()),
            *(sentence for bundle in found.bundles.values() for sentence in bundle.warnings),
            *(sentence for output in found.outputs.values() for sentence in output.warnings),
            *(self._board[step].reason for step in Step),
        ]
        return tuple(dict.fromkeys(sentence for sentence in sentences if sentence))

    # What is found elsewhere

    def adopt(self, step: Step, state: StepState, results: Mapping[str, Any], seconds: float | None = None) -> None:
        """Take what another reading of the same study, asked the same, came to.

        Args:
            step: from MASK to SALIENCY.
            state: READY or FAILED.
            results: the other's ``found.results(step)``; not looked at when it FAILED, so that the earlier ones stand.
            seconds: how long it took.
        """
        if state.status is Status.READY:
            self.found.take(step, results)
            if not self.found.tumour_found:
                self.found.drop_what_follows_the_mask()
        self._board.finish(step, state, seconds)

    def fail(self, step: Step, sentence: str) -> None:
        """Say that an attempt at a step failed outside; the earlier result stands."""
        self._board.finish(step, StepState(Status.FAILED, sentence))

    def leave(self, step: Step, reason: str) -> None:
        """Say why an attempt at a step was given up, which is no failure; the earlier result stands."""
        self._board.leave(step, reason)
