"""Fit a stacking model on outputs of networks for patients that they did not see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from TumorResponseLib.predict.stacking import Stacking
from TumorResponseLib.research.training.bundle_json import rounded

PULL = 40.0
"""Strength of the pull towards the plain mean of the logits; of 0.01 to 100 the one with the least cross-fitted log
loss on the training patients of the virtual cohort ``dlrs3``."""

REPLICATES = 200
INTERVAL_LEVEL = 0.9


def fit_logistic(logits: NDArray[np.float64], outcomes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Logistic regression with coefficients of at least 0, drawn towards the plain mean of the logits.

    The branches see nested regions, so that their logits nearly repeat each other: a free fit trades one against
    another on noise. Being fitted on out-of-fold logits, it calibrates them as Platt scaling does.

    Args:
        logits: ``(patients, branches)``.
        outcomes: 0 or 1, ``(patients,)``.

    Returns:
        Intercept and coefficients, ``(1 + branches,)``.
    """
    branches = logits.shape[1]
    design = np.column_stack([np.ones(len(logits)), logits])
    sign = np.where(outcomes == 1, -1.0, 1.0)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (design @ weights)
        away = weights - 1.0 / branches
        away[0] = 0.0
        value = np.logaddexp(0.0, margin).sum() + PULL / 2 * away @ away
        return float(value), design.T @ (sign * expit(margin)) + PULL * away

    start = np.r_[0.0, np.full(branches, 1.0 / branches)]
    bounds = [(None, None), *[(0.0, None)] * branches]
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x)


def fit_stacking(
    branches: Sequence[str],
    logits: NDArray[np.float64],
    outcomes: NDArray[np.int64],
    patients: NDArray[np.str_],
    seed: int,
) -> Stacking:
    """The stacking model with its bootstrap replicates, which draw whole patients.

    Args:
        branches: names, in the order of the columns.
        logits: out-of-fold, ``(images, branches)``.
        outcomes: 0 or 1, ``(images,)``.
        patients: codes, ``(images,)``.
        seed: of the bootstrap.
    """
    weights = fit_logistic(logits, outcomes)
    random = np.random.default_rng(seed)
    names, owner = np.unique(patients, return_inverse=True)
    images = [np.flatnonzero(owner == number) for number in range(len(names))]
    drawn = (
        np.concatenate([images[one] for one in random.integers(len(names), size=len(names))]) for _ in range(REPLICATES)
    )
    fitted = np.array([fit_logistic(logits[sample], outcomes[sample]) for sample in drawn])
    return Stacking(tuple(branches), float(weights[0]), weights[1:], fitted, INTERVAL_LEVEL)


def stacking_content(stacking: Stacking) -> dict[str, Any]:
    """As a bundle's JSON holds it; see ``Stacking.of_json``."""
    return {
        "branches": list(stacking.branches),
        "intercept": rounded(stacking.intercept),
        "coefficients": rounded(stacking.coefficients),
        "replicates": rounded(stacking.replicates),
        "interval_level": stacking.interval_level,
    }


def cross_fitted(
    logits: NDArray[np.float64], outcomes: NDArray[np.int64], fold: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Each image's fused probability by a stacking model that was fitted without its fold, ``(images,)``."""
    probabilities = np.empty(len(logits))
    for number in np.unique(fold):
        held_out = fold == number
        weights = fit_logistic(logits[~held_out], outcomes[~held_out])
        probabilities[held_out] = expit(weights[0] + logits[held_out] @ weights[1:])
    return probabilities
