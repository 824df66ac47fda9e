"""Calibration: whether patients told 30 % have the outcome in 30 % of cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize
from scipy.special import expit, logit

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.research.evaluation.intervals import Interval, wilson_interval
from TumorResponseLib.research.evaluation.outcomes import Outcomes, checked_predictions

EXTREME = 1e-6
"""Probabilities are kept this far from 0 and 1 before their logit is taken."""


@dataclass(frozen=True)
class CalibrationBin:
    """Patients with similar predictions.

    Attributes:
        patients: how many.
        predicted: their mean predicted probability.
        observed: the share of them with the outcome.
        observed_ci: Wilson's interval of that share.
    """

    patients: int
    predicted: float
    observed: float
    observed_ci: Interval


@dataclass(frozen=True)
class Calibration:
    """Calibration of one model on one split.

    Attributes:
        bins: by rising prediction.
        expected_error: mean distance of observed from predicted over the bins, weighted by patients (Naeini et al.,
            AAAI 2015, on quantile bins).
        intercept: calibration in the large: what has to be added to every prediction's logit for the mean to be right;
            0 is perfect. None when all patients have the same outcome.
        slope: of the outcome's logistic regression on the prediction's logit; 1 is perfect, below 1 is overconfident.
            None when it does not exist: the predictions are all equal, or separate the outcomes completely.
    """

    bins: tuple[CalibrationBin, ...]
    expected_error: float
    intercept: float | None
    slope: float | None


def calibration(outcomes: ArrayLike, probabilities: ArrayLike, bins: int = 10, level: float = 0.95) -> Calibration:
    """Calibration curve, error, intercept and slope (Van Calster et al., BMC Medicine 17:230, 2019).

    Args:
        outcomes: 0 or 1, ``(patients,)``.
        probabilities: of outcome 1, ``(patients,)``.
        bins: of equally many patients; equal predictions always share a bin, so there may be fewer.
        level: nominal coverage of the bins' intervals.

    Raises:
        StudyError: the input makes no sense.
    """
    truth, predicted = checked_predictions(outcomes, probabilities)
    if bins < 1:
        raise StudyError(f"A calibration curve needs at least one bin, not {bins}.")
    edges = np.quantile(predicted, np.arange(1, bins) / bins)
    member = np.searchsorted(edges, predicted, side="left")
    found = []
    for chosen in (member == number for number in np.unique(member)):
        events, patients = int(truth[chosen].sum()), int(chosen.sum())
        interval = wilson_interval(events, patients, level)
        found.append(CalibrationBin(patients, float(predicted[chosen].mean()), events / patients, interval))
    error = sum(one.patients * abs(one.observed - one.predicted) for one in found) / len(truth)
    log_odds = logit(np.clip(predicted, EXTREME, 1.0 - EXTREME))
    return Calibration(tuple(found), error, _intercept(truth, log_odds), _slope(truth, log_odds))


def _intercept(truth: Outcomes, log_odds: NDArray[np.float64]) -> float | None:
    if truth.all() or not truth.any():
        return None
    # The maximum-likelihood shift makes the mean prediction equal the outcome's share.
    reach = float(np.abs(log_odds).max() + np.log(len(truth)) + 1.0)
    return float(brentq(lambda shift: expit(log_odds + shift).mean() - truth.mean(), -reach, reach))


def _slope(truth: Outcomes, log_odds: NDArray[np.float64]) -> float | None:
    if truth.all() or not truth.any() or np.ptp(log_odds) == 0.0:
        return None
    positive, negative = log_odds[truth], log_odds[~truth]
    if positive.min() >= negative.max() or positive.max() <= negative.min():
        return None
    sign = np.where(truth, -1.0, 1.0)
    design = np.stack([np.ones_like(log_odds), log_odds])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (weights @ design)
        return float(np.logaddexp(0.0, margin).mean()), design @ (sign * expit(margin)) / len(truth)

    return float(minimize(loss, x0=np.array([0.0, 1.0]), jac=True, method="BFGS").x[1])
