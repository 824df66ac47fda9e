"""Images and masks as the segmentation network is shown them in training."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
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

from TumorResponseLib.predict.lesion_map import network_input, restore_probability
from TumorResponseLib.research.cohorts.busi import UltrasoundRow
from TumorResponseLib.research.training.segmentation_recipe import Recipe
from TumorResponseLib.research.training.segmentation_views import TRAINING_SIZE, whole_or_crop

PREPARED_SIZE = 2 * TRAINING_SIZE
"""Side at which images are kept, so that a crop of half the side is still sharp."""


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
        images.append(network_input(pixels, PREPARED_SIZE))
        masks.append(restore_probability(mask, (PREPARED_SIZE, PREPARED_SIZE))[None] >= 0.5)
    return Prepared(np.stack(images), np.stack(masks).astype(np.float32))


def batches(data: Prepared, indices: NDArray[np.int64], recipe: Recipe, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Shuffled, augmented batches of one epoch; the epoch's number and the seed fix them.

    The first ``coarse_epochs`` are trained on smaller images, which costs half as much.
    """
    seed = recipe.seed * 1000 + epoch
    random = np.random.default_rng(seed)
    normals = indices[~data.masks[indices].any(axis=(1, 2, 3))]
    order = random.permutation(np.concatenate([indices, np.repeat(normals, recipe.normal_repeats - 1)]))
    augment = augmentation(seed)
    for start in range(0, len(order) - recipe.batch_size // 2, recipe.batch_size):
        chosen = order[start : start + recipe.batch_size]
        views = [whole_or_crop(data.images[i], data.masks[i], recipe.crop_probability, random) for i in chosen]
        samples = [augment({"image": image, "mask": mask}) for image, mask in views]
        images = torch.stack([torch.as_tensor(sample["image"]) for sample in samples])
        masks = torch.stack([torch.as_tensor(sample["mask"]) for sample in samples])
        if epoch < recipe.coarse_epochs:
            images, masks = (functional.interpolate(x, size=recipe.coarse_size, mode="area") for x in (images, masks))
        yield images.repeat(1, 3, 1, 1).contiguous(memory_format=torch.channels_last), (masks >= 0.5).float()
