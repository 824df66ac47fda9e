"""Figures of groups of animals that are small: what each reader says of them, without an area under a curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.predict.hcc import THRESHOLD
from TumorResponseLib.research.evaluation.intervals import wilson_interval


def group_figures(
    groups: Sequence[str], responses: NDArray[np.int64], probabilities: Mapping[str, NDArray[np.float64]]
) -> dict[str, dict[str, Any]]:
    """By group: animals, responders, and of each reader the mean probability, the accuracy and the Brier score.

    Args:
        groups: of each animal.
        responses: 0 or 1, ``(animals,)``.
        probabilities: of response by reader, likewise.
    """
    of_animal = np.array(groups)
    figures: dict[str, dict[str, Any]] = {}
    for group in sorted(set(groups)):
        own = of_animal == group
        truth = responses[own]
        figures[group] = {"animals": int(own.sum()), "responders": int(truth.sum())} | {
            name: _reader(truth, values[own]) for name, values in probabilities.items()
        }
    return figures


def _reader(truth: NDArray[np.int64], told: NDArray[np.float64]) -> dict[str, Any]:
    right = int(((told >= THRESHOLD) == (truth == 1)).sum())
    return {
        "mean_probability": float(told.mean()),
        "accuracy": right / len(truth),
        "accuracy_ci": wilson_interval(right, len(truth)),
        "brier": float(np.mean((told - truth) ** 2)),
    }
