"""Discrimination and error of yes-or-no predictions, each figure with its confidence interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from TumorResponseLib.research.evaluation.delong import auc_with_interval
from TumorResponseLib.research.evaluation.intervals import Interval, mean_interval, wilson_interval
from TumorResponseLib.research.evaluation.outcomes import checked_predictions


@dataclass(frozen=True)
class BinaryMetrics:
    """Figures of one model on one split; ``dataclasses.asdict`` gives its entry of ``metrics.json``.

    Attributes:
        patients: how many were predicted.
        positives: how many of them had the outcome.
        auc: area under the ROC curve, with DeLong's interval (logit scale).
        threshold: a probability of at least this is a yes.
        sensitivity: share of positives told yes, with Wilson's interval.
        specificity: share of negatives told no, with Wilson's interval.
        accuracy: share of all told right, with Wilson's interval.
        accuracy_by_class: share of each true class told right, outcome 0 first: specificity and sensitivity in the
            order of ``Prediction.classes``.
        brier: mean squared error of the probability, with the normal interval of the mean.
    """

    patients: int
    positives: int
    auc: float
    auc_ci: Interval
    threshold: float
    sensitivity: float
    sensitivity_ci: Interval
    specificity: float
    specificity_ci: Interval
    accuracy: float
    accuracy_ci: Interval
    accuracy_by_class: tuple[float, float]
    brier: float
    brier_ci: Interval


def binary_metrics(
    outcomes: ArrayLike, probabilities: ArrayLike, threshold: float = 0.5, level: float = 0.95
) -> BinaryMetrics:
    """Evaluate predicted probabilities.

    Args:
        outcomes: 0 or 1, ``(patients,)``.
        probabilities: of outcome 1, ``(patients,)``.
        threshold: decision threshold, chosen on other patients than these.
        level: nominal coverage of all intervals.

    Raises:
        StudyError: the input makes no sense, or fewer than two patients have either outcome.
    """
    truth, predicted = checked_predictions(outcomes, probabilities)
    auc = auc_with_interval(truth, predicted, level)
    told_yes = predicted >= threshold
    patients, positives = len(truth), int(truth.sum())
    negatives = patients - positives
    found, cleared = int((told_yes & truth).sum()), int((~told_yes & ~truth).sum())
    squared_error = (predicted - truth) ** 2
    low, high = mean_interval(squared_error, level)
    return BinaryMetrics(
        patients=patients,
        positives=positives,
        auc=auc.value,
        auc_ci=auc.interval,
        threshold=threshold,
        sensitivity=found / positives,
        sensitivity_ci=wilson_interval(found, positives, level),
        specificity=cleared / negatives,
        specificity_ci=wilson_interval(cleared, negatives, level),
        accuracy=(found + cleared) / patients,
        accuracy_ci=wilson_interval(found + cleared, patients, level),
        accuracy_by_class=(cleared / negatives, found / positives),
        brier=float(np.mean(squared_error)),
        brier_ci=(max(0.0, low), min(1.0, high)),
    )
