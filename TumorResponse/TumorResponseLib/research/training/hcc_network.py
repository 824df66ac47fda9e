"""Train the HCC network."""

from __future__ import annotations

import pickle
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.research.networks.imagenet_start import start_from_imagenet
from TumorResponseLib.research.networks.multitask_unetpp import TASKS, MultiTaskUNetPlusPlus
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.hcc_augment import BatchRecipe, batches
from TumorResponseLib.research.training.hcc_loss import LEAST_LOG_VARIANCE, task_losses, weighted
from TumorResponseLib.research.training.hcc_volumes import HccSet


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training; stored with the checkpoint.

    Attributes:
        held_out: share of the animals that calibrate and choose nothing else but the outline's threshold.
    """

    epochs: int = 16
    held_out: float = 0.25
    learning_rate: float = 2e-3
    reader_learning_rate: float = 4e-3
    encoder_learning_rate: float = 4e-4
    weight_decay: float = 0.02
    head_weight_decay: float = 0.1
    averaging: float = 0.99
    seed: int = 2026
    batch: BatchRecipe = field(default_factory=BatchRecipe)


def hold_out(data: HccSet, recipe: Recipe) -> NDArray[np.bool_]:
    """Which of ``data.read`` are not trained on: whole animals, of either response about as many as there are.

    Raises:
        StudyError: a response has fewer than two animals on either side.
    """
    random = np.random.default_rng(recipe.seed)
    held = np.zeros(len(data.read), dtype=np.bool_)
    for response in (0, 1):
        animals = random.permutation(np.unique(data.read.animals[data.responses == response]))
        count = max(2, round(recipe.held_out * len(animals)))
        if len(animals) - count < 2:
            raise StudyError(
                f"HCC needs at least four animals of either response to train on and there are {len(animals)}."
            )
        held |= np.isin(data.read.animals, animals[:count])
    return held


def estimate_scale(data: HccSet, trained: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of histology, ``(2,)`` each, in the training animals."""
    known = data.histology[trained]
    return known.mean(axis=0), np.maximum(known.std(axis=0), 1e-6)


def train_network(
    data: HccSet, trained: NDArray[np.int64], recipe: Recipe, checkpoint: Path, progress: Progress
) -> MultiTaskUNetPlusPlus:
    """The averaged network, in evaluation mode; continues from ``checkpoint`` where one of this recipe is there.

    Args:
        data: of a cohort.
        trained: indices in ``data.read``.
        recipe: of the training.
        checkpoint: written after each epoch.
        progress: told of the epochs.

    Raises:
        StudyError: the checkpoint is damaged.
    """
    torch.manual_seed(recipe.seed)
    network = MultiTaskUNetPlusPlus()
    start_from_imagenet(network.encoder)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
    averaged = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(recipe.averaging), use_buffers=True)
    optimiser = torch.optim.AdamW(_groups(network, recipe))
    rates = [group["lr"] for group in optimiser.param_groups]
    steps = max(1, len(trained) // recipe.batch.tumours) * recipe.epochs
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, total_steps=steps + 1, pct_start=0.15)
    parts: dict[str, Any] = {"network": network, "averaged": averaged, "optimiser": optimiser, "schedule": schedule}
    key = {"recipe": asdict(recipe), "cohort": data.cohort_sha256}
    done = _load(checkpoint, key, parts)
    mean, deviation = estimate_scale(data, trained)
    responses = torch.from_numpy(data.responses).float()
    estimates = torch.from_numpy((data.histology - mean) / deviation).float()
    for epoch in range(done, recipe.epochs):
        network.train()
        seen: list[NDArray[np.float32]] = []
        for batch in batches(data, trained, recipe.batch, recipe.seed * 1000 + epoch):
            output = network(batch.slices.contiguous(memory_format=torch.channels_last), batch.tumour, batch.owner)
            losses = task_losses(output, batch.mask, responses[batch.volumes], estimates[batch.volumes])
            optimiser.zero_grad()
            weighted(losses, network.log_variances).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            network.log_variances.data.clamp_(min=LEAST_LOG_VARIANCE)
            averaged.update_parameters(network)
            seen.append(losses.detach().numpy())
        _save(
            checkpoint, {"key": key, "epochs": epoch + 1, **{name: part.state_dict() for name, part in parts.items()}}
        )
        _report(epoch + 1, recipe, np.mean(seen, axis=0), network.log_variances.detach().numpy())
        progress(epoch + 1, recipe.epochs)
    finished = MultiTaskUNetPlusPlus()
    start_from_imagenet(finished.encoder)
    finished.load_state_dict(averaged.module.state_dict())
    return finished.eval()


def _groups(network: MultiTaskUNetPlusPlus, recipe: Recipe) -> list[dict[str, Any]]:
    """What ImageNet taught is moved more gently; the answers' weights are drawn to 0; the variances are free."""
    encoder, head = list(network.encoder.parameters()), list(network.head.parameters())
    reader = list(network.reader.parameters())
    special = {id(one) for one in (*encoder, *reader, *head, network.log_variances)}
    others = [one for one in network.parameters() if id(one) not in special]
    return [
        {"params": encoder, "lr": recipe.encoder_learning_rate, "weight_decay": recipe.weight_decay},
        {"params": others, "lr": recipe.learning_rate, "weight_decay": recipe.weight_decay},
        {"params": reader, "lr": recipe.reader_learning_rate, "weight_decay": recipe.weight_decay},
        {"params": head, "lr": recipe.reader_learning_rate, "weight_decay": recipe.head_weight_decay},
        {"params": [network.log_variances], "lr": recipe.learning_rate, "weight_decay": 0.0},
    ]


def _report(epoch: int, recipe: Recipe, losses: NDArray[np.floating], log_variances: NDArray[np.floating]) -> None:
    told = ", ".join(
        f"{task} {loss:.3f} ({s:+.2f})" for task, loss, s in zip(TASKS, losses, log_variances, strict=True)
    )
    print(f"epoch {epoch}/{recipe.epochs}: loss (log variance) {told}", flush=True)


def _load(checkpoint: Path, key: dict[str, Any], parts: dict[str, Any]) -> int:
    """Take the checkpoint's state where it is of this recipe and cohort; return the epochs that are done."""
    if not checkpoint.exists():
        return 0
    try:
        content = torch.load(checkpoint, weights_only=True)
    except (pickle.UnpicklingError, EOFError, RuntimeError) as error:
        raise StudyError(f"The checkpoint {checkpoint.name} is damaged; delete it and start again.") from error
    if content["key"] != key:
        return 0
    for name, part in parts.items():
        part.load_state_dict(content[name])
    return int(content["epochs"])


def _save(checkpoint: Path, content: dict[str, Any]) -> None:
    unfinished = checkpoint.with_suffix(".partial")
    torch.save(content, unfinished)
    unfinished.replace(checkpoint)
