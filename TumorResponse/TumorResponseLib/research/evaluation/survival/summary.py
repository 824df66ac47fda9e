"""Everything that is told of one model's survival predictions, for ``metrics.json``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from TumorResponseLib.research.evaluation.calibration import Calibration
from TumorResponseLib.research.evaluation.survival.brier import BrierCurve, brier_curve
from TumorResponseLib.research.evaluation.survival.calibration_at import calibration_at
from TumorResponseLib.research.evaluation.survival.concordance import harrell_c, uno_c
from TumorResponseLib.research.evaluation.survival.times import SurvivalTimes


@dataclass(frozen=True)
class SurvivalMetrics:
    """Figures of one model on one split; ``dataclasses.asdict`` gives its entry of ``metrics.json``.

    Attributes:
        patients: how many were predicted.
        events: of how many the event was seen.
        harrell_c: concordance, by the risk at ``horizon``.
        uno_c: the same with censoring weighted for, up to the last of the Brier curve's times.
        brier: over time.
        horizon: in the unit of the times.
        calibration: of the risk at ``horizon``.
    """

    patients: int
    events: int
    harrell_c: float
    uno_c: float
    brier: BrierCurve
    horizon: float
    calibration: Calibration


def survival_metrics(
    followed: SurvivalTimes,
    survival: ArrayLike,
    times: ArrayLike,
    horizon: float,
    *,
    training: SurvivalTimes | None = None,
) -> SurvivalMetrics:
    """Evaluate predicted survival curves.

    Args:
        followed: the patients.
        survival: predicted chance of no event up to each time, ``(patients, times)``.
        times: rising, within the follow-up, ``horizon`` among them.
        horizon: the time whose risk ranks patients and is checked for calibration.
        training: patients to estimate the censoring on; ``followed`` when it is not given.

    Raises:
        StudyError: the input makes no sense, or nobody is watched long enough.
        ValueError: ``horizon`` is not among ``times``.
    """
    at = np.asarray(times, dtype=np.float64).tolist()
    brier = brier_curve(followed, survival, at, training=training)
    risks = 1.0 - np.asarray(survival, dtype=np.float64)[:, at.index(horizon)]
    return SurvivalMetrics(
        patients=len(followed),
        events=int(followed.events.sum()),
        harrell_c=harrell_c(followed, risks),
        uno_c=uno_c(followed, risks, training=training, horizon=at[-1]),
        brier=brier,
        horizon=horizon,
        calibration=calibration_at(followed, risks, horizon),
    )
