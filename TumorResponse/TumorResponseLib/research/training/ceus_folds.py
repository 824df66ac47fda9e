"""Train the settings of CEUS on the folds of a training set; their held-out answers choose what is shipped."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold
from torch import Tensor

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.predict.ceus_image import CLASSES
from TumorResponseLib.research.networks.perfusion_cnn import PerfusionCnn
from TumorResponseLib.research.training.ceus_classifier import run_classifier
from TumorResponseLib.research.training.ceus_images import PerfusionSet, Progress
from TumorResponseLib.research.training.ceus_settings import SETTINGS, Recipe, train_settings


@dataclass(frozen=True)
class TrainedFold:
    """The networks that did not see one fold.

    Attributes:
        networks: weights by setting.
        held_out: indices of the fold's images.
        logits: of the held-out images by setting, ``(images, classes)``.
        features: of all images by setting, ``(images, width)``.
    """

    networks: dict[str, dict[str, Tensor]]
    held_out: NDArray[np.int64]
    logits: dict[str, NDArray[np.float32]]
    features: dict[str, NDArray[np.float32]]

    def network(self, setting: str, widths: tuple[int, ...]) -> PerfusionCnn:
        """The setting's network, in evaluation mode."""
        network = PerfusionCnn(widths)
        network.load_state_dict(self.networks[setting])
        return network.eval()


def fold_of_each(images: PerfusionSet, recipe: Recipe) -> NDArray[np.int64]:
    """Each image's fold: all images of a patient in one, and the classes' shares about equal in all.

    Raises:
        StudyError: a class has fewer patients than there are folds.
    """
    fewest = min(len(set(images.patients[images.responses == one])) for one in range(len(CLASSES)))
    if fewest < recipe.folds:
        raise StudyError(
            f"Training in {recipe.folds} folds needs as many patients of each class in the split train; "
            f"one class has {fewest}."
        )
    splitter = StratifiedGroupKFold(recipe.folds, shuffle=True, random_state=recipe.seed)
    fold = np.empty(len(images), dtype=np.int64)
    for number, (_, held_out) in enumerate(splitter.split(images.responses, images.responses, images.patients)):
        fold[held_out] = number
    return fold


def train_folds(images: PerfusionSet, recipe: Recipe, work: Path, progress: Progress) -> list[TrainedFold]:
    """Train on all folds but one, each in turn; a fold that ``work`` holds already is not trained again."""
    fold = fold_of_each(images, recipe)
    trained = []
    for number in range(recipe.folds):
        checkpoint = work / f"fold{number}.pt"
        key = {"recipe": asdict(recipe), "cohort": images.cohort_sha256, "fold": number}
        done = _load(checkpoint, key)
        if done is None:
            done = _train_fold(images, np.flatnonzero(fold == number), recipe, recipe.seed + number)
            _save(checkpoint, key, done)
        trained.append(done)
        progress(number + 1, recipe.folds)
    return trained


def out_of_fold_logits(images: PerfusionSet, folds: Sequence[TrainedFold], setting: str) -> NDArray[np.float64]:
    """Each image's logits by the network that did not see its patient, ``(images, classes)``."""
    logits = np.full((len(images), len(CLASSES)), np.nan)
    for fold in folds:
        logits[fold.held_out] = fold.logits[setting]
    return logits


def best_setting(images: PerfusionSet, folds: Sequence[TrainedFold]) -> str:
    """The setting that names most held-out images right; of several the one with the fewest synthetic images."""
    right = {
        setting: int((out_of_fold_logits(images, folds, setting).argmax(axis=1) == images.responses).sum())
        for setting in SETTINGS
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


def _load(checkpoint: Path, key: dict[str, object]) -> TrainedFold | None:
    """The checkpoint's fold, or None when there is none of this recipe and cohort."""
    if not checkpoint.exists():
        return None
    try:
        content = torch.load(checkpoint, weights_only=True)
    except (pickle.UnpicklingError, EOFError, RuntimeError) as error:
        raise StudyError(f"The checkpoint {checkpoint.name} is damaged; delete it and start again.") from error
    if content["key"] != key:
        return None
    logits, features = (
        {setting: values.numpy() for setting, values in content[part].items()} for part in ("logits", "features")
    )
    return TrainedFold(content["networks"], content["held_out"].numpy(), logits, features)


def _save(checkpoint: Path, key: dict[str, object], fold: TrainedFold) -> None:
    content = {
        "key": key,
        "networks": fold.networks,
        "held_out": torch.from_numpy(fold.held_out),
        "logits": {setting: torch.from_numpy(values) for setting, values in fold.logits.items()},
        "features": {setting: torch.from_numpy(values) for setting, values in fold.features.items()},
    }
    unfinished = checkpoint.with_suffix(".partial")
    torch.save(content, unfinished)
    unfinished.replace(checkpoint)
