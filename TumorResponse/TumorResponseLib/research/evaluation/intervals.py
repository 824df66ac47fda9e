"""Confidence intervals of proportions and means."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Interval = tuple[float, float]


def normal_quantile(level: float) -> float:
    """How many standard errors a two-sided interval of this level reaches to each side."""
    return float(norm.ppf(0.5 + level / 2.0))


def wilson_interval(successes: int, trials: int, level: float = 0.95) -> Interval:
    """Score interval of a proportion (Wilson, J Am Stat Assoc 22:209, 1927); ``trials`` must be positive."""
    z = normal_quantile(level)
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def mean_interval(values: NDArray[np.floating], level: float = 0.95) -> Interval:
    """Normal interval of the mean of ``values``, ``(patients,)`` with at least two."""
    reach = normal_quantile(level) * float(np.std(values, ddof=1)) / sqrt(len(values))
    return float(np.mean(values)) - reach, float(np.mean(values)) + reach


def grouped_share_interval(
    values: NDArray[np.floating], groups: NDArray[np.generic], level: float = 0.95, seed: int = 0
) -> Interval:
    """Interval of the mean of ``values`` from 0 to 1, also where the bootstrap over groups sees no spread.

    Where all values are 0 or all are 1 it is Wilson's, a trial each group; one group alone says nothing of others.
    """
    count = len(np.unique(groups))
    if (values == 0.0).all() or (values == 1.0).all():
        return wilson_interval(round(float(values[0])) * count, count, level)
    return grouped_bootstrap_interval(values, groups, level, seed=seed) if count > 1 else (0.0, 1.0)


def grouped_bootstrap_interval(
    values: NDArray[np.floating], groups: NDArray[np.generic], level: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Interval:
    """Percentile bootstrap interval of the mean of ``values``, drawing whole groups.

    Images of one patient (or near-duplicates) resemble each other; drawing them together keeps the interval honest.

    Args:
        values: ``(images,)``, at least one.
        groups: ``(images,)``, which images belong together.
        level: nominal coverage.
        resamples: how often the groups are drawn anew.
        seed: of the random draw.
    """
    names, member = np.unique(groups, return_inverse=True)
    sums = np.bincount(member, weights=values)
    counts = np.bincount(member)
    drawn = np.random.default_rng(seed).integers(len(names), size=(resamples, len(names)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.5 - level / 2, 0.5 + level / 2])
    return float(low), float(high)
