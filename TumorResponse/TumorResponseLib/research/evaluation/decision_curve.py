"""Decision curve analysis: what acting on a model is worth against treating all patients or none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.research.evaluation.outcomes import checked_predictions

THRESHOLDS = tuple(percent / 100 for percent in range(1, 100))


@dataclass(frozen=True)
class DecisionCurve:
    """Net benefit by threshold probability, in true positives a patient; treating none is worth 0 everywhere.

    Attributes:
        thresholds: probability from which on a patient is treated.
        model: net benefit of treating whom the model says.
        treat_all: net benefit of treating everyone.
        treat_none: net benefit of treating no one: zeros.
    """

    thresholds: tuple[float, ...]
    model: tuple[float, ...]
    treat_all: tuple[float, ...]
    treat_none: tuple[float, ...]


def decision_curve(
    outcomes: ArrayLike, probabilities: ArrayLike, thresholds: tuple[float, ...] = THRESHOLDS
) -> DecisionCurve:
    """Net benefit TP/n - FP/n * t/(1 - t) at each threshold t (Vickers and Elkin, Med Decis Making 26:565, 2006).

    Args:
        outcomes: 0 or 1, ``(patients,)``.
        probabilities: of outcome 1, ``(patients,)``; at least t is treated.
        thresholds: each in [0, 1).

    Raises:
        StudyError: the input makes no sense.
    """
    truth, predicted = checked_predictions(outcomes, probabilities)
    at = np.asarray(thresholds, dtype=np.float64)
    if at.ndim != 1 or not ((at >= 0.0) & (at < 1.0)).all():
        raise StudyError("Thresholds of a decision curve lie in [0, 1).")
    treated = predicted >= at[:, None]
    harm = at / (1.0 - at)
    model = (treated & truth).mean(axis=1) - harm * (treated & ~truth).mean(axis=1)
    treat_all = truth.mean() - harm * (~truth).mean()
    return DecisionCurve(
        tuple(at.tolist()), tuple(model.tolist()), tuple(treat_all.tolist()), tuple(np.zeros_like(at).tolist())
    )
