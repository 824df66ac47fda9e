"""Repeated cross-validation of the seven models of PRRT-PFS, split by patient, all models on the same folds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from TumorResponseLib.core.laboratory.imputation import ImputationRule
from TumorResponseLib.predict.prrt_progression import safe_logit
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.prrt_folds import analytes_of
from TumorResponseLib.research.training.prrt_images import LesionSet
from TumorResponseLib.research.training.prrt_laboratory import fit_forest
from TumorResponseLib.research.training.prrt_networks import run_network, train_network
from TumorResponseLib.research.training.prrt_settings import FOREST, NETWORKS, Modalities, Recipe
from TumorResponseLib.research.training.trained_fold import fold_of_each

Answers = dict[str, NDArray[np.float64]]
"""Out-of-fold logits by model, ``(repeats, patients)``."""


def folds_of(patients: LesionSet, recipe: Recipe) -> NDArray[np.int64]:
    """Each patient's fold in each repeat, ``(repeats, patients)``; about equally many progressions in all."""
    return np.stack(
        [
            fold_of_each(patients.patients, patients.responses, 2, recipe.repeated_folds, recipe.seed + repeat)
            for repeat in range(recipe.repeats)
        ]
    )


def run_repeats(
    patients: LesionSet,
    start: Mapping[str, Tensor] | None,
    recipe: Recipe,
    work: Path,
    progress: Progress,
    networks: Mapping[str, Modalities] = NETWORKS,
) -> Answers:
    """Every model's answer to every patient in every repeat; a fold that ``work`` holds already is not done again.

    Args:
        patients: of the cohort; without laboratory values there is no forest.
        start: of the pre-trained network; None leaves that one out.
        recipe: of the training.
        work: folder for what is done.
        progress: told of the folds done and their number.
        networks: by name.

    Raises:
        StudyError: there are fewer patients of an outcome than folds.
    """
    work.mkdir(parents=True, exist_ok=True)
    fold = folds_of(patients, recipe)
    wanted = {name: one for name, one in networks.items() if start is not None or not one.pretrained}
    answers: Answers = {}
    total = recipe.repeats * recipe.repeated_folds
    for number in range(total):
        repeat, place = divmod(number, recipe.repeated_folds)
        said = [asdict(recipe), patients.cohort_sha256, patients.patients.tolist(), sorted(wanted), number]
        path = work / f"fold{number}-{sha256(json.dumps(said).encode()).hexdigest()[:16]}.npz"
        held_out = np.flatnonzero(fold[repeat] == place)
        if not path.exists():
            _save(_run_fold(patients, held_out, start, recipe, recipe.seed + number, wanted), path)
        for name, logits in _load(path).items():
            answers.setdefault(name, np.full(fold.shape, np.nan))[repeat, held_out] = logits
        progress(number + 1, total)
    return answers


def _run_fold(
    patients: LesionSet,
    held_out: NDArray[np.int64],
    start: Mapping[str, Tensor] | None,
    recipe: Recipe,
    seed: int,
    networks: Mapping[str, Modalities],
) -> dict[str, NDArray[np.float64]]:
    seen, tested = patients.of(np.setdiff1d(np.arange(len(patients)), held_out)), patients.of(held_out)
    names = analytes_of(seen.laboratory)
    rule = ImputationRule.learned(seen.laboratory, names) if names else None
    logits: dict[str, NDArray[np.float64]] = {}
    if rule is not None:
        forest = fit_forest(seen.laboratory, seen.responses, names, seed=seed)
        logits[FOREST] = np.array([safe_logit(one) for one in forest.probabilities(tested.laboratory)])
    for name, modalities in networks.items():
        network = train_network(seen, modalities, recipe.network, recipe.edges_months, rule, seed, start)
        logits[name] = run_network(network, tested, rule)[0].astype(np.float64)
    return logits


def _save(logits: dict[str, NDArray[np.float64]], path: Path) -> None:
    unfinished = path.with_suffix(".partial.npz")
    np.savez(unfinished, names=np.array(list(logits)), logits=np.stack(list(logits.values())))
    unfinished.replace(path)


def _load(path: Path) -> dict[str, NDArray[np.float64]]:
    with np.load(path) as content:
        return dict(zip(content["names"].tolist(), content["logits"], strict=True))
