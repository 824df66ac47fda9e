"""Train the four region networks of DLRS3 on the folds of a training set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from TumorResponseLib.predict.dlrs3 import CLASSES
from TumorResponseLib.predict.dlrs3_crops import REGIONS, region_input
from TumorResponseLib.research.networks.region_resnet import WIDTHS, RegionResNet
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.dlrs3_augment import CropVariation
from TumorResponseLib.research.training.dlrs3_crops import CropSet
from TumorResponseLib.research.training.trained_fold import TrainedFold, fold_of_each, load_fold, save_fold


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


def folds_of(crops: CropSet, recipe: Recipe) -> NDArray[np.int64]:
    """Each crop's fold; see ``fold_of_each``."""
    return fold_of_each(crops.patients, crops.outcomes, len(CLASSES), recipe.folds, recipe.seed)


def train_folds(crops: CropSet, recipe: Recipe, work: Path, progress: Progress) -> list[TrainedFold]:
    """Train on all folds but one, each in turn; a fold that ``work`` holds already is not trained again.

    Args:
        crops: of the training patients.
        recipe: of the training.
        work: existing folder for a checkpoint a fold.
        progress: told of the epochs done and their number.
    """
    fold = folds_of(crops, recipe)
    trained = []
    total = recipe.folds * recipe.epochs
    for number in range(recipe.folds):
        before = number * recipe.epochs
        checkpoint = work / f"fold{number}.pt"
        key = {"recipe": asdict(recipe), "cohort": crops.cohort_sha256, "fold": number}
        done = load_fold(checkpoint, key)
        if done is None:
            done = _train_fold(crops, fold, number, recipe, partial(_told, progress, before, total))
            save_fold(checkpoint, key, done)
        progress(before + recipe.epochs, total)
        trained.append(done)
    return trained


def _told(progress: Progress, before: int, total: int, epoch: int) -> None:
    progress(before + epoch, total)


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
    logits, features = {}, {}
    for region, network in networks.items():
        found, features[region] = _run_all(crops, region, network)
        logits[region] = found[held_out]
    weights = {region: network.state_dict() for region, network in networks.items()}
    return TrainedFold(weights, held_out, logits, features)


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
