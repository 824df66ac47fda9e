"""How far a probability depends on which patients were drawn for training, told from the members of an ensemble."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import t as student


def jackknife_interval(log_odds: NDArray[np.floating], centre: float, level: float) -> tuple[float, float]:
    """Interval of a probability; it holds ``centre``.

    Each member was trained without one fold, so that the members' spread is that of the delete-a-group jackknife: the
    variance of the mean is (members - 1) / members times the sum of squared deviations, with Student's quantile for
    members - 1 degrees of freedom (Kott, Journal of Official Statistics 17:521, 2001).

    Args:
        log_odds: of each member, ``(members,)``, two at least.
        centre: log odds of the ensemble.
        level: nominal coverage.
    """
    members = len(log_odds)
    deviations = np.asarray(log_odds, dtype=np.float64) - np.mean(log_odds, dtype=np.float64)
    error = float(np.sqrt((members - 1) / members * (deviations**2).sum()))
    reach = float(student.ppf(0.5 + level / 2, members - 1)) * error
    return float(expit(centre - reach)), float(expit(centre + reach))
