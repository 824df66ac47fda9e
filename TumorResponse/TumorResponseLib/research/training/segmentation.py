"""Train and cross-validate the lesion segmentation on breast ultrasound.

    python -m TumorResponseLib.research.training.segmentation --data busi_dev --work DIR [--folds 3] [--epochs 40]

Each fold is trained on the groups outside it and predicts the images inside it; these predictions are the evidence. The
shipped network then continues the first fold's network on all images. Every epoch is checkpointed; the command
continues where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.losses import DiceLoss
from monai.transforms import (
    Compose,
    RandAdjustContrastd,
    RandAffined,
    RandCoarseDropoutd,
    RandFlipd,
    RandGaussianNoised,
    RandGaussianSmoothd,
    RandHistogramShiftd,
    RandScaleIntensityd,
)
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from TumorResponseLib.predict.lesion_map import network_input, restore_probability
from TumorResponseLib.research.cohorts.busi import UltrasoundRow, fold_of_each_row, read_manifest
from TumorResponseLib.research.networks.imagenet_start import start_from_imagenet
from TumorResponseLib.research.networks.unetpp import UNetPlusPlus
from TumorResponseLib.research.networks.view_averaged import ViewAveraged

TRAINING_SIZE = 256


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training run; stored with the checkpoint."""

    folds: int = 3
    epochs: int = 40
    final_epochs: int = 14
    coarse_epochs: int = 16
    coarse_size: int = 192
    batch_size: int = 8
    learning_rate: float = 1e-3
    encoder_learning_rate: float = 3e-4
    weight_decay: float = 1e-2
    presence_weight: float = 0.3
    ema_decay: float = 0.995
    seed: int = 2026


def augmentation(seed: int) -> Compose:
    """What one breast, scanner and hand may do to another image of the same lesion."""
    both = ["image", "mask"]
    steps = Compose(
        [
            RandFlipd(both, prob=0.5, spatial_axis=1),
            RandAffined(
                both,
                prob=0.9,
                rotate_range=math.radians(20),
                scale_range=((-0.3, 0.3), (-0.3, 0.3)),
                shear_range=0.1,
                translate_range=30,
                mode=("bilinear", "nearest"),
                padding_mode="zeros",
            ),
            RandHistogramShiftd("image", prob=0.3, num_control_points=6),
            RandAdjustContrastd("image", prob=0.4, gamma=(0.6, 1.6), retain_stats=True),
            RandScaleIntensityd("image", prob=0.3, factors=0.3),
            RandGaussianSmoothd("image", prob=0.2, sigma_x=(0.5, 1.5), sigma_y=(0.5, 1.5)),
            RandGaussianNoised("image", prob=0.3, std=0.25),
            RandCoarseDropoutd("image", prob=0.2, holes=3, max_holes=6, spatial_size=16, max_spatial_size=40),
        ]
    )
    steps.set_random_state(seed)
    return steps


@dataclass(frozen=True)
class Prepared:
    """Images ``(N, 1, size, size)`` as the network sees them, with masks of the same shape."""

    images: NDArray[np.float32]
    masks: NDArray[np.float32]


def prepare(rows: list[UltrasoundRow]) -> Prepared:
    """Read and resize every row once."""
    images, masks = [], []
    for row in rows:
        pixels, mask = row.load()
        images.append(network_input(pixels, TRAINING_SIZE))
        masks.append(restore_probability(mask, (TRAINING_SIZE, TRAINING_SIZE))[None] >= 0.5)
    return Prepared(np.stack(images), np.stack(masks).astype(np.float32))


def batches(data: Prepared, indices: NDArray[np.int64], recipe: Recipe, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Shuffled, augmented batches of one epoch; the epoch's number and the seed fix them.

    The first ``coarse_epochs`` are trained on smaller images, which costs half as much.
    """
    seed = recipe.seed * 1000 + epoch
    order = np.random.default_rng(seed).permutation(indices)
    augment = augmentation(seed)
    for start in range(0, len(order) - recipe.batch_size // 2, recipe.batch_size):
        chosen = order[start : start + recipe.batch_size]
        samples = [augment({"image": data.images[i], "mask": data.masks[i]}) for i in chosen]
        images = torch.stack([torch.as_tensor(sample["image"]) for sample in samples])
        masks = torch.stack([torch.as_tensor(sample["mask"]) for sample in samples])
        if epoch < recipe.coarse_epochs:
            images, masks = (functional.interpolate(x, size=recipe.coarse_size, mode="area") for x in (images, masks))
        yield images.repeat(1, 3, 1, 1).contiguous(memory_format=torch.channels_last), (masks >= 0.5).float()


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


def imagenet_network(seed: int = Recipe.seed) -> UNetPlusPlus:
    """The network before its first step; the seed decides the decoder's weights."""
    torch.manual_seed(seed)
    network = UNetPlusPlus()
    start_from_imagenet(network.encoder)
    return network


def trained_network(checkpoint: Path) -> UNetPlusPlus:
    """The averaged network of a finished or interrupted run."""
    network = imagenet_network()
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
    steps = max(1, len(indices) // recipe.batch_size) * recipe.epochs
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
def predict(network: torch.nn.Module, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Lesion probability ``(N, size, size)`` and presence ``(N,)`` of images ``(N, 1, size, size)``, over all views."""
    averaged = ViewAveraged(network)
    answers = [averaged(image[None]) for image in torch.as_tensor(images)]
    maps = np.stack([probability[0, 0].numpy() for probability, _ in answers])
    return maps, np.array([float(presence) for _, presence in answers], dtype=np.float32)


def main(arguments_given: Sequence[str] | None = None) -> None:
    """Train the folds, keep their held-out predictions, train the shipped network."""
    parser = argparse.ArgumentParser(description="Train and cross-validate the breast ultrasound segmentation.")
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv, images and masks")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints and held-out predictions")
    parser.add_argument("--folds", type=int, default=Recipe.folds, help="3 on a CPU, 5 where a GPU is at hand")
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--final-epochs", type=int, default=Recipe.final_epochs)
    arguments = parser.parse_args(arguments_given)
    recipe = Recipe(folds=arguments.folds, epochs=arguments.epochs, final_epochs=arguments.final_epochs)
    arguments.work.mkdir(parents=True, exist_ok=True)
    rows = read_manifest(arguments.data)
    data = prepare(rows)
    held_out = fold_of_each_row(rows, recipe.folds, recipe.seed)
    for fold in range(recipe.folds):
        result = arguments.work / f"fold{fold}.npz"
        if result.exists():
            continue
        checkpoint = arguments.work / f"fold{fold}.pt"
        network = train(data, np.flatnonzero(held_out != fold), recipe, checkpoint, imagenet_network(recipe.seed))
        inside = np.flatnonzero(held_out == fold)
        images = np.stack([network_input(rows[index].load()[0]) for index in inside])
        maps, presence = predict(network, images)
        np.savez_compressed(result, rows=inside, maps=maps.astype(np.float16), presence=presence)
    final = replace(recipe, epochs=recipe.final_epochs, coarse_epochs=0)
    start = trained_network(arguments.work / "fold0.pt")
    train(data, np.arange(len(rows)), final, arguments.work / "all.pt", start)
    (arguments.work / "recipe.json").write_text(json.dumps(asdict(recipe), indent=2) + "\n")


if __name__ == "__main__":
    main()
