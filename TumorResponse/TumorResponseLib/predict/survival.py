"""Survival curves of discrete-time models: the chance of no event up to any time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CERTAIN = 1e-12
"""Survival is kept this far from 0 before its logarithm is taken."""


def survival_between(
    at_edges: NDArray[np.float64], edges: NDArray[np.float64], times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Survival at any time from survival at the intervals' ends: the hazard is constant within each interval.

    Args:
        at_edges: ``(patients, intervals)``.
        edges: ends of the intervals, rising; the first begins at 0.
        times: past the last end survival stays what it is there.

    Returns:
        ``(patients, times)``.
    """
    logs = np.log(np.clip(np.column_stack([np.ones(len(at_edges)), at_edges]), CERTAIN, 1.0))
    return np.exp(np.array([np.interp(times, np.concatenate([[0.0], edges]), one) for one in logs]))
