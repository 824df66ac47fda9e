"""What a reader of one format family hands over, and the checks that hold for every format."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image, PixelArray
from TumorResponseLib.core.study import SourceFile

LARGEST_PIXEL_COUNT = 2**29
"""Pixels of the largest image that is opened: 2048 slices of 512 x 512; 2 GB as float32."""


@dataclass(frozen=True)
class LoadedImage:
    """One image, the files it came from, and what the user should know about it."""

    image: Image
    files: tuple[SourceFile, ...]
    warnings: tuple[str, ...] = ()


def require_sane_size(shape: tuple[int, ...], name: str) -> None:
    """Raise StudyError when an image of ``shape`` would hold no pixel or more than ``LARGEST_PIXEL_COUNT``.

    Called with the header's numbers, before anything is decoded.
    """
    count = math.prod(int(length) for length in shape)
    if count <= 0 or any(length <= 0 for length in shape):
        raise StudyError(f"The image {name} has size {_size(shape)} and holds no pixels; export it again.")
    if count > LARGEST_PIXEL_COUNT:
        raise StudyError(
            f"The image {name} says it has size {_size(shape)}, more than the {LARGEST_PIXEL_COUNT} pixels that are "
            "opened; crop it or check the file."
        )


def require_finite(pixels: PixelArray, name: str) -> None:
    """Raise StudyError when ``pixels`` holds NaN or infinity."""
    if np.issubdtype(pixels.dtype, np.floating) and not np.isfinite(pixels).all():
        raise not_finite(name)


def not_finite(name: str) -> StudyError:
    """What is said of an image with such pixels."""
    return StudyError(f"The image {name} holds pixels that are not a number or infinite; export it again.")


def luma(colour: PixelArray) -> PixelArray:
    """Grey from unsigned red, green, blue on the last axis: ITU-R BT.601 luma, in fixed point as Pillow computes it."""
    wide: PixelArray = colour.astype(np.uint32 if colour.dtype.itemsize <= 2 else np.uint64)
    red, green, blue = wide[..., 0], wide[..., 1], wide[..., 2]
    return ((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16).astype(colour.dtype)


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(str(length) for length in shape)
