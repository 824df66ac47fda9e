"""Cox's proportional hazards with a ridge penalty: the plain baseline beside which survival networks are shown.

lifelines has it for pandas tables only, which this library does not use; on the tables that lifelines ships the fits
are the same (Testing/research/test_cox.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from TumorResponseLib.research.evaluation.survival.times import SurvivalTimes, Times

Matrix = NDArray[np.float64]

STEPS = 50
CLOSE = 1e-9
"""Newton's steps end when the log-likelihood grows by less."""


@dataclass(frozen=True)
class CoxModel:
    """A fitted model.

    Attributes:
        coefficients: log hazard ratio of each feature, ``(features,)``.
        log_likelihood: partial, with Efron's handling of ties, without the penalty.
        times: of the baseline hazard's steps, rising.
        hazard: Breslow's cumulative baseline hazard at each of them.
    """

    coefficients: Matrix
    log_likelihood: float
    times: Times
    hazard: Times

    def risks(self, features: ArrayLike) -> Matrix:
        """Log hazard of each patient against the baseline, ``(patients,)``."""
        return np.asarray(features, dtype=np.float64) @ self.coefficients

    def survival(self, features: ArrayLike, times: ArrayLike) -> Matrix:
        """Chance of no event up to each time, ``(patients, times)``."""
        place = np.searchsorted(self.times, np.asarray(times, dtype=np.float64), side="right")
        return np.exp(-np.exp(self.risks(features))[:, None] * np.concatenate([[0.0], self.hazard])[place])


def fit_cox(features: ArrayLike, followed: SurvivalTimes, penalty: float = 0.0) -> CoxModel:
    """Fit by Newton's method; ties as Efron's (JASA 72:557, 1977).

    Args:
        features: ``(patients, features)``; of similar scale where there is a penalty.
        followed: the patients.
        penalty: strength of the pull to 0: half of it times the squared length of the coefficients is subtracted from
            the log-likelihood.

    Raises:
        ValueError: no event was seen, or the fit does not settle (separated patients need a penalty).
    """
    if not followed.events.any():
        raise ValueError("No event was seen among these patients, so no hazard can be fitted.")
    given = np.asarray(features, dtype=np.float64)
    centre = given.mean(axis=0)
    matrix = given - centre
    weights = np.zeros(matrix.shape[1])
    reached, slope, curve = _penalised(weights, matrix, followed, penalty)
    for _ in range(STEPS):
        step = np.linalg.lstsq(curve, slope, rcond=None)[0]
        tried = _penalised(weights + step, matrix, followed, penalty)
        while not tried[0] >= reached - CLOSE and np.abs(step).max() > CLOSE:
            step /= 2
            tried = _penalised(weights + step, matrix, followed, penalty)
        weights, gain = weights + step, tried[0] - reached
        reached, slope, curve = tried
        if abs(gain) < CLOSE:
            break
    else:
        raise ValueError("The Cox model does not settle; give it a penalty.")
    times, hazard = _baseline(np.exp(matrix @ weights), followed)
    # The hazard of a patient whose features are 0, not at their mean.
    return CoxModel(
        weights, reached + penalty / 2 * float(weights @ weights), times, hazard * np.exp(-float(centre @ weights))
    )


def _penalised(
    weights: Matrix, matrix: Matrix, followed: SurvivalTimes, penalty: float
) -> tuple[float, Matrix, Matrix]:
    """Penalised log-likelihood, its gradient and the negative of its second derivative."""
    risk = np.exp(matrix @ weights)
    value = -penalty / 2 * float(weights @ weights)
    slope, curve = -penalty * weights, penalty * np.eye(len(weights))
    for time in np.unique(followed.times[followed.events]):
        at_risk, leaving = followed.times >= time, (followed.times == time) & followed.events
        whole, whole_x, whole_xx = _sums(risk[at_risk], matrix[at_risk])
        tied, tied_x, tied_xx = _sums(risk[leaving], matrix[leaving])
        count = int(leaving.sum())
        value += float((matrix[leaving] @ weights).sum())
        slope = slope + matrix[leaving].sum(axis=0)
        for part in np.arange(count) / count:
            total = whole - part * tied
            mean = (whole_x - part * tied_x) / total
            value -= float(np.log(total))
            slope = slope - mean
            curve = curve + (whole_xx - part * tied_xx) / total - np.outer(mean, mean)
    return value, slope, curve


def _sums(risk: Matrix, matrix: Matrix) -> tuple[float, Matrix, Matrix]:
    return float(risk.sum()), risk @ matrix, (matrix * risk[:, None]).T @ matrix


def _baseline(risk: Matrix, followed: SurvivalTimes) -> tuple[Times, Times]:
    times = np.unique(followed.times[followed.events])
    events = np.array([(followed.events & (followed.times == time)).sum() for time in times])
    at_risk = np.array([risk[followed.times >= time].sum() for time in times])
    return times, np.cumsum(events / at_risk)
