"""Kaplan-Meier curves of groups of patients, how many are at risk, and whether the groups differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from numpy.typing import ArrayLike, NDArray

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.research.evaluation.intervals import Interval
from TumorResponseLib.research.evaluation.survival.times import SurvivalTimes

ROUNDING = 1e-9
"""A product of shares that is one half may come out a little above it."""


@dataclass(frozen=True)
class SurvivalCurve:
    """The Kaplan-Meier curve of one group: a step function that holds its value until the next time.

    Attributes:
        patients: how many.
        events: of how many the event was seen.
        times: of the steps, from 0.
        survival: share without event after each step.
        low: lower end of its interval (log-log scale; Kalbfleisch and Prentice).
        high: upper end.
        censored_at: times at which patients were censored.
        median: time by which half of the patients have the event; None when the curve stays above one half.
        median_ci: its interval; None for an end that is not reached.
    """

    patients: int
    events: int
    times: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    censored_at: tuple[float, ...]
    median: float | None
    median_ci: tuple[float | None, float | None]

    def at(self, time: float) -> tuple[float, Interval]:
        """Share without event at ``time``, and its interval."""
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        return self.survival[place], (self.low[place], self.high[place])


@dataclass(frozen=True)
class LogRank:
    """The log-rank test of several groups.

    Attributes:
        statistic: chi-squared distributed when the groups do not differ.
        degrees_of_freedom: groups less one.
        p_value: of the test.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float


def survival_curve(followed: SurvivalTimes, level: float = 0.95) -> SurvivalCurve:
    """The Kaplan-Meier curve of one group of patients.

    Args:
        followed: the group.
        level: nominal coverage of the intervals.
    """
    fitter = KaplanMeierFitter(alpha=1.0 - level).fit(followed.times, followed.events)
    times = fitter.survival_function_.index.to_numpy(dtype=np.float64)
    survival = fitter.survival_function_.to_numpy()[:, 0]
    low, high = fitter.confidence_interval_survival_function_.to_numpy().T
    return SurvivalCurve(
        patients=len(followed),
        events=int(followed.events.sum()),
        times=tuple(times.tolist()),
        survival=tuple(survival.tolist()),
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
        censored_at=tuple(np.unique(followed.times[~followed.events]).tolist()),
        median=_halved(times, survival),
        median_ci=(_halved(times, low), _halved(times, high)),
    )


def at_risk(followed: SurvivalTimes, times: Sequence[float]) -> tuple[int, ...]:
    """How many patients are followed up to each of ``times`` at least, without an event before."""
    return tuple(int((followed.times >= time).sum()) for time in times)


def log_rank(followed: SurvivalTimes, groups: ArrayLike) -> LogRank:
    """Whether groups of patients differ in survival (Mantel and Cox).

    Args:
        followed: all patients.
        groups: which group each belongs to, ``(patients,)``.

    Raises:
        StudyError: there are fewer than two groups.
    """
    member = checked_groups(followed, groups)
    found = multivariate_logrank_test(followed.times, member, followed.events)
    return LogRank(float(found.test_statistic), len(np.unique(member)) - 1, float(found.p_value))


def risk_groups(risks: ArrayLike, cuts: Sequence[float]) -> NDArray[np.int64]:
    """Which of ``len(cuts) + 1`` groups each patient belongs to, 0 the lowest risk, ``(patients,)``.

    Args:
        risks: predicted, higher is worse, ``(patients,)``.
        cuts: rising, chosen on other patients than these; a risk at a cut belongs above it.
    """
    return np.searchsorted(np.asarray(cuts, dtype=np.float64), np.asarray(risks, dtype=np.float64), side="right")


def checked_groups(followed: SurvivalTimes, groups: ArrayLike) -> NDArray[np.generic]:
    """One group for each patient, two groups at least; raises StudyError otherwise."""
    member = np.asarray(groups)
    if member.shape != followed.times.shape or len(np.unique(member)) < 2:
        raise StudyError("Comparing survival needs one group for each patient and at least two groups.")
    return member


def _halved(times: NDArray[np.float64], shares: NDArray[np.float64]) -> float | None:
    """The first time at which no more than half are left (up to rounding); None when there is none."""
    reached = shares <= 0.5 + ROUNDING
    return float(times[int(reached.argmax())]) if reached.any() else None
