"""Train the four region networks of DLRS3 on the folds of a training set."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold
from torch import Tensor
from torch.nn import functional

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.predict.dlrs3_crops import REGIONS, region_input
from TumorResponseLib.research.networks.region_resnet import WIDTHS, RegionResNet
from TumorResponseLib.research.training.dlrs3_augment import CropVariation
from TumorResponseLib.research.training.dlrs3_crops import CropSet


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training; stored with each checkpoint.

    The number of epochs is fixed: stopping at the best held-out loss would tune on the patients that the stacking model
    and the evidence rest on.
    """

    folds: int = 5
    epochs: int = 18
    batch_size: int = 24
    learning_rate: float = 5e-3
    head_learning_rate: float = 2e-2
    weight_decay: float = 0.05
    warm_up: float = 0.2
    seed: int = 2026
    widths: tuple[int, ...] = WIDTHS


@dataclass(frozen=True)
class TrainedFold:
    """The networks that did not see one fold.

    Attributes:
        networks: weights by region.
        held_out: indices of the fold's patients.
        logits: of the held-out patients, by region.
        features: of all patients, those of all regions one after another, ``(patients, features)``.
    """

    networks: dict[str, dict[str, Tensor]]
    held_out: NDArray[np.int64]
    logits: dict[str, NDArray[np.float32]]
    features: NDArray[np.float32]

    def network(self, region: str, widths: tuple[int, ...]) -> RegionResNet:
        """The region's network, in evaluation mode."""
        network = RegionResNet(widths)
        network.load_state_dict(self.networks[region])
        return network.eval()


def fold_of_each(crops: CropSet, recipe: Recipe) -> NDArray[np.int64]:
    """Each crop's fold: all crops of a patient in one, and the outcome's share about equal in all.

    Raises:
        StudyError: an outcome has fewer patients than there are folds.
    """
    fewest = min(len(set(crops.patients[crops.outcomes == outcome])) for outcome in (0, 1))
    if fewest < recipe.folds:
        raise StudyError(
            f"Training in {recipe.folds} folds needs as many patients of either outcome in the split train; "
            f"one outcome has {fewest}."
        )
    splitter = StratifiedGroupKFold(recipe.folds, shuffle=True, random_state=recipe.seed)
    fold = np.empty(len(crops), dtype=np.int64)
    for number, (_, held_out) in enumerate(splitter.split(crops.outcomes, crops.outcomes, crops.patients)):
        fold[held_out] = number
    return fold


def train_folds(crops: CropSet, recipe: Recipe, work: Path, progress: Callable[[int, int], None]) -> list[TrainedFold]:
    """Train on all folds but one, each in turn; a fold that ``work`` holds already is not trained again.

    Args:
        crops: of the training patients.
        recipe: of the training.
        work: existing folder for a checkpoint a fold.
        progress: told of the epochs done and their number.
    """
    fold = fold_of_each(crops, recipe)
    trained = []
    total = recipe.folds * recipe.epochs
    for number in range(recipe.folds):
        before = number * recipe.epochs
        checkpoint = work / f"fold{number}.pt"
        key = {"recipe": asdict(recipe), "cohort": crops.cohort_sha256, "fold": number}
        done = _load(checkpoint, key)
        if done is None:
            done = _train_fold(crops, fold, number, recipe, partial(_told, progress, before, total))
            _save(checkpoint, key, done)
        progress(before + recipe.epochs, total)
        trained.append(done)
    return trained


def _told(progress: Callable[[int, int], None], before: int, total: int, epoch: int) -> None:
    progress(before + epoch, total)


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
    logits = {region: values.numpy() for region, values in content["logits"].items()}
    return TrainedFold(content["networks"], content["held_out"].numpy(), logits, content["features"].numpy())


def _save(checkpoint: Path, key: dict[str, object], fold: TrainedFold) -> None:
    content = {
        "key": key,
        "networks": fold.networks,
        "held_out": torch.from_numpy(fold.held_out),
        "logits": {region: torch.from_numpy(values) for region, values in fold.logits.items()},
        "features": torch.from_numpy(fold.features),
    }
    unfinished = checkpoint.with_suffix(".partial")
    torch.save(content, unfinished)
    unfinished.replace(checkpoint)


def _train_fold(
    crops: CropSet, fold: NDArray[np.int64], number: int, recipe: Recipe, progress: Callable[[int], None]
) -> TrainedFold:
    seed = recipe.seed + number
    torch.manual_seed(seed)
    networks = {region: RegionResNet(recipe.widths) for region in REGIONS}
    seen = np.flatnonzero(fold != number)
    steps = recipe.epochs * max(1, len(seen) // recipe.batch_size)
    rates = [recipe.learning_rate, recipe.head_learning_rate]
    optimisers = {
        region: torch.optim.AdamW(
            [{"params": part.parameters()} for part in (network.body, network.head)], weight_decay=recipe.weight_decay
        )
        for region, network in networks.items()
    }
    schedules = [
        torch.optim.lr_scheduler.OneCycleLR(one, rates, total_steps=steps, pct_start=recipe.warm_up)
        for one in optimisers.values()
    ]
    vary, order = CropVariation(seed), np.random.default_rng(seed)
    for epoch in range(1, recipe.epochs + 1):
        for batch in _batches(order.permutation(seen), recipe.batch_size):
            # All four networks learn from the same varied crops, which are made once.
            inputs = _varied_inputs(crops, batch, vary)
            outcomes = torch.from_numpy(crops.outcomes[batch]).float()
            for region, network in networks.items():
                loss = functional.binary_cross_entropy_with_logits(network(inputs[region]).logit, outcomes)
                optimisers[region].zero_grad()
                loss.backward()
                optimisers[region].step()
            for schedule in schedules:
                schedule.step()
        progress(epoch)
    return _outputs(crops, np.flatnonzero(fold == number), {name: each.eval() for name, each in networks.items()})


def _batches(order: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    """Full batches only: batch normalisation over one or two patients says little; each epoch leaves others out."""
    size = min(size, len(order))
    for start in range(0, len(order) - size + 1, size):
        yield order[start : start + size]


def _varied_inputs(crops: CropSet, batch: NDArray[np.int64], vary: CropVariation) -> dict[str, Tensor]:
    varied = [vary(crops.images[index], crops.distances_mm[index], crops.inside[index]) for index in batch]
    return {region: _stacked([region_input(*crop, region) for crop in varied]) for region in REGIONS}


def _outputs(crops: CropSet, held_out: NDArray[np.int64], networks: dict[str, RegionResNet]) -> TrainedFold:
    logits: dict[str, NDArray[np.float32]] = {}
    features = []
    for region, network in networks.items():
        found, described = _run_all(crops, region, network)
        logits[region] = found[held_out]
        features.append(described)
    weights = {region: network.state_dict() for region, network in networks.items()}
    return TrainedFold(weights, held_out, logits, np.concatenate(features, axis=1))


def _run_all(
    crops: CropSet, region: str, network: RegionResNet, batch: int = 32
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits ``(patients,)`` and features ``(patients, width)`` of every patient."""
    logits, features = [], []
    with torch.inference_mode():
        for start in range(0, len(crops), batch):
            some = range(start, min(start + batch, len(crops)))
            inputs = [region_input(crops.images[i], crops.distances_mm[i], crops.inside[i], region) for i in some]
            output = network(_stacked(inputs))
            logits.append(output.logit.numpy())
            features.append(output.features.numpy())
    return np.concatenate(logits), np.concatenate(features)


def _stacked(inputs: list[NDArray[np.float32]]) -> Tensor:
    return torch.from_numpy(np.stack(inputs))
