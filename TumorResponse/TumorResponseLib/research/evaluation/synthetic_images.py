"""Synthetic images against real ones: are they copies, and are they alike?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist

from TumorResponseLib.predict.ceus_image import PARAMETERS

FloatArray = NDArray[np.float32]
COPY_PERCENTILE = 1.0


@dataclass(frozen=True)
class SyntheticMetrics:
    """Figures of the synthetic images of one or more splits.

    Attributes:
        images: how many synthetic images were compared.
        nearest_training: median distance of a synthetic image to the nearest training image, in any of its eight
            positions: root mean square over the parameter maps in standard deviations.
        nearest_training_of_real: the same of real images that were held out; a generator that copies comes far below.
        copies: share of synthetic images nearer to a training image than 99 of 100 held-out real ones are.
        feature_distance: Fréchet distance of synthetic to held-out real images, in the features of the network trained
            on real images only, divided by their number.
        feature_distance_of_real: the same of the training images to the held-out ones: as near as real ones come.
    """

    images: int
    nearest_training: float
    nearest_training_of_real: float
    copies: float
    feature_distance: float
    feature_distance_of_real: float


def nearest_distances(images: FloatArray, training: FloatArray) -> NDArray[np.float64]:
    """Distance of each image ``(images, channels, rows, columns)`` to the nearest training image, in any position."""
    maps = training[:, : len(PARAMETERS)]
    scale = np.maximum(maps.std(axis=(0, 2, 3))[None, :, None, None], 1e-6)
    size = maps[0].size
    flat = (images[:, : len(PARAMETERS)] / scale).reshape(len(images), -1)
    nearest = np.full(len(images), np.inf)
    for quarter in range(4):
        turned = np.rot90(maps, quarter, axes=(2, 3))
        for position in (turned, turned[..., ::-1]):
            distances = cdist(flat, (position / scale).reshape(len(maps), -1))
            nearest = np.minimum(nearest, distances.min(axis=1))
    return nearest / np.sqrt(size)


def frechet_distance(first: FloatArray, second: FloatArray) -> float:
    """Fréchet distance of two sets of features ``(images, width)``, taken as normal, per feature.

    Heusel et al., NeurIPS 2017, with this project's own features in the place of Inception's.
    """
    means = first.mean(axis=0) - second.mean(axis=0)
    one, other = (np.cov(features, rowvar=False).astype(np.float64) for features in (first, second))
    mixed = np.real(sqrtm(one @ other))
    return float((means @ means + np.trace(one + other - 2 * mixed)) / first.shape[1])


def copied_share(synthetic: NDArray[np.floating], real: NDArray[np.floating]) -> float:
    """Share of distances of synthetic images below the first percentile of those of held-out real ones."""
    return float((synthetic < np.percentile(real, COPY_PERCENTILE)).mean())
