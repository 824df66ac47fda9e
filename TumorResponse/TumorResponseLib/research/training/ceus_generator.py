"""The class-conditional generator of perfusion images: a SPADE variational autoencoder (MONAI's SPADENet).

Park et al., "Semantic image synthesis with spatially-adaptive normalization", CVPR 2019. It draws the three parameter
maps for a class and a tumour outline; outlines are those of training images, turned and mirrored at random. What the
decoder cannot foresee, the texture, is added as Gaussian noise with the power spectrum of the training residuals: the
decoder's likelihood is a normal distribution, and a draw from it has that noise too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from monai.networks.nets.spade_network import SPADENet
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from TumorResponseLib.predict.ceus_image import CLASSES, LARGEST, PARAMETERS, SAMPLES, TISSUES
from TumorResponseLib.research.training.ceus_classifier import FloatArray, IntArray, turned_at_random

MAPS = len(PARAMETERS)


@dataclass(frozen=True)
class GeneratorRecipe:
    """Everything that decides a generator."""

    steps: int = 250
    batch_size: int = 24
    learning_rate: float = 2e-3
    channels: tuple[int, ...] = (12, 16, 24)
    style_channels: int = 16
    latent: int = 12


@dataclass(frozen=True)
class Generator:
    """A trained generator.

    Attributes:
        network: in evaluation mode.
        mean, scale: of each parameter over the training images, ``(3, 1, 1)``.
        latent: numbers that an image is drawn from.
        spectrum: amplitude of the residual's texture at each frequency, ``(3, rows, columns / 2 + 1)``.
    """

    network: SPADENet
    mean: FloatArray
    scale: FloatArray
    latent: int
    spectrum: FloatArray


def train_generator(inputs: FloatArray, responses: IntArray, recipe: GeneratorRecipe, seed: int) -> Generator:
    """Train on ``(images, channels, rows, columns)`` of these classes, and on nothing else.

    The weight of the reconstruction is learned with the rest: its variance is each map's mean squared error (Rybkin,
    Daniilidis and Levine, ICML 2021).
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    mean = inputs[:, :MAPS].mean(axis=(0, 2, 3))[:, None, None]
    scale = np.maximum(inputs[:, :MAPS].std(axis=(0, 2, 3))[:, None, None], 1e-3)
    images = torch.from_numpy(np.concatenate([(inputs[:, :MAPS] - mean) / scale, inputs[:, MAPS:]], axis=1))
    images, classes = images.float(), torch.from_numpy(responses)
    network = _network(recipe)
    optimiser = torch.optim.AdamW(network.parameters(), recipe.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.learning_rate, total_steps=recipe.steps)
    for _ in range(recipe.steps):
        batch = random.integers(len(inputs), size=recipe.batch_size)
        clean = turned_at_random(images[batch])
        maps = clean[:, :MAPS]
        drawn, middle, log_variance = network(_condition(clean[:, MAPS:], classes[batch]), maps)
        error = ((drawn - maps) ** 2).mean(dim=(0, 2, 3))
        likelihood = 0.5 * maps[0, 0].numel() * error.log().sum()
        divergence = -0.5 * (1 + log_variance - middle**2 - log_variance.exp()).sum(dim=1).mean()
        loss = likelihood + divergence
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    network.eval()
    return Generator(network, mean, scale, recipe.latent, _spectrum_of_residuals(network, images, classes))


def generate(generator: Generator, tissues: FloatArray, responses: IntArray, seed: int) -> FloatArray:
    """Images ``(images, channels, rows, columns)`` of the classes ``(images,)`` with these tissues.

    Args:
        generator: that draws.
        tissues: of real images, ``(images, 3, rows, columns)``; turned and mirrored at random.
        responses: class indices.
        seed: of the latent numbers and of the texture.
    """
    torch.manual_seed(seed)
    outlines = turned_at_random(torch.from_numpy(tissues))
    with torch.inference_mode():
        latent = torch.randn(len(responses), generator.latent)
        maps = generator.network.decoder(_condition(outlines, torch.from_numpy(responses)), latent)
        white = torch.fft.rfft2(torch.randn_like(maps))
        maps = maps + torch.fft.irfft2(white * torch.from_numpy(generator.spectrum), s=maps.shape[2:])
    values = np.clip(maps.numpy() * generator.scale + generator.mean, -LARGEST, LARGEST)
    inside = outlines.sum(dim=1, keepdim=True).numpy() > 0
    return np.concatenate([values * inside, outlines.numpy()], axis=1).astype(np.float32)


def generate_like(
    generator: Generator, inputs: FloatArray, responses: IntArray, wanted: NDArray[np.int64], seed: int
) -> FloatArray:
    """Images of the classes ``wanted``, each with the outline of a random one of the real images of its class."""
    random = np.random.default_rng(seed)
    outlines = [int(random.choice(np.flatnonzero(responses == one))) for one in wanted]
    return generate(generator, inputs[outlines, MAPS:], wanted, seed)


def _network(recipe: GeneratorRecipe) -> SPADENet:
    return SPADENet(
        spatial_dims=2,
        in_channels=MAPS,
        out_channels=MAPS,
        label_nc=len(TISSUES) + len(CLASSES),
        input_shape=[SAMPLES, SAMPLES],
        channels=list(recipe.channels),
        z_dim=recipe.latent,
        is_vae=True,
        spade_intermediate_channels=recipe.style_channels,
        norm="BATCH",  # instance normalisation would take away how strong the enhancement is
        last_act=None,
    )


def _condition(tissues: Tensor, classes: Tensor) -> Tensor:
    """Tissues, and one constant map for each class, ``(batch, 6, rows, columns)``."""
    chosen = functional.one_hot(classes, len(CLASSES)).to(tissues.dtype)
    return torch.cat([tissues, chosen[:, :, None, None].expand(-1, -1, *tissues.shape[2:])], dim=1)


def _spectrum_of_residuals(network: SPADENet, images: Tensor, classes: Tensor) -> FloatArray:
    with torch.inference_mode():
        maps = images[:, :MAPS]
        middle, _ = network.encoder(maps)
        residual = maps - network.decoder(_condition(images[:, MAPS:], classes), middle)
    power = (torch.fft.rfft2(residual).abs() ** 2).mean(dim=0) / residual[0, 0].numel()
    return np.sqrt(power.numpy()).astype(np.float32)
