"""Pixels and tumour in, network inputs out: what comes before the DLRS3 networks, in training and in reading."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from TumorResponseLib.core.crop import CropGrid, resample
from TumorResponseLib.core.errors import MaskError
from TumorResponseLib.core.image import MaskArray, PixelArray

MARGINS_MM = {"intratumoral": 0.0, "margin3": 3.0, "margin5": 5.0, "margin10": 10.0}
"""How far each region reaches beyond the tumour. The published study's regions, by their order."""

REGIONS = tuple(MARGINS_MM)

SAMPLES = 128
STEP_MM = 0.5
"""A field of 64 mm: a tumour of 44 mm fits with its 10 mm margin."""

TISSUE_BOUNDS_MM = ((-np.inf, 0.0), (0.0, 3.0), (3.0, 5.0), (5.0, 10.0))
"""Distance from the tumour's border, beyond the first number and up to the second."""

CHANNELS = ("image in the region", "tumour", "0-3 mm", "3-5 mm", "5-10 mm")
"""Of a network's input: grey values, and where each tissue of the region lies."""

SMALLEST_REFERENCE = 400
"""Samples (100 mm²) of tissue beyond the widest margin that are enough to normalise by."""


@dataclass(frozen=True)
class TumourCrop:
    """A tumour on the mm grid that all four networks look at.

    Attributes:
        grid: where the crop lies in the image.
        image: ``(128, 128)``; 0 is the mean and 1 the standard deviation of the reference tissue; 0 outside the image.
        distance_mm: ``(128, 128)``, to the tumour's border: positive outside the tumour, negative in it.
        inside: ``(128, 128)``, whether a sample lies in the image.
        tumour_in_field: share of the tumour's area that the field holds.
    """

    grid: CropGrid
    image: NDArray[np.float32]
    distance_mm: NDArray[np.float32]
    inside: MaskArray
    tumour_in_field: float


def crop_tumour(pixels: PixelArray, tumour: MaskArray, spacing_mm: tuple[float, ...]) -> TumourCrop:
    """Sample image and tumour ``(rows, columns)`` on a grid of 0.5 mm around the tumour.

    Grey values are related to the tissue beyond the widest margin: an ultrasound picture shows decibels, so that gain
    only shifts and dynamic range only stretches all of them alike, and both cancel.

    Raises:
        MaskError: no tumour, or one too small to be sampled.
        SpacingError: the spacing does not fit the image.
    """
    grid = CropGrid.around(tumour, spacing_mm, (SAMPLES, SAMPLES), STEP_MM)
    inside = resample(np.ones(pixels.shape, dtype=np.float32), grid, order=0) > 0
    sampled = resample(tumour.astype(np.float32), grid) >= 0.5
    if not sampled.any():
        raise MaskError(
            f"The tumour mask is smaller than the {STEP_MM:g} mm at which the networks look; outline the whole tumour."
        )
    distance = _signed_distance_mm(sampled)
    grey = resample(pixels, grid)
    reference = inside & (distance > max(MARGINS_MM.values()))
    if reference.sum() < SMALLEST_REFERENCE:
        reference = inside
    spread = float(grey[reference].std())
    image = np.where(inside, (grey - grey[reference].mean()) / (spread if spread > 0 else 1.0), 0.0)
    area_in_field = float(sampled.sum()) * STEP_MM**2
    area = float(np.count_nonzero(tumour)) * float(np.prod(spacing_mm))
    return TumourCrop(grid, image.astype(np.float32), distance, inside, min(1.0, area_in_field / area))


def region_input(
    image: NDArray[np.float32], distance_mm: NDArray[np.float32], inside: MaskArray, region: str
) -> NDArray[np.float32]:
    """What one region's network sees: ``CHANNELS``, ``(5, rows, columns)``, all 0 outside the region."""
    margin = MARGINS_MM[region]
    tissues = [inside & (distance_mm > low) & (distance_mm <= min(high, margin)) for low, high in TISSUE_BOUNDS_MM]
    return np.stack([image * (inside & (distance_mm <= margin)), *tissues], dtype=np.float32)


def _signed_distance_mm(tumour: MaskArray) -> NDArray[np.float32]:
    """Distance of each sample's centre to the nearest centre across the border; the least outside is one step."""
    outside = distance_transform_edt(~tumour, sampling=STEP_MM)
    within = distance_transform_edt(tumour, sampling=STEP_MM)
    return np.where(tumour, STEP_MM - within, outside).astype(np.float32)
