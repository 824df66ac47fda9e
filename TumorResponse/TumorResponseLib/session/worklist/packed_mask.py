"""Masks as bytes: their bits in C order, deflated."""

from __future__ import annotations

import math
import zlib

import numpy as np

from TumorResponseLib.core.image import MaskArray

FASTEST = 1
"""Deflate level: a mask is long runs of equal bits, which it shrinks almost as much as the slowest."""


def pack(mask: MaskArray) -> bytes:
    """The mask's bits; its shape is kept beside them."""
    return zlib.compress(np.packbits(mask).tobytes(), FASTEST)


def unpack(packed: bytes, shape: tuple[int, ...]) -> MaskArray:
    """What ``pack`` was given; raises ValueError or zlib.error when the bytes do not hold a mask of this shape."""
    bits = np.frombuffer(zlib.decompress(packed), np.uint8)
    count = math.prod(shape)
    if bits.size != -(-count // 8):
        raise ValueError(f"{bits.size} bytes do not hold a mask of shape {shape}")
    return np.unpackbits(bits, count=count).reshape(shape).astype(np.bool_)
