"""Train and cross-validate the lesion segmentation on breast ultrasound.

    python -m TumorResponseLib.research.training.segmentation --data busi_dev --work DIR [--folds 3] [--parts 3]

What is shipped averages the answers of several networks, the members. Each is trained without one fold first, and then
goes on with all images. The evidence is made the same way: for each part of each fold, members trained without the fold
go on with all images but the part, and they predict the part, of which no stage saw a group. Every epoch is
checkpointed; the command continues where it was stopped.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
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
from TumorResponseLib.research.cohorts.busi import fold_of_each_row, manifest_hash, read_manifest
from TumorResponseLib.research.networks.imagenet_start import start_from_imagenet
from TumorResponseLib.research.networks.unetpp import UNetPlusPlus
from TumorResponseLib.research.networks.view_averaged import ViewAveraged
from TumorResponseLib.research.training.segmentation_batches import TRAINING_SIZE, Prepared, batches, prepare

SPLIT_SEED = 2026
TRAINING = "training.json"
"""Data, split and recipes of what lies in a work folder."""
SHIPPED = "member{}-shipped.pt"
"""Weights of a network that is exported."""


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the training of a member; stored with its checkpoints.

    Attributes:
        coarse_epochs: the first ones, on smaller images, which costs half as much.
        final_epochs: on all images, the learning rate rising and falling once more.
    """

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


MEMBERS = (Recipe(), Recipe(epochs=30, coarse_epochs=12, seed=2027))
"""The second one, shorter and from another start, is there to agree or disagree on whether there is a lesion."""


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
        size = recipe.coarse_size if epoch < recipe.coarse_epochs else TRAINING_SIZE
        for images, masks in batches(data, indices, recipe.batch_size, size, recipe.seed * 1000 + epoch):
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


def continued(
    data: Prepared, indices: NDArray[np.int64], recipe: Recipe, checkpoint: Path, start: UNetPlusPlus
) -> UNetPlusPlus:
    """The second stage: ``start``, trained further on ``indices``."""
    final = replace(recipe, epochs=recipe.final_epochs, coarse_epochs=0)
    return train(data, indices, final, checkpoint, deepcopy(start))


def shipped_networks(work: Path) -> list[UNetPlusPlus]:
    """The networks that a finished training left in ``work``."""
    networks = []
    for path in sorted(work.glob(SHIPPED.format("*"))):
        network = imagenet_network()
        network.load_state_dict(torch.load(path, weights_only=True))
        networks.append(network.eval())
    return networks


@torch.inference_mode()
def predict(
    networks: Sequence[torch.nn.Module], images: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Lesion probability ``(N, size, size)`` and presence ``(N,)`` of images ``(N, 1, size, size)``, over all views."""
    averaged = ViewAveraged(networks)
    answers = [averaged(image[None]) for image in torch.as_tensor(images)]
    maps = np.stack([probability[0, 0].numpy() for probability, _ in answers])
    return maps, np.array([float(presence) for _, presence in answers], dtype=np.float32)


def open_work(work: Path, data: Path, members: Sequence[Recipe], folds: int, parts: int) -> None:
    """Make the folder of a training, or go on with it; it says in ``training.json`` whose checkpoints these are.

    Raises:
        ValueError: the folder is another training's, whose checkpoints and predictions are no evidence for this one.
    """
    recipes = [asdict(recipe) for recipe in members]
    said = {"manifest_sha256": manifest_hash(data), "folds": folds, "parts": parts, "members": recipes}
    work.mkdir(parents=True, exist_ok=True)
    note = work / TRAINING
    if note.exists() and json.loads(note.read_text(encoding="utf-8")) != said:
        raise ValueError(f"The folder {work} belongs to another training; choose another --work folder.")
    note.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")


def require_trained_on(work: Path, data: Path) -> None:
    """Raise ValueError unless the training in ``work`` was of this data."""
    note = json.loads((work / TRAINING).read_text(encoding="utf-8"))
    if note["manifest_sha256"] != manifest_hash(data):
        raise ValueError(f"The training in {work} was of other images than {data}; give those.")


def main(arguments_given: Sequence[str] | None = None) -> None:
    """Train the folds, continue each without one part of it and predict that part; train what is shipped."""
    parser = argparse.ArgumentParser(description="Train and cross-validate the breast ultrasound segmentation.")
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv, images and masks")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints and held-out predictions")
    parser.add_argument("--folds", type=int, default=3, help="of the first stage")
    parser.add_argument("--parts", type=int, default=3, help="of each fold, in the second stage")
    parser.add_argument("--epochs", type=int, help="of the first stage; default: as each member's recipe says")
    parser.add_argument("--final-epochs", type=int, help="of the second stage; default: likewise")
    options = parser.parse_args(arguments_given)
    members = [
        replace(
            recipe, epochs=options.epochs or recipe.epochs, final_epochs=options.final_epochs or recipe.final_epochs
        )
        for recipe in MEMBERS
    ]
    work: Path = options.work
    open_work(work, options.data, members, options.folds, options.parts)
    rows = read_manifest(options.data)
    data = prepare(rows)
    everything = np.arange(len(rows))
    fold_of = fold_of_each_row(rows, options.folds, SPLIT_SEED)

    def first_stage(member: int, fold: int) -> UNetPlusPlus:
        recipe, checkpoint = members[member], work / f"member{member}-fold{fold}.pt"
        return train(data, np.flatnonzero(fold_of != fold), recipe, checkpoint, imagenet_network(recipe.seed))

    def both_stages(starts: Sequence[UNetPlusPlus], indices: NDArray[np.int64], name: str) -> list[UNetPlusPlus]:
        return [
            continued(data, indices, recipe, work / f"member{member}-{name}.pt", start)
            for member, (recipe, start) in enumerate(zip(members, starts, strict=True))
        ]

    for fold in range(options.folds):
        inside = np.flatnonzero(fold_of == fold)
        starts = [first_stage(member, fold) for member in range(len(members))]
        part_of = fold_of_each_row([rows[index] for index in inside], options.parts, SPLIT_SEED)
        for part in range(options.parts):
            name, held_out = f"fold{fold}-part{part}", inside[part_of == part]
            if (result := work / f"{name}.npz").exists():
                continue
            networks = both_stages(starts, np.setdiff1d(everything, held_out), name)
            maps, presence = predict(networks, np.stack([network_input(rows[index].load()[0]) for index in held_out]))
            np.savez_compressed(result, rows=held_out, maps=maps.astype(np.float16), presence=presence)
    starts = [first_stage(member, 0) for member in range(len(members))]
    for member, network in enumerate(both_stages(starts, everything, "all")):
        torch.save(network.state_dict(), work / SHIPPED.format(member))


if __name__ == "__main__":
    main()
