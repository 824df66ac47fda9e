"""What the segmentation networks are trained on: images and masks in memory, and augmented batches of them."""

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

TRAINING_SIZE = 256


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


def batches(
    data: Prepared, indices: NDArray[np.int64], batch_size: int, size: int, seed: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Shuffled, augmented batches of one epoch, which ``seed`` fixes: images and masks of ``size`` by ``size``."""
    order = np.random.default_rng(seed).permutation(indices)
    augment = augmentation(seed)
    for start in range(0, len(order) - batch_size // 2, batch_size):
        chosen = order[start : start + batch_size]
        samples = [augment({"image": data.images[i], "mask": data.masks[i]}) for i in chosen]
        images = torch.stack([torch.as_tensor(sample["image"]) for sample in samples])
        masks = torch.stack([torch.as_tensor(sample["mask"]) for sample in samples])
        if size < TRAINING_SIZE:
            images, masks = (functional.interpolate(x, size=size, mode="area") for x in (images, masks))
        yield images.repeat(1, 3, 1, 1).contiguous(memory_format=torch.channels_last), (masks >= 0.5).float()
