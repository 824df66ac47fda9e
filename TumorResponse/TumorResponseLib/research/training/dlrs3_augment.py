"""Variations of a tumour crop that do not change the patient's response."""

from __future__ import annotations

import numpy as np
from monai.transforms import (
    Compose,
    RandAffine,
    RandFlip,
    RandGaussianNoise,
    RandGaussianSmooth,
    RandScaleIntensity,
    RandShiftIntensity,
)
from numpy.typing import NDArray
from skimage.transform import resize

IMAGE, DISTANCE, INSIDE = range(3)
"""Rows of a stacked ``TumourCrop``, ``(3, rows, columns)``."""

WAVERING_MM = 0.7
"""Standard deviation between two outlines of one border, where their difference is largest: a hand's or a network's."""

WAVES = 6
"""Over the crop's 64 mm: outlines differ over stretches of about a centimetre."""

IN_IMAGE = 0.5
"""An interpolated sample belongs to the image from here on."""


class CropVariation:
    """A random variation of one crop after another; the same seed gives the same ones.

    Flips are lateral only and rotations small: depth means attenuation and shadow. Grey values vary as gain, dynamic
    range, speckle and resolution do between scanners; the outline moves in or out by up to one sample (0.5 mm) and
    wavers as another reader's would, or the segmentation's, on whose outlines the system is used. What a rotation
    brings in from beyond the crop counts as outside the image.
    """

    def __init__(self, seed: int) -> None:
        self._place = Compose(
            [
                RandFlip(prob=0.5, spatial_axis=1),
                RandAffine(prob=0.9, rotate_range=0.17, translate_range=(6, 6), scale_range=0.05, padding_mode="zeros"),
            ]
        )
        self._outline = RandShiftIntensity(offsets=0.5, prob=0.8)
        self._hand = np.random.default_rng(seed)
        self._grey = Compose(
            [
                RandGaussianSmooth(prob=0.2, sigma_x=(0.3, 0.8), sigma_y=(0.3, 0.8)),
                RandGaussianNoise(prob=0.5, std=0.25),
                RandScaleIntensity(factors=0.12, prob=0.8),
                RandShiftIntensity(offsets=0.1, prob=0.8),
            ]
        )
        for number, part in enumerate((self._place, self._outline, self._grey)):
            part.set_random_state(seed + number)

    def __call__(
        self, image: NDArray[np.float32], distance_mm: NDArray[np.float32], inside: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
        """Vary a crop, ``(rows, columns)`` each."""
        crop = self._place(np.stack([image, distance_mm, inside.astype(np.float32)]))
        grey, distance = self._grey(crop[IMAGE][None])[0], self._outline(crop[DISTANCE][None])[0]
        drawn = np.asarray(distance) + self._wavering((distance.shape[0], distance.shape[1]))
        return np.asarray(grey), drawn, np.asarray(crop[INSIDE]) >= IN_IMAGE

    def _wavering(self, shape: tuple[int, int]) -> NDArray[np.float32]:
        """How far another outline lies from this one in mm, smooth along the border."""
        coarse = self._hand.normal(0.0, WAVERING_MM, (WAVES, WAVES)).astype(np.float32)
        return np.asarray(resize(coarse, shape, order=3, preserve_range=True), dtype=np.float32)
