"""Which values of an image are shown black and white, or at the ends of the colours."""

from __future__ import annotations

import numpy as np

from TumorResponseLib.core.image import Image, PixelArray
from TumorResponseLib.core.image_units import HOUNSFIELD, SUV_UNITS

SOFT_TISSUE_HU = (-160.0, 240.0)
"""The usual window of CT: level 40, width 400."""
HIGHEST_SUV = 15.0
"""End of the scale of a PET that reaches higher: lesions in somatostatin receptor PET stand out from the liver then."""
EXTREMES_PERCENT = (0.5, 99.5)


def is_ct(image: Image) -> bool:
    """Whether the values are HU."""
    return image.units == HOUNSFIELD or image.modality == "CT"


def is_pet(image: Image) -> bool:
    """Whether the values are uptake, which is shown from 0."""
    return image.units in SUV_UNITS or image.modality == "PT"


def display_window(image: Image, shown: PixelArray) -> tuple[float, float]:
    """What is shown dark and bright: soft tissue of CT, PET from 0, 8-bit values as they are, others by their range.

    Args:
        image: the whole image.
        shown: the part that is shown, whose few extremes do not count where the range decides.
    """
    if is_ct(image):
        return SOFT_TISSUE_HU
    if is_pet(image):
        return pet_window(image)
    if image.pixels.dtype == np.uint8:
        return 0.0, 255.0
    low, high = np.percentile(shown, EXTREMES_PERCENT)
    return float(low), float(high)


def pet_window(image: Image) -> tuple[float, float]:
    """From no uptake to the image's maximum, in SUV to ``HIGHEST_SUV`` at most."""
    high = max(float(image.pixels.max()), 1e-3)
    return 0.0, min(high, HIGHEST_SUV) if image.units in SUV_UNITS else high
