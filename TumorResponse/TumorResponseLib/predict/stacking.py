"""The stacking model: the branches' logits in, one calibrated probability with its interval out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit


@dataclass(frozen=True)
class Stacking:
    """Logistic regression on the branches' logits, fitted on out-of-fold outputs.

    Attributes:
        branches: their order.
        intercept: of the logit.
        coefficients: one a branch, none negative.
        replicates: ``(replicates, 1 + branches)``, intercept and coefficients fitted on bootstrap samples.
        interval_level: nominal coverage of ``interval``.
    """

    branches: tuple[str, ...]
    intercept: float
    coefficients: NDArray[np.float64]
    replicates: NDArray[np.float64]
    interval_level: float

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> Stacking:
        """From ``models/stacking.json``."""
        return cls(
            tuple(content["branches"]),
            float(content["intercept"]),
            np.array(content["coefficients"], dtype=np.float64),
            np.array(content["replicates"], dtype=np.float64),
            float(content["interval_level"]),
        )

    @property
    def weights(self) -> dict[str, float]:
        """Each branch's share of the fused logit; they sum to 1."""
        total = float(self.coefficients.sum())
        shares = self.coefficients / total if total > 0 else np.full(len(self.branches), 1.0 / len(self.branches))
        return dict(zip(self.branches, shares.tolist(), strict=True))

    def probability(self, logits: NDArray[np.floating]) -> float:
        """From the members' logits, ``(branches, members)``, averaged over the members."""
        return float(expit(self.intercept + self.coefficients @ logits.mean(axis=1)))

    def interval(self, logits: NDArray[np.floating]) -> tuple[float, float]:
        """Percentile interval of the probability over all replicates of the stacking and all members.

        It tells how far the answer depends on which patients were drawn for training. Each member was trained without
        one fold, so that members differ less than networks of independent patients would: their deviations from the
        mean are stretched by the square root of (members - 1), as in the delete-a-group jackknife (Kott, Journal of
        Official Statistics 17:521, 2001).
        """
        mean = logits.mean(axis=1, keepdims=True)
        stretched = mean + np.sqrt(logits.shape[1] - 1) * (logits - mean)
        spread = expit(self.replicates[:, :1] + self.replicates[:, 1:] @ stretched)
        low, high = np.quantile(spread, [0.5 - self.interval_level / 2, 0.5 + self.interval_level / 2])
        centre = self.probability(logits)
        return min(float(low), centre), max(float(high), centre)
