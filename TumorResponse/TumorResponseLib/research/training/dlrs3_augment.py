"""Variations of a tumour crop that do not change the patient's response."""

from __future__ import annotations

import numpy as np
from monai.transforms import (
    Compose,
    RandAffined,
    RandFlipd,
    RandGaussianNoised,
    RandGaussianSmoothd,
    RandScaleIntensityd,
    RandShiftIntensityd,
)

KEYS = ("image", "distance", "inside")
"""Of ``TumourCrop``, each ``(1, rows, columns)``."""


def augmentation(seed: int) -> Compose:
    """The random transform of one crop as a dictionary of ``KEYS``.

    Flips are lateral only and rotations small: depth means attenuation and shadow. Grey values vary as gain, dynamic
    range, speckle and resolution do between scanners; the outline moves in or out by up to one sample (0.5 mm).
    """
    transform = Compose(
        [
            RandFlipd(KEYS, prob=0.5, spatial_axis=1),
            RandAffined(
                KEYS,
                prob=0.9,
                rotate_range=0.17,
                translate_range=(6, 6),
                scale_range=0.05,
                mode=("bilinear", "bilinear", "nearest"),
                padding_mode=("zeros", "border", "zeros"),
            ),
            RandShiftIntensityd("distance", offsets=0.5, prob=0.8),
            RandGaussianSmoothd("image", prob=0.2, sigma_x=(0.3, 0.8), sigma_y=(0.3, 0.8)),
            RandGaussianNoised("image", prob=0.5, std=0.25),
            RandScaleIntensityd("image", factors=0.12, prob=0.8),
            RandShiftIntensityd("image", offsets=0.1, prob=0.8),
        ]
    )
    transform.set_random_state(np.random.RandomState(seed))
    return transform
