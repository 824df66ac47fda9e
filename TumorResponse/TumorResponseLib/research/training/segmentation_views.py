"""What of an image the segmentation network is shown in training: all of it, or a crop.

A crop without the lesion is one more normal image, of the same scanner and the same breast; a crop around the lesion
at the same scale keeps the network from reading "enlarged" as "normal".
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

TRAINING_SIZE = 256
CROP_SIDES = (0.45, 0.85)
"""Least and greatest side of a crop, as a share of the image's."""
LESION_FREE_SHARE = 0.6
"""Share of the crops that are taken beside the lesion, where there is room."""
TRIES = 20


def whole_or_crop(
    image: NDArray[np.float32], mask: NDArray[np.float32], crop_probability: float, random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Image and mask ``(1, TRAINING_SIZE, TRAINING_SIZE)`` from larger ones ``(1, size, size)``.

    The image is brought to mean 0 and standard deviation 1, as it is in reading.
    """
    box = (slice(None), slice(None))
    if random.random() < crop_probability:
        box = _crop(mask[0] > 0.5, random) or box
    cut = _resized(image[:, *box], "area")
    return (cut - cut.mean()) / max(float(cut.std()), 1e-6), (_resized(mask[:, *box], "area") >= 0.5).astype(np.float32)


def _crop(lesion: NDArray[np.bool_], random: np.random.Generator) -> tuple[slice, slice] | None:
    """A box without lesion, or with the whole of it; None where no try fits."""
    free = not lesion.any() or random.random() < LESION_FREE_SHARE
    size, total = lesion.shape[0], lesion.sum()
    for _ in range(TRIES):
        side = int(size * random.uniform(*CROP_SIDES))
        top, left = random.integers(0, size - side + 1, 2)
        box = (slice(top, top + side), slice(left, left + side))
        inside = lesion[box].sum()
        if (free and not inside) or (not free and inside == total):
            return box
    return None


def _resized(values: NDArray[np.float32], mode: str) -> NDArray[np.float32]:
    tensor = torch.as_tensor(np.ascontiguousarray(values))[None]
    return functional.interpolate(tensor, size=(TRAINING_SIZE, TRAINING_SIZE), mode=mode)[0].numpy()
