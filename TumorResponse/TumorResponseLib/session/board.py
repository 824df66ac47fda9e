"""The state of every step of a reading: what is ready, what became stale, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from time import perf_counter

from TumorResponseLib.core.errors import TumorResponseError
from TumorResponseLib.session.steps import Status, Step, StepState

Observer = Callable[[Step, StepState], None]


class StepBoard:
    """Keeps the steps' states.

    Args:
        has_result: whether a step has a result, old or new; without one a step cannot become STALE.

    Attributes:
        timing_s: how long each step's last success took, in seconds.
    """

    def __init__(self, has_result: Callable[[Step], bool]) -> None:
        self._has_result = has_result
        self._states = {step: StepState() for step in Step}
        self._observers: list[Observer] = []
        self.timing_s: dict[str, float] = {}

    def __getitem__(self, step: Step) -> StepState:
        return self._states[step]

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Call ``observer(step, state)`` from now on; the returned function ends that and may be called twice."""
        self._observers.append(observer)

        def unsubscribe() -> None:
            if observer in self._observers:
                self._observers.remove(observer)

        return unsubscribe

    @contextmanager
    def work_on(self, step: Step) -> Iterator[list[str]]:
        """Do a step's work inside, and assign its results last; sentences for the user go into the yielded list.

        Afterwards the step is READY, or, when a TumorResponseError left the block, FAILED with its sentence. Any other
        exception, such as a cancellation, leaves the states as they were.
        """
        remarks: list[str] = []
        start = perf_counter()
        try:
            yield remarks
        except TumorResponseError as error:
            self.finish(step, StepState(Status.FAILED, str(error)))
            raise
        self.finish(step, StepState(Status.READY, " ".join(remarks)), perf_counter() - start)

    def finish(self, step: Step, state: StepState, seconds: float | None = None) -> None:
        """Set what an attempt at a step came to, READY or FAILED, and what that means for the later ones.

        Args:
            step: whose result, if it has a new one, is assigned already.
            state: an EMPTY step hands on the sentence of the one that keeps it so.
            seconds: how long a success took, for ``timing_s``.
        """
        if seconds is not None:
            self.timing_s[step.value] = seconds
        later = self._outdated(step.later, f"The {step} {'changed' if state.status is Status.READY else 'failed'}.")
        for each in step.later:
            if later[each].status is Status.EMPTY and each.depends_on(step):
                later[each] = StepState(Status.EMPTY, state.reason)
        self.update({step: state} | later)

    def leave(self, step: Step, reason: str) -> None:
        """Say why an attempt at a step ended without a result and without a failure; a READY step stays so."""
        if self._states[step].status is not Status.READY:
            self.update({step: StepState(Status.STALE if self._has_result(step) else Status.EMPTY, reason)})

    def outdate(self, first: Step, reason: str) -> None:
        """Mark a step and those after it as no longer fitting."""
        self.update(self._outdated((first, *first.later), reason))

    def _outdated(self, steps: tuple[Step, ...], stale_reason: str) -> dict[Step, StepState]:
        return {
            step: StepState(Status.STALE, stale_reason) if self._has_result(step) else StepState() for step in steps
        }

    def update(self, states: Mapping[Step, StepState]) -> None:
        """Set several states, then tell the observers of every changed state and of every new (READY) result.

        All states are set and all observers are called even when one of them raises; its exception comes out last.
        """
        news = [
            (step, state)
            for step, state in states.items()
            if state != self._states[step] or state.status is Status.READY
        ]
        self._states.update(states)
        with ExitStack() as calls:  # runs in reverse order what was pushed, and goes on after an exception
            for step, state in reversed(news):
                for observer in reversed(self._observers):
                    calls.callback(observer, step, state)
