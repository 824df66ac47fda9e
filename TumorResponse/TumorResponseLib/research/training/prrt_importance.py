"""How much the models of PRRT-PFS depend on each laboratory value: permutation importance among held-out patients.

Breiman, Machine Learning 45:5, 2001: the fall of the AUROC when a value is shuffled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from TumorResponseLib.research.training.bundle_json import rounded

SHUFFLES = 20

Score = Callable[[NDArray[np.float32]], NDArray[np.floating]]
"""From complete laboratory values ``(patients, values)`` to what ranks the patients."""


def permutation_importance(
    names: Sequence[str],
    values: NDArray[np.float32],
    responses: NDArray[np.int64],
    held_out: Sequence[NDArray[np.int64]],
    scores: Sequence[Score],
    seed: int,
) -> dict[str, dict[str, float]]:
    """Mean and standard deviation over the shuffles, by value.

    Args:
        names: of the values.
        values: complete, of all patients, ``(patients, values)``.
        responses: progression within a year.
        held_out: the patients of each fold.
        scores: of each fold's model, for its own held-out patients.
        seed: of the shuffling.
    """
    random = np.random.default_rng(seed)

    def auc(shuffled: int | None) -> float:
        told = np.empty(len(responses))
        for places, score in zip(held_out, scores, strict=True):
            given = values[places].copy()
            if shuffled is not None:
                given[:, shuffled] = random.permutation(given[:, shuffled])
            told[places] = score(given)
        return float(roc_auc_score(responses, told))

    whole, found = auc(None), {}
    for number, name in enumerate(names):
        falls = [whole - auc(number) for _ in range(SHUFFLES)]
        found[name] = {"mean": rounded(float(np.mean(falls))), "sd": rounded(float(np.std(falls, ddof=1)))}
    return found


def importance_content(forest: dict[str, Any], fusion: dict[str, Any]) -> dict[str, Any]:
    """As ``models/importance.json`` holds it."""
    return {"shuffles": SHUFFLES, "forest": forest, "fusion": fusion}
