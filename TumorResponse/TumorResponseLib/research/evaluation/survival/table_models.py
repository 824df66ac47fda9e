"""The models that are compared on survival tables: plain baselines, the laboratory branch and the survival head."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.laboratory.imputation import ImputationRule
from TumorResponseLib.research.cohorts.survival_tables import TablePatients
from TumorResponseLib.research.evaluation.survival.brier import kaplan_meier_prediction
from TumorResponseLib.research.evaluation.survival.calibration_at import known_at
from TumorResponseLib.research.evaluation.survival.times import Times
from TumorResponseLib.research.training.cox import fit_cox
from TumorResponseLib.research.training.prrt_laboratory import complete_values, fit_forest
from TumorResponseLib.research.training.survival_head import fit_head

PENALTY = 10.0
"""Of the Cox model on standardised features."""

NOBODY_KNOWN, SINGLE, COX, FOREST, HEAD = (
    "Kaplan-Meier, no features",
    "Cox, one feature",
    "Cox, all features",
    "random forest (laboratory branch)",
    "discrete-time head",
)


@dataclass(frozen=True)
class Task:
    """One fold.

    Attributes:
        training: patients to learn from.
        test: patients to predict.
        single: the feature of the model ``SINGLE``.
        times: at which survival is predicted, rising, days.
        horizon: one of ``times``; the forest learns and predicts this one only.
        seed: of what is drawn.
    """

    training: TablePatients
    test: TablePatients
    single: str
    times: Times
    horizon: float
    seed: int


Predict = Callable[[Task], NDArray[np.float64]]
"""Chance of no event up to each time, ``(patients, times)``; up to the horizon only where it is one column."""


def _kaplan_meier(task: Task) -> NDArray[np.float64]:
    return kaplan_meier_prediction(task.training.followed, len(task.test.rows), task.times)


def _cox_on(task: Task, names: tuple[str, ...]) -> NDArray[np.float64]:
    rule = ImputationRule.learned(task.training.rows, names)
    training, test = (complete_values(part.rows, rule).astype(np.float64) for part in (task.training, task.test))
    spread = training.std(axis=0)
    scaled = [(part - training.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0) for part in (training, test)]
    return fit_cox(scaled[0], task.training.followed, PENALTY).survival(scaled[1], task.times)


def _cox_single(task: Task) -> NDArray[np.float64]:
    return _cox_on(task, (task.single,))


def _cox(task: Task) -> NDArray[np.float64]:
    return _cox_on(task, task.training.names)


def _forest(task: Task) -> NDArray[np.float64]:
    outcomes, weights = known_at(task.training.followed, task.horizon)
    forest = fit_forest(task.training.rows, outcomes, task.training.names, weights=weights, seed=task.seed)
    return 1.0 - forest.probabilities(task.test.rows)[:, None]


def _head(task: Task) -> NDArray[np.float64]:
    rule = ImputationRule.learned(task.training.rows, task.training.names)
    head = fit_head(complete_values(task.training.rows, rule), task.training.followed, seed=task.seed)
    return head.survival(complete_values(task.test.rows, rule), task.times)


MODELS: Mapping[str, Predict] = MappingProxyType(
    {NOBODY_KNOWN: _kaplan_meier, SINGLE: _cox_single, COX: _cox, FOREST: _forest, HEAD: _head}
)
