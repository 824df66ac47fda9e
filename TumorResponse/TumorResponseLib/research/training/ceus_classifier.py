"""Train one CEUS network on perfusion images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from TumorResponseLib.predict.ceus_image import PARAMETERS
from TumorResponseLib.research.networks.perfusion_cnn import WIDTHS, PerfusionCnn

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class ClassifierRecipe:
    """Everything that decides a training.

    The number of steps is fixed, so that a training set that synthetic images enlarge is not trained for longer.
    """

    steps: int = 300
    batch_size: int = 32
    learning_rate: float = 4e-3
    weight_decay: float = 0.05
    noise: float = 0.05
    offset: float = 0.02
    widths: tuple[int, ...] = WIDTHS


def train_classifier(inputs: FloatArray, responses: IntArray, recipe: ClassifierRecipe, seed: int) -> PerfusionCnn:
    """A network in evaluation mode.

    Args:
        inputs: ``(images, channels, rows, columns)``.
        responses: class indices, ``(images,)``.
        recipe: of the training.
        seed: of everything random in it.
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    network = PerfusionCnn(recipe.widths)
    optimiser = torch.optim.AdamW(network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.learning_rate, total_steps=recipe.steps)
    images, classes = torch.from_numpy(inputs), torch.from_numpy(responses)
    waiting = np.empty(0, dtype=np.int64)
    size = min(recipe.batch_size, len(inputs))
    for _ in range(recipe.steps):
        if len(waiting) < size:
            waiting = np.concatenate([waiting, random.permutation(len(inputs))])
        batch, waiting = waiting[:size], waiting[size:]
        varied = _varied(images[batch], recipe)
        loss = functional.cross_entropy(network(varied).logits, classes[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return network.eval()


def run_classifier(network: PerfusionCnn, inputs: FloatArray, batch: int = 256) -> tuple[FloatArray, FloatArray]:
    """Logits ``(images, classes)`` and features ``(images, width)``."""
    with torch.inference_mode():
        outputs = [network(part) for part in torch.from_numpy(inputs).split(batch)]
    return (
        torch.cat([output.logits for output in outputs]).numpy(),
        torch.cat([output.features for output in outputs]).numpy(),
    )


def _varied(inputs: Tensor, recipe: ClassifierRecipe) -> Tensor:
    """A batch turned, mirrored and disturbed at random: perfusion has no preferred direction."""
    turned = turned_at_random(inputs)
    values, tissues = turned[:, : len(PARAMETERS)], turned[:, len(PARAMETERS) :]
    noise = recipe.noise * torch.randn_like(values)
    offset = recipe.offset * torch.randn(values.shape[0], values.shape[1], 1, 1)
    inside = tissues.sum(dim=1, keepdim=True)
    return torch.cat([values + (noise + offset) * inside, tissues], dim=1)


def turned_at_random(images: Tensor) -> Tensor:
    """Each of ``(images, channels, rows, columns)`` turned by quarters and mirrored at random."""
    return torch.stack([_turned(one) for one in images])


def _turned(image: Tensor) -> Tensor:
    quarter, mirrored = int(torch.randint(4, ())), bool(torch.randint(2, ()))
    turned = torch.rot90(image, quarter, dims=(1, 2))
    return torch.flip(turned, dims=(2,)) if mirrored else turned
