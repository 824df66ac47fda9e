"""The folds of a training set, and the checkpoint of each one that is trained."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold
from torch import Tensor, nn

from TumorResponseLib.core.errors import StudyError

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class TrainedFold:
    """The networks that did not see one fold.

    Attributes:
        networks: weights by name of the network.
        held_out: indices of the fold's images.
        logits: of the held-out images by network, ``(images,)`` or ``(images, classes)``.
        features: of all images by network, ``(images, width)``.
    """

    networks: dict[str, dict[str, Tensor]]
    held_out: NDArray[np.int64]
    logits: dict[str, NDArray[np.float32]]
    features: dict[str, NDArray[np.float32]]

    def load(self, name: str, network: Network) -> Network:
        """``network`` with the weights of this name, in evaluation mode."""
        network.load_state_dict(self.networks[name])
        return network.eval()


def fold_of_each(
    patients: NDArray[np.str_], classes: NDArray[np.int64], count: int, folds: int, seed: int
) -> NDArray[np.int64]:
    """Each image's fold: all images of a patient in one, and the classes' shares about equal in all.

    Args:
        patients: codes, ``(images,)``.
        classes: ``(images,)``.
        count: of the classes.
        folds: how many.
        seed: of the shuffling.

    Raises:
        StudyError: a class has fewer patients than there are folds.
    """
    fewest = min(len(set(patients[classes == one])) for one in range(count))
    if fewest < folds:
        raise StudyError(
            f"Training in {folds} folds needs as many patients of each class in the split train; one class has "
            f"{fewest}."
        )
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    fold = np.empty(len(classes), dtype=np.int64)
    for number, (_, held_out) in enumerate(splitter.split(classes, classes, patients)):
        fold[held_out] = number
    return fold


def out_of_fold(folds: Sequence[TrainedFold], name: str) -> NDArray[np.float64]:
    """Each image's logits by the network of this name that did not see its patient, ``(images, ...)``."""
    logits = np.full((len(folds[0].features[name]), *folds[0].logits[name].shape[1:]), np.nan)
    for fold in folds:
        logits[fold.held_out] = fold.logits[name]
    return logits


def load_fold(checkpoint: Path, key: dict[str, object]) -> TrainedFold | None:
    """The checkpoint's fold, or None when there is none of this ``key``: the recipe, the cohort, the fold.

    Raises:
        StudyError: the checkpoint is damaged.
    """
    if not checkpoint.exists():
        return None
    try:
        content = torch.load(checkpoint, weights_only=True)
    except (pickle.UnpicklingError, EOFError, RuntimeError) as error:
        raise StudyError(f"The checkpoint {checkpoint.name} is damaged; delete it and start again.") from error
    if content["key"] != key:
        return None
    logits, features = (
        {name: values.numpy() for name, values in content[part].items()} for part in ("logits", "features")
    )
    return TrainedFold(content["networks"], content["held_out"].numpy(), logits, features)


def save_fold(checkpoint: Path, key: dict[str, object], fold: TrainedFold) -> None:
    """Write the checkpoint, whole or not at all."""
    content = {
        "key": key,
        "networks": fold.networks,
        "held_out": torch.from_numpy(fold.held_out),
        "logits": {name: torch.from_numpy(values) for name, values in fold.logits.items()},
        "features": {name: torch.from_numpy(values) for name, values in fold.features.items()},
    }
    unfinished = checkpoint.with_suffix(".partial")
    torch.save(content, unfinished)
    unfinished.replace(checkpoint)
