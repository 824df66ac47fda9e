"""Calibration of the predicted risk at one time, such as one year, when some patients are censored before."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.research.evaluation.calibration import EXTREME, Calibration, CalibrationBin
from TumorResponseLib.research.evaluation.survival.kaplan_meier import survival_curve
from TumorResponseLib.research.evaluation.survival.times import SurvivalTimes, censoring


def calibration_at(
    followed: SurvivalTimes, risks: ArrayLike, horizon: float, bins: int = 5, level: float = 0.95
) -> Calibration:
    """Calibration of the predicted chance of the event by ``horizon``.

    The observed share of a bin is one less its Kaplan-Meier curve at ``horizon``; a bin whose curve ends before is left
    out of the curve and of the expected error, since nobody of it was watched that long. Intercept and slope come from
    the patients whose state at ``horizon`` is known, weighted by one over the chance of being watched that long
    (McLernon et al., Annals of Internal Medicine 176:105, 2023; Graf's weights).

    Args:
        followed: the patients.
        risks: predicted chance of the event by ``horizon``, ``(patients,)``.
        horizon: in the unit of the times.
        bins: of equally many patients; equal predictions share a bin, so there may be fewer.
        level: nominal coverage of the bins' intervals.

    Raises:
        StudyError: predictions are missing or no probabilities, or nobody is watched up to ``horizon``.
    """
    predicted = np.asarray(risks, dtype=np.float64)
    if predicted.shape != followed.times.shape or not ((predicted >= 0.0) & (predicted <= 1.0)).all():
        raise StudyError(f"The risks must be one probability for each of the {len(followed)} patients.")
    if bins < 1 or not (followed.times >= horizon).any():
        raise StudyError(f"Calibration at {horizon:g} needs a bin and a patient who is followed up to then.")
    edges = np.quantile(predicted, np.arange(1, bins) / bins)
    member = np.searchsorted(edges, predicted, side="left")
    found = []
    for chosen in (member == number for number in np.unique(member)):
        part = followed.of(chosen)
        survival, (low, high) = survival_curve(part, level).at(horizon)
        if part.times.max() < horizon and survival > 0.0:
            continue
        observed_ci = (1.0 - float(high), 1.0 - float(low))
        found.append(CalibrationBin(int(chosen.sum()), float(predicted[chosen].mean()), 1.0 - survival, observed_ci))
    counted = sum(one.patients for one in found)
    error = sum(one.patients * abs(one.observed - one.predicted) for one in found) / counted
    truth, weights = known_at(followed, horizon)
    log_odds = logit(np.clip(predicted, EXTREME, 1.0 - EXTREME))
    intercept, slope = _intercept_and_slope(truth, weights, log_odds)
    return Calibration(tuple(found), error, intercept, slope)


def known_at(followed: SurvivalTimes, horizon: float) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Who had the event by ``horizon``, and whom each patient stands for (0 when censored before), ``(patients,)``.

    Raises:
        StudyError: nobody is watched up to ``horizon``.
    """
    happened = followed.events & (followed.times <= horizon)
    known = happened | (followed.times > horizon)
    weights = np.zeros(len(followed))
    weights[known] = censoring(followed).weights(np.minimum(followed.times[known], horizon))
    return happened, weights


def _intercept_and_slope(
    truth: NDArray[np.bool_], weights: NDArray[np.float64], log_odds: NDArray[np.float64]
) -> tuple[float | None, float | None]:
    """None where they do not exist: all patients alike in outcome or prediction, or told apart completely."""
    known = weights > 0.0
    truth, weights, log_odds = truth[known], weights[known], log_odds[known]
    if truth.all() or not truth.any():
        return None, None
    reach = float(np.abs(log_odds).max() + np.log(weights.sum()) + 1.0)
    share = np.average(truth, weights=weights)
    intercept = brentq(lambda shift: np.average(expit(log_odds + shift), weights=weights) - share, -reach, reach)
    with_event, without = log_odds[truth], log_odds[~truth]
    if np.ptp(log_odds) == 0.0 or with_event.min() >= without.max() or with_event.max() <= without.min():
        return float(intercept), None
    fitted = LogisticRegression(C=np.inf, tol=1e-8).fit(log_odds[:, None], truth, sample_weight=weights)
    return float(intercept), float(fitted.coef_[0, 0])
