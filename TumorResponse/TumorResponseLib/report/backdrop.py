"""Another image of the study, such as the CT of a PET, at the pixels of a picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.box import Box
from TumorResponseLib.core.fusion_grid import SIGMAS, Grid, onto_grid
from TumorResponseLib.core.image import Image

AIR_HU = -1000.0


def at_pixels(image: Image, grid: Grid, *, outside: float = AIR_HU) -> NDArray[np.float32]:
    """The values of a volume on a grid of one slice, ``(rows, columns)``.

    Only the part around the slice is resampled: the whole would cost a thousand times as much.

    Args:
        image: a volume in the same frame of reference.
        grid: of one slice.
        outside: where the image has no value.

    Raises:
        StudyError: the image is no volume, or lies elsewhere.
        SpacingError: it has no spacing.
    """
    part = _around(image, grid)
    values: NDArray[np.float32] = onto_grid(part, grid, fill=outside).pixels[0]
    return values


def _around(image: Image, grid: Grid) -> Image:
    """The part of a volume that sampling it on ``grid`` touches; the whole where they do not meet."""
    own = Grid.of(image)
    corners = np.linalg.solve(own.matrix, (grid.corners - np.array(own.frame.origin)).T).T
    reach = SIGMAS * np.abs(np.linalg.solve(own.matrix, grid.matrix)).max(axis=1) + 1.0
    low, high = np.floor(corners.min(axis=0) - reach), np.ceil(corners.max(axis=0) + reach)
    shape = np.array(own.shape)
    start, stop = np.clip(low, 0, shape).astype(int), np.clip(high + 1, 0, shape).astype(int)
    if (start >= stop).any():
        return image
    origin = own.matrix @ start + np.array(own.frame.origin)
    frame = replace(own.frame, origin=(float(origin[0]), float(origin[1]), float(origin[2])))
    return replace(image, pixels=image.pixels[Box(tuple(start), tuple(stop)).slices], frame=frame)
