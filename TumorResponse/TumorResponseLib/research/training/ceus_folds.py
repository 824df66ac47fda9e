"""Train the settings of CEUS on the folds of a training set; their held-out answers choose what is shipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.predict.ceus_image import CLASSES
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.ceus_classifier import run_classifier
from TumorResponseLib.research.training.ceus_images import PerfusionSet
from TumorResponseLib.research.training.ceus_settings import SETTINGS, Recipe, train_settings
from TumorResponseLib.research.training.trained_fold import (
    TrainedFold,
    fold_of_each,
    load_fold,
    out_of_fold,
    save_fold,
)


def train_folds(images: PerfusionSet, recipe: Recipe, work: Path, progress: Progress) -> list[TrainedFold]:
    """Train on all folds but one, each in turn; a fold that ``work`` holds already is not trained again."""
    fold = fold_of_each(images.patients, images.responses, len(CLASSES), recipe.folds, recipe.seed)
    trained = []
    for number in range(recipe.folds):
        checkpoint = work / f"fold{number}.pt"
        key = {"recipe": asdict(recipe), "cohort": images.cohort_sha256, "fold": number}
        done = load_fold(checkpoint, key)
        if done is None:
            done = _train_fold(images, np.flatnonzero(fold == number), recipe, recipe.seed + number)
            save_fold(checkpoint, key, done)
        trained.append(done)
        progress(number + 1, recipe.folds)
    return trained


def best_setting(images: PerfusionSet, folds: Sequence[TrainedFold]) -> str:
    """The setting that names most held-out images right; of several the one with the fewest synthetic images."""
    right = {
        setting: int((out_of_fold(folds, setting).argmax(axis=1) == images.responses).sum()) for setting in SETTINGS
    }
    return max(SETTINGS, key=lambda setting: (right[setting], -len(SETTINGS[setting])))


def _train_fold(images: PerfusionSet, held_out: NDArray[np.int64], recipe: Recipe, seed: int) -> TrainedFold:
    seen = np.setdiff1d(np.arange(len(images)), held_out)
    networks = train_settings(images.inputs[seen], images.responses[seen], recipe, seed)
    logits, features = {}, {}
    for setting, network in networks.items():
        found, features[setting] = run_classifier(network, images.inputs)
        logits[setting] = found[held_out]
    return TrainedFold({name: each.state_dict() for name, each in networks.items()}, held_out, logits, features)
