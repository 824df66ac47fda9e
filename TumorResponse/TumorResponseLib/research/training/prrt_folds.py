"""Train the networks of the PRRT-PFS bundle on the folds of a training set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from TumorResponseLib.core.laboratory.imputation import ImputationRule
from TumorResponseLib.core.laboratory.panel import PANEL
from TumorResponseLib.research.networks.prrt_fusion import PrrtNetwork
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.prrt_images import LesionSet
from TumorResponseLib.research.training.prrt_networks import new_network, run_network, train_network
from TumorResponseLib.research.training.prrt_settings import (
    CT_ALONE,
    FUSION,
    NETWORKS,
    PET_ALONE,
    PRETRAINED,
    Recipe,
)
from TumorResponseLib.research.training.trained_fold import TrainedFold, fold_of_each, load_fold, save_fold

Start = Mapping[str, Tensor]
"""Weights of the CT branch's convolutions."""


def analytes_of(rows: Sequence[Mapping[str, float]]) -> tuple[str, ...]:
    """The panel's values that at least one of the patients has, in the panel's order."""
    return tuple(analyte.name for analyte in PANEL if any(analyte.name in row for row in rows))


def train_folds(
    patients: LesionSet, rule: ImputationRule, start: Start | None, recipe: Recipe, work: Path, progress: Progress
) -> list[TrainedFold]:
    """Train on all folds but one, each in turn; a fold that ``work`` holds already is not trained again.

    Args:
        patients: to learn from.
        rule: for missing laboratory values.
        start: of the pre-trained network; None leaves that one out.
        recipe: of the training.
        work: folder for checkpoints.
        progress: told of the folds done and their number.

    Raises:
        StudyError: there are fewer patients of an outcome than folds.
    """
    fold = fold_of_each(patients.patients, patients.responses, 2, recipe.folds, recipe.seed)
    names = [PET_ALONE, CT_ALONE, FUSION, *([PRETRAINED] if start is not None else [])]
    trained = []
    for number in range(recipe.folds):
        checkpoint = work / f"fold{number}.pt"
        key: dict[str, object] = {
            "recipe": asdict(recipe),
            "cohort": patients.cohort_sha256,
            "fold": number,
            "names": names,
        }
        done = load_fold(checkpoint, key)
        if done is None:
            done = _train_fold(patients, np.flatnonzero(fold == number), names, rule, start, recipe, number)
            save_fold(checkpoint, key, done)
        trained.append(done)
        progress(number + 1, recipe.folds)
    return trained


def members_of(
    folds: Sequence[TrainedFold], name: str, patients: LesionSet, rule: ImputationRule, recipe: Recipe
) -> list[PrrtNetwork]:
    """The networks of a name, one a fold, in evaluation mode."""
    return [
        fold.load(name, new_network(patients, NETWORKS[name], recipe.network, recipe.edges_months, rule))
        for fold in folds
    ]


def _train_fold(
    patients: LesionSet,
    held_out: NDArray[np.int64],
    names: Sequence[str],
    rule: ImputationRule,
    start: Start | None,
    recipe: Recipe,
    number: int,
) -> TrainedFold:
    seen = patients.of(np.setdiff1d(np.arange(len(patients)), held_out))
    weights: dict[str, dict[str, Tensor]] = {}
    logits: dict[str, NDArray[np.float32]] = {}
    features: dict[str, NDArray[np.float32]] = {}
    for name in names:
        network = train_network(
            seen, NETWORKS[name], recipe.network, recipe.edges_months, rule, recipe.seed + number, start
        )
        found, features[name] = run_network(network, patients, rule)
        logits[name], weights[name] = found[held_out], network.state_dict()
    return TrainedFold(weights, held_out, logits, features)
