"""Boxes in index space: where in an image the tumour is, so that work grows with the tumour and not with the image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from TumorResponseLib.core.errors import MaskError
from TumorResponseLib.core.image import MaskArray


@dataclass(frozen=True)
class Box:
    """An axis-aligned block of voxels, in array order.

    Attributes:
        start: first index along each axis.
        stop: index after the last along each axis.
    """

    start: tuple[int, ...]
    stop: tuple[int, ...]

    @classmethod
    def whole(cls, shape: tuple[int, ...]) -> Box:
        """The box of a whole image."""
        return cls((0,) * len(shape), tuple(shape))

    @property
    def slices(self) -> tuple[slice, ...]:
        """The index that cuts the box out of an array."""
        return tuple(slice(start, stop) for start, stop in zip(self.start, self.stop, strict=True))

    @property
    def shape(self) -> tuple[int, ...]:
        """Voxels along each axis."""
        return tuple(stop - start for start, stop in zip(self.start, self.stop, strict=True))

    def grown(self, margin: tuple[int, ...], shape: tuple[int, ...]) -> Box:
        """The box with ``margin`` more voxels on each side, cut at the border of an image of ``shape``."""
        return Box(
            tuple(max(0, start - more) for start, more in zip(self.start, margin, strict=True)),
            tuple(min(size, stop + more) for stop, more, size in zip(self.stop, margin, shape, strict=True)),
        )

    def between(self, axis: int, start: int, stop: int) -> Box:
        """The same box with other bounds along one axis."""
        starts, stops = list(self.start), list(self.stop)
        starts[axis], stops[axis] = start, stop
        return Box(tuple(starts), tuple(stops))

    def union(self, other: Box) -> Box:
        """The smallest box around both."""
        return Box(
            tuple(map(min, self.start, other.start)),
            tuple(map(max, self.stop, other.stop)),
        )


def bounding_box(mask: MaskArray, inside: Box | None = None) -> Box:
    """The smallest box around a mask.

    Args:
        mask: ``(rows, columns)`` or ``(slices, rows, columns)``.
        inside: a box that is known to hold the whole mask; without it the whole array is read once.

    Raises:
        MaskError: the mask is empty.
    """
    return separate_boxes(mask, mask.shape, inside)[0]


def separate_boxes(mask: MaskArray, gaps: tuple[int, ...], inside: Box | None = None) -> list[Box]:
    """Tight boxes that together hold a mask, cut apart wherever it leaves room enough.

    Two boxes are at least ``gaps[axis]`` empty layers apart along some axis; parts that no such gap divides share
    a box.

    Args:
        mask: ``(rows, columns)`` or ``(slices, rows, columns)``.
        gaps: fewest empty layers between two boxes, in voxels along each axis.
        inside: a box that is known to hold the whole mask; without it the whole array is read once.

    Raises:
        MaskError: the mask is empty.
    """
    boxes = _split(mask, inside or Box.whole(mask.shape), gaps)
    if not boxes:
        raise MaskError("The mask holds no tumour; outline the tumour first.")
    return boxes


def _split(mask: MaskArray, box: Box, gaps: tuple[int, ...]) -> list[Box]:
    for axis, gap in enumerate(gaps):
        others = tuple(other for other in range(mask.ndim) if other != axis)
        layers = np.flatnonzero(mask[box.slices].any(axis=others)) + box.start[axis]
        if not layers.size:
            return []
        breaks = np.flatnonzero(np.diff(layers) > gap)
        bounds = zip(layers[np.r_[0, breaks + 1]], layers[np.r_[breaks, -1]] + 1, strict=True)
        pieces = [box.between(axis, int(start), int(stop)) for start, stop in bounds]
        if len(pieces) > 1:
            return [found for piece in pieces for found in _split(mask, piece, gaps)]
        box = pieces[0]
    return [box]
