"""Dual displays of contrast ultrasound: one half of each frame is B-mode, the other shows the contrast agent."""

from __future__ import annotations

from dataclasses import replace

from TumorResponseLib.core.image import Image

SIDES = ("left", "right")


def side_name(text: str) -> str:
    """One of ``SIDES``; raises ValueError otherwise."""
    if text not in SIDES:
        raise ValueError(f"it must be {' or '.join(SIDES)}")
    return text


def other_side(side: str) -> str:
    """The half beside this one."""
    return SIDES[1 - SIDES.index(side)]


def half_of(image: Image, side: str) -> Image:
    """The left or right half of the columns; of an odd number the middle one belongs to neither."""
    half = image.pixels.shape[-1] // 2
    return replace(image, pixels=image.pixels[..., :half] if side == SIDES[0] else image.pixels[..., -half:])
