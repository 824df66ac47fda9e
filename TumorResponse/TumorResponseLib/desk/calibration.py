"""Pixel spacing from a line that the user draws on the depth scale."""

from __future__ import annotations

from collections.abc import Sequence
from math import dist, isfinite

from TumorResponseLib.core.errors import SpacingError
from TumorResponseLib.core.image import Image, Spacing

SOURCE = "line drawn on the scale"
SHORTEST_PIXELS = 10.0
"""A shorter line would be off by ten percent for one pixel."""


def calibrated_spacing(image: Image, start: Sequence[float], end: Sequence[float], length_mm: float) -> Spacing:
    """The spacing at which a line in the image has the given length.

    Pixels that were known to be oblong stay so in the same proportion; those of a plain picture are taken as square.

    Args:
        image: 2-D.
        start, end: ``(row, column)`` in array index coordinates.
        length_mm: what the scale says.

    Raises:
        SpacingError: the image is a volume, the line is too short, or the length is not positive.
    """
    if len(image.spatial_shape) != 2:
        raise SpacingError(
            "A line calibrates a 2-D image; a volume carries its own spacing, so correct it in the file."
        )
    if not (isfinite(length_mm) and length_mm > 0):
        raise SpacingError(f"The length of the line must be a positive number of mm, not {length_mm}.")
    pixels = dist(start, end)
    if not pixels >= SHORTEST_PIXELS:
        raise SpacingError(
            f"The line is {pixels:.0f} pixels long, too short to calibrate; draw one of {SHORTEST_PIXELS:.0f} or more."
        )
    before = image.spacing.mm if image.spacing is not None else (1.0, 1.0)
    length_before = dist(
        *(tuple(index * step for index, step in zip(end_, before, strict=True)) for end_ in (start, end))
    )
    factor = length_mm / length_before
    return Spacing(tuple(step * factor for step in before), SOURCE)
