"""Train and cross-validate the lesion segmentation on breast ultrasound.

    python -m TumorResponseLib.research.training.segmentation --data busi_dev --work DIR [--fold N] [--member M]

Two networks (``segmentation_recipe.MEMBERS``) answer together. In each fold both are trained on the groups outside it,
first on whole images, then on crops too, and predict the images inside it; these predictions are the evidence. The
shipped networks then continue the first fold's on all images. Every epoch is checkpointed; the command continues where
it was stopped, and folds and members may be trained side by side.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.losses import DiceLoss
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from TumorResponseLib.predict.lesion_map import network_input
from TumorResponseLib.research.cohorts.busi import UltrasoundRow, fold_of_each_row, read_manifest
from TumorResponseLib.research.networks.imagenet_start import start_from_imagenet
from TumorResponseLib.research.networks.unetpp import UNetPlusPlus
from TumorResponseLib.research.networks.view_averaged import ViewAveraged
from TumorResponseLib.research.training.segmentation_data import Prepared, batches, prepare
from TumorResponseLib.research.training.segmentation_recipe import FOLDS, MEMBERS, SPLIT_SEED, Recipe


def loss_of(output: tuple[Tensor, Tensor], masks: Tensor, presence_weight: float) -> Tensor:
    """Dice of each image with a lesion, cross-entropy of every pixel, cross-entropy of the presence."""
    logits, presence = output
    logits = logits.float()
    present = (masks.flatten(1).sum(dim=1) > 0).float()
    dice = DiceLoss(sigmoid=True, reduction="none")(logits, masks).flatten()
    overlap = (dice * present).sum() / present.sum().clamp(min=1)
    pixels = functional.binary_cross_entropy_with_logits(logits, masks)
    whole = functional.binary_cross_entropy_with_logits(presence.float()[:, 0], present)
    return overlap + pixels + presence_weight * whole


def imagenet_network(seed: int) -> UNetPlusPlus:
    """The network before its first step; the seed decides the decoder's weights."""
    torch.manual_seed(seed)
    network = UNetPlusPlus()
    start_from_imagenet(network.encoder)
    return network


def trained_network(checkpoint: Path) -> UNetPlusPlus:
    """The averaged network of a finished or interrupted run."""
    network = imagenet_network(seed=0)
    averaged = torch.load(checkpoint, weights_only=True)["averaged"]
    network.load_state_dict(
        {key.removeprefix("module."): value for key, value in averaged.items() if key.startswith("module.")}
    )
    return network.eval()


def train(
    data: Prepared, indices: NDArray[np.int64], recipe: Recipe, checkpoint: Path, start: UNetPlusPlus
) -> UNetPlusPlus:
    """Train ``start`` on ``indices`` and return the averaged network; continue from ``checkpoint`` when it exists."""
    torch.manual_seed(recipe.seed)
    network = start.train()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
    averaged = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema_decay), use_buffers=True)
    encoder = list(network.encoder.parameters())
    others = [weight for name, weight in network.named_parameters() if not name.startswith("encoder.")]
    rates = [recipe.encoder_learning_rate, recipe.learning_rate]  # what ImageNet taught is moved more gently
    optimiser = torch.optim.AdamW(
        [{"params": part, "lr": rate} for part, rate in zip([encoder, others], rates, strict=True)],
        weight_decay=recipe.weight_decay,
    )
    normals = int((~data.masks[indices].any(axis=(1, 2, 3))).sum())
    steps = max(1, (len(indices) + normals * (recipe.normal_repeats - 1)) // recipe.batch_size) * recipe.epochs
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, total_steps=steps + recipe.epochs, pct_start=0.1)
    parts: dict[str, Any] = {"network": network, "averaged": averaged, "optimiser": optimiser, "schedule": schedule}
    done = 0
    if checkpoint.exists():
        stored = torch.load(checkpoint, weights_only=True)
        if stored["recipe"] != asdict(recipe):
            raise ValueError(f"{checkpoint} belongs to another recipe; choose another --work folder.")
        for name, part in parts.items():
            part.load_state_dict(stored[name])
        done = stored["epochs"]
    for epoch in range(done, recipe.epochs):
        network.train()
        total = 0.0
        for images, masks in batches(data, indices, recipe, epoch):
            with torch.autocast("cpu", torch.bfloat16):
                output = network(images)
            loss = loss_of(output, masks, recipe.presence_weight)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            averaged.update_parameters(network)
            total += float(loss.detach())
        print(
            f"{checkpoint.stem} epoch {epoch + 1}/{recipe.epochs} loss {total / max(1, steps / recipe.epochs):.4f}",
            flush=True,
        )
        state = {name: part.state_dict() for name, part in parts.items()}
        partial = checkpoint.with_suffix(".partial")
        torch.save({**state, "epochs": epoch + 1, "recipe": asdict(recipe)}, partial)
        partial.replace(checkpoint)
    return trained_network(checkpoint)


@torch.inference_mode()
def predict(
    networks: Sequence[UNetPlusPlus], images: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Lesion probability ``(N, size, size)`` and presence ``(N,)`` of images ``(N, 1, size, size)``, over all views."""
    averaged = ViewAveraged(networks)
    answers = [averaged(image[None]) for image in torch.as_tensor(images)]
    maps = np.stack([probability[0, 0].numpy() for probability, _ in answers])
    return maps, np.array([float(presence) for _, presence in answers], dtype=np.float32)


def train_outside(
    fold: int,
    member: int,
    recipe: Recipe,
    rows: Sequence[UltrasoundRow],
    data: Prepared,
    held_out: NDArray[np.int64],
    work: Path,
) -> None:
    """Train one member on the groups outside a fold, and keep what it says of the images inside."""
    result = work / f"fold{fold}-member{member}.npz"
    if result.exists():
        return
    outside, inside = np.flatnonzero(held_out != fold), np.flatnonzero(held_out == fold)
    stem = result.stem
    network = train(data, outside, recipe, work / f"{stem}.pt", imagenet_network(recipe.seed))
    network = train(
        data, outside, recipe.refining(recipe.refining_epochs), refined_checkpoint(work, fold, member), network
    )
    maps, presence = predict([network], np.stack([network_input(rows[index].load()[0]) for index in inside.tolist()]))
    np.savez_compressed(result, rows=inside, maps=maps.astype(np.float16), presence=presence)


def refined_checkpoint(work: Path, fold: int, member: int) -> Path:
    """Where the network of a fold lies after its second part."""
    return work / f"fold{fold}-member{member}-refined.pt"


def shipped_checkpoint(work: Path, member: int) -> Path:
    """Where a network that saw all images lies."""
    return work / f"all-member{member}.pt"


def shipped_networks(work: Path) -> list[UNetPlusPlus]:
    """The networks that saw all images, a member each."""
    return [trained_network(shipped_checkpoint(work, member)) for member in range(len(MEMBERS))]


def main(arguments_given: Sequence[str] | None = None) -> None:
    """Train the folds, keep their held-out predictions, train the shipped networks."""
    parser = argparse.ArgumentParser(description="Train and cross-validate the breast ultrasound segmentation.")
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv, images and masks")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints and held-out predictions")
    parser.add_argument("--folds", type=int, default=FOLDS, help="3 on a CPU, 5 where a GPU is at hand")
    parser.add_argument("--fold", type=int, help="only this fold, so that folds can be trained side by side")
    parser.add_argument("--member", type=int, help="only this member")
    parser.add_argument("--epochs", type=int, help="of each part, in place of the recipe's, for a trial")
    arguments = parser.parse_args(arguments_given)
    arguments.work.mkdir(parents=True, exist_ok=True)
    rows = read_manifest(arguments.data)
    data = prepare(rows)
    held_out = fold_of_each_row(rows, arguments.folds, SPLIT_SEED)
    for member, recipe in enumerate(MEMBERS):
        if arguments.member not in (None, member):
            continue
        if arguments.epochs is not None:
            each = arguments.epochs
            recipe = replace(recipe, epochs=each, refining_epochs=each, final_epochs=each)
        for fold in range(arguments.folds) if arguments.fold is None else [arguments.fold]:
            train_outside(fold, member, recipe, rows, data, held_out, arguments.work)
        if arguments.fold is None:
            start = trained_network(refined_checkpoint(arguments.work, 0, member))
            final = recipe.refining(recipe.final_epochs)
            train(data, np.arange(len(rows)), final, shipped_checkpoint(arguments.work, member), start)


if __name__ == "__main__":
    main()
