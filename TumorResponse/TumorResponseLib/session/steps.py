"""The steps of a reading and the state that each can be in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """What a reading goes through, in order."""

    IMAGE = "image"
    MASK = "mask"
    RINGS = "rings"
    PREDICTION = "prediction"
    SALIENCY = "saliency"
    REPORT = "report"

    @property
    def later(self) -> tuple[Step, ...]:
        """The steps after this one."""
        steps = tuple(Step)
        return steps[steps.index(self) + 1 :]

    @property
    def earlier(self) -> tuple[Step, ...]:
        """The steps before this one."""
        steps = tuple(Step)
        return steps[: steps.index(self)]

    @property
    def needs(self) -> Step | None:
        """The step whose result this one works on; None for the first.

        A prediction works on the mask, not on the rings, so that it may stand where the rings are refused.
        """
        needed = {
            Step.MASK: Step.IMAGE,
            Step.RINGS: Step.MASK,
            Step.PREDICTION: Step.MASK,
            Step.SALIENCY: Step.PREDICTION,
            Step.REPORT: Step.IMAGE,
        }
        return needed.get(self)

    def depends_on(self, other: Step) -> bool:
        """Whether this step cannot have a result without the other's."""
        needed = self.needs
        return needed is not None and (needed is other or needed.depends_on(other))


class Status(StrEnum):
    """What is known of a step's result.

    EMPTY: there is none. READY: it fits everything before it. STALE: something before it changed since.
    FAILED: the last attempt failed; an earlier result, if any, still stands.
    """

    EMPTY = "empty"
    READY = "ready"
    STALE = "stale"
    FAILED = "failed"


@dataclass(frozen=True)
class StepState:
    """A step's status with one sentence for the user, ``""`` where the status says it all."""

    status: Status = Status.EMPTY
    reason: str = ""


class Cancelled(Exception):
    """The user stopped a run, which is no failure; what was there before stands."""
