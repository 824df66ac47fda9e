"""Brier score over time: how far predicted survival is from what happened, censored patients weighted for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.research.evaluation.survival.kaplan_meier import survival_curve
from TumorResponseLib.research.evaluation.survival.times import SurvivalTimes, Times, censoring


@dataclass(frozen=True)
class BrierCurve:
    """Brier scores of one model.

    Attributes:
        times: at which survival was predicted, rising.
        scores: at each of them; 0 is perfect, 0.25 is a coin.
        integrated: their mean over the span of ``times``, by the trapezoidal rule; the score itself for one time.
    """

    times: tuple[float, ...]
    scores: tuple[float, ...]
    integrated: float


def brier_curve(
    followed: SurvivalTimes, survival: ArrayLike, times: ArrayLike, *, training: SurvivalTimes | None = None
) -> BrierCurve:
    """Brier score at each time (Graf et al., Statistics in Medicine 18:2529, 1999).

    A patient with the event by then counts with weight 1 / G(own time), one who is still watched with 1 / G(time),
    one censored before not at all; G is the Kaplan-Meier curve of censoring.

    Args:
        followed: the patients.
        survival: predicted chance of no event up to each time, ``(patients, times)``.
        times: rising, within the follow-up.
        training: patients to estimate G on; ``followed`` when it is not given.

    Raises:
        StudyError: predictions are missing or no probabilities, the times do not rise, or nobody of ``training`` is
            watched up to the last of them.
    """
    at, predicted = np.asarray(times, dtype=np.float64), np.asarray(survival, dtype=np.float64)
    if at.ndim != 1 or at.size == 0 or not (np.diff(at) > 0.0).all():
        raise StudyError("A Brier score over time needs rising times.")
    if predicted.shape != (len(followed), len(at)) or not ((predicted >= 0.0) & (predicted <= 1.0)).all():
        raise StudyError(f"Survival must be one probability for each of {len(followed)} patients and {len(at)} times.")
    watched = censoring(training or followed)
    still = followed.times[:, None] > at
    happened = followed.events[:, None] & ~still
    own = np.zeros(len(followed))
    counted = happened.any(axis=1)
    own[counted] = watched.weights(followed.times[counted])
    weights = happened * own[:, None] + still * watched.weights(at)
    scores = (weights * (still - predicted) ** 2).mean(axis=0)
    integrated = np.trapezoid(scores, at) / (at[-1] - at[0]) if len(at) > 1 else scores[0]
    return BrierCurve(tuple(at.tolist()), tuple(scores.tolist()), float(integrated))


def kaplan_meier_prediction(training: SurvivalTimes, patients: int, times: ArrayLike) -> Times:
    """What a model that knows nothing of a patient predicts: the training patients' curve, ``(patients, times)``."""
    curve = survival_curve(training)
    return np.tile([curve.at(float(time))[0] for time in np.atleast_1d(times)], (patients, 1))
