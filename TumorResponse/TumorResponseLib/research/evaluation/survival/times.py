"""Times to an event, some of them cut short, and how likely it was that a patient was still watched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from TumorResponseLib.core.errors import StudyError

Times = NDArray[np.float64]
Events = NDArray[np.bool_]


@dataclass(frozen=True)
class SurvivalTimes:
    """Follow-up of some patients.

    Attributes:
        times: to the event or to the last visit, ``(patients,)``, in one unit.
        events: whether the event was seen at that time; otherwise the patient is censored then, ``(patients,)``.
    """

    times: Times
    events: Events

    def __len__(self) -> int:
        return len(self.times)

    def of(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> SurvivalTimes:
        """The chosen patients, by truth values or places."""
        return SurvivalTimes(self.times[chosen], self.events[chosen])


def survival_times(times: ArrayLike, events: ArrayLike) -> SurvivalTimes:
    """Follow-up, checked.

    Raises:
        StudyError: there is not one time of at least 0 and one 0 or 1 for each patient.
    """
    lasted, seen = np.asarray(times, dtype=np.float64), np.asarray(events)
    if lasted.ndim != 1 or lasted.size == 0 or not (np.isfinite(lasted) & (lasted >= 0.0)).all():
        raise StudyError("The follow-up must be one time of at least 0 a patient; complete or leave out the others.")
    if seen.shape != lasted.shape or not np.isin(seen, (0, 1)).all():
        raise StudyError(f"The events must be one 0 or 1 for each of the {lasted.size} patients.")
    return SurvivalTimes(lasted, seen.astype(np.bool_))


@dataclass(frozen=True)
class Watched:
    """The Kaplan-Meier curve of censoring: a step function.

    Attributes:
        times: distinct times of follow-up, rising.
        shares: chance of not being censored up to and at each of them.
    """

    times: Times
    shares: Times

    def at(self, times: ArrayLike) -> Times:
        """Chance of not being censored up to and at ``times``, same shape."""
        place = np.searchsorted(self.times, np.asarray(times, dtype=np.float64), side="right")
        return np.concatenate([[1.0], self.shares])[place]

    def weights(self, times: ArrayLike) -> Times:
        """One over that chance: whom a patient watched until then stands for.

        Raises:
            StudyError: by then nobody is watched any more.
        """
        shares = self.at(times)
        if not (shares > 0.0).all():
            raise StudyError(
                "Nobody is followed up to the last of these times, so they cannot be evaluated; choose an earlier one."
            )
        return 1.0 / shares


def censoring(followed: SurvivalTimes) -> Watched:
    """How long patients are watched.

    Of patients with the same time, those with the event leave first (Graf et al., Statistics in Medicine 18:2529,
    1999). lifelines lets the censored ones leave together with them, so its estimator is not the one for this.
    """
    distinct, place = np.unique(followed.times, return_inverse=True)
    events = np.bincount(place, weights=followed.events, minlength=len(distinct))
    leaving = np.bincount(place, minlength=len(distinct))
    at_risk = len(followed) - np.concatenate([[0], np.cumsum(leaving)[:-1]]) - events
    censored = leaving - events
    lost = np.divide(censored, at_risk, out=np.zeros(len(distinct)), where=censored > 0)
    return Watched(distinct, np.cumprod(1.0 - lost))
