"""How well a measured quantity is estimated, by subject."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.research.evaluation.intervals import Interval, grouped_bootstrap_interval


@dataclass(frozen=True)
class RegressionMetrics:
    """Figures of one estimate on one split; ``dataclasses.asdict`` gives its entry of ``metrics.json``.

    Attributes:
        patients: how many were estimated.
        rmse: root of the mean squared error, with the bootstrap interval over patients.
        r2: one minus the squared error over that of the measured mean.
        bias: mean of estimated minus measured.
    """

    patients: int
    rmse: float
    rmse_ci: Interval
    r2: float
    bias: float


def regression_metrics(measured: ArrayLike, estimated: ArrayLike, level: float = 0.95) -> RegressionMetrics:
    """Compare estimates with what was measured, one number a patient each.

    Raises:
        StudyError: there are fewer than two patients, they are not finite numbers, or all were measured alike.
    """
    truth, told = (np.asarray(values, dtype=np.float64) for values in (measured, estimated))
    if truth.ndim != 1 or len(truth) < 2 or truth.shape != told.shape or not np.isfinite([truth, told]).all():
        raise StudyError("Estimates are compared with one measured number for each of at least two patients.")
    error = told - truth
    spread = float(((truth - truth.mean()) ** 2).sum())
    if spread == 0.0:
        raise StudyError("All patients of this split were measured alike, so no R² exists; give patients that differ.")
    low, high = grouped_bootstrap_interval(error**2, np.arange(len(error)), level)
    return RegressionMetrics(
        patients=len(error),
        rmse=root_mean_square(error),
        rmse_ci=(float(np.sqrt(low)), float(np.sqrt(high))),
        r2=1.0 - float((error**2).sum()) / spread,
        bias=float(error.mean()),
    )


def root_mean_square(values: NDArray[np.floating]) -> float:
    """Of any number of values."""
    return float(np.sqrt(np.mean(np.square(values))))
