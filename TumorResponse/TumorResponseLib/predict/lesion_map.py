"""Pixels in, lesion mask out: the arithmetic around the segmentation network, shared by training and reading."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label
from skimage.transform import resize

NETWORK_SIZE = 320
"""Side in pixels of the square image that the network is given."""

SMALLEST_FRACTION = 0.2
"""A second lesion is kept when it has at least this fraction of the largest one's area."""


def network_input(pixels: NDArray[np.floating] | NDArray[np.integer], size: int = NETWORK_SIZE) -> NDArray[np.float32]:
    """Resize a grey image ``(rows, columns)`` to ``(1, size, size)`` and bring it to mean 0, standard deviation 1."""
    resized = resize(pixels.astype(np.float32), (size, size), order=1, anti_aliasing=True, preserve_range=True)
    spread = float(resized.std(dtype=np.float64))
    return ((resized - resized.mean(dtype=np.float64)) / (spread if spread > 0 else 1.0)).astype(np.float32)[None]


def restore_probability(probability: NDArray[Any], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Bring a probability map ``(size, size)`` back to the image's own ``(rows, columns)``."""
    return resize(probability.astype(np.float32), shape, order=1, preserve_range=True).astype(np.float32)


def lesion_mask(probability: NDArray[np.floating], threshold: float) -> NDArray[np.bool_]:
    """Threshold a probability map and keep the lesions, not the specks.

    The largest connected component stays, and each other one of at least ``SMALLEST_FRACTION`` of its area.
    """
    mask = probability >= threshold
    components = label(mask, connectivity=1)
    areas = np.bincount(components.ravel())
    areas[0] = 0
    kept = areas >= max(1.0, SMALLEST_FRACTION * areas.max())
    kept[0] = False
    return kept[components]


def soft_dice_confidence(probability: NDArray[np.floating], mask: NDArray[np.bool_]) -> float:
    """The Dice that the probability map itself expects of its mask, in [0, 1]; 0 for an empty mask.

    Borges et al., "Soft Dice Confidence: A Near-Optimal Confidence Estimator for Selective Prediction in
    Semantic Segmentation", 2024.
    """
    denominator = float(probability.sum()) + float(mask.sum())
    return 2.0 * float(probability[mask].sum()) / denominator if mask.any() else 0.0
