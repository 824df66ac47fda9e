"""Area under the ROC curve with DeLong's variance, interval and paired test.

DeLong, DeLong and Clarke-Pearson, Biometrics 44:837, 1988; computed from midranks as in Sun and Xu, "Fast
Implementation of DeLong's Algorithm", IEEE Signal Processing Letters 21:1389, 2014.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from scipy.stats import norm, rankdata

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.research.evaluation.intervals import Interval, normal_quantile
from TumorResponseLib.research.evaluation.outcomes import checked_outcomes

SMALLEST_ERROR = 1e-12
"""Of a difference; what is smaller is rounding."""


@dataclass(frozen=True)
class Auc:
    """An area under the ROC curve.

    Attributes:
        value: the chance that a patient with the outcome scores above one without it; ties count one half.
        variance: DeLong's estimate.
        interval: lower and upper bound.
    """

    value: float
    variance: float
    interval: Interval


@dataclass(frozen=True)
class PairedTest:
    """DeLong's test of two models on the same patients.

    Attributes:
        first: the first model's AUC.
        second: the second model's AUC.
        difference: first minus second.
        interval: of the difference.
        z: the difference in standard errors.
        p_value: two-sided.
    """

    first: float
    second: float
    difference: float
    interval: Interval
    z: float
    p_value: float


def auc_with_interval(outcomes: ArrayLike, scores: ArrayLike, level: float = 0.95) -> Auc:
    """AUC of one model.

    The interval is symmetric on the logit scale, so it stays within [0, 1] and covers well near 1 (Pepe, The
    Statistical Evaluation of Medical Tests, 2003, section 5.2). An AUC of exactly 0 or 1 has an estimated variance of
    0, which says nothing; its far bound is then the exact binomial one of ``min(positives, negatives)`` independent
    pairs of patients that were all ranked alike.

    Args:
        outcomes: 0 or 1, ``(patients,)``.
        scores: higher means more likely 1, ``(patients,)``.
        level: nominal coverage.

    Raises:
        StudyError: fewer than two patients of either outcome, or scores that are no numbers.
    """
    truth = checked_outcomes(outcomes)
    areas, covariance = auc_covariance(truth, np.asarray(scores, dtype=np.float64)[None])
    area, variance = float(areas[0]), float(covariance[0, 0])
    if area in (0.0, 1.0):
        reach = ((1.0 - level) / 2.0) ** (1.0 / min(truth.sum(), (~truth).sum()))
        return Auc(area, variance, (float(reach), 1.0) if area == 1.0 else (0.0, float(1.0 - reach)))
    half = normal_quantile(level) * sqrt(variance) / (area * (1.0 - area))
    low, high = expit(logit(area) + np.array([-half, half]))
    return Auc(area, variance, (float(low), float(high)))


def paired_test(outcomes: ArrayLike, first: ArrayLike, second: ArrayLike, level: float = 0.95) -> PairedTest:
    """Whether two models' AUC on the same patients differ.

    Between two models that each rank perfectly, or by chance alone, the estimated error is 0 and says nothing: the
    interval is then all that a difference can be, and p is 1.

    Args:
        outcomes: 0 or 1, ``(patients,)``.
        first: scores of the first model, ``(patients,)``.
        second: scores of the second model, ``(patients,)``.
        level: nominal coverage of the difference's interval.

    Raises:
        StudyError: fewer than two patients of either outcome, or scores that are no numbers.
    """
    scores = np.stack([np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)])
    areas, covariance = auc_covariance(checked_outcomes(outcomes), scores)
    difference = float(areas[0] - areas[1])
    error = sqrt(max(0.0, float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])))
    # Models that rank alike differ by 0 with an error of 0 (up to rounding).
    z = difference / error if error > SMALLEST_ERROR else 0.0
    is_blind = error <= SMALLEST_ERROR < abs(difference)
    reach = normal_quantile(level) * error
    interval = (-1.0, 1.0) if is_blind else (difference - reach, difference + reach)
    return PairedTest(float(areas[0]), float(areas[1]), difference, interval, z, 2.0 * norm.sf(abs(z)))


def auc_covariance(
    outcomes: NDArray[np.bool_], scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """AUC of several models and the covariance of the estimates.

    Args:
        outcomes: ``(patients,)``.
        scores: ``(models, patients)``.

    Returns:
        AUC ``(models,)`` and their covariance ``(models, models)``.

    Raises:
        StudyError: fewer than two patients of either outcome, or scores that are no numbers.
    """
    positives, negatives = int(outcomes.sum()), int((~outcomes).sum())
    if min(positives, negatives) < 2:
        raise StudyError(
            f"An AUC needs at least two patients of either outcome and there are {positives} with and {negatives} "
            "without it; evaluate on more patients."
        )
    if scores.shape[1:] != outcomes.shape or np.isnan(scores).any():
        raise StudyError(f"The scores must be one number for each of the {len(outcomes)} patients.")
    ranks = rankdata(scores, axis=1)
    # How often each patient is ranked on the right side of the patients of the other outcome.
    wins = (ranks[:, outcomes] - rankdata(scores[:, outcomes], axis=1)) / negatives
    losses = (ranks[:, ~outcomes] - rankdata(scores[:, ~outcomes], axis=1)) / positives
    covariance = np.cov(wins) / positives + np.cov(losses) / negatives
    return wins.mean(axis=1), np.atleast_2d(covariance)
