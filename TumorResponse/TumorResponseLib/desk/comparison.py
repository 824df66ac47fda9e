"""How well two outlines of one tumour agree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, distance_transform_edt

from TumorResponseLib.core.box import bounding_box
from TumorResponseLib.core.image import MaskArray

PERCENTILE = 95


def dice(first: MaskArray, second: MaskArray) -> float:
    """Overlap of two masks of one shape, in [0, 1]; 1 when both are empty."""
    total = int(np.count_nonzero(first)) + int(np.count_nonzero(second))
    return 2.0 * int(np.count_nonzero(first & second)) / total if total else 1.0


def hausdorff_95_mm(first: MaskArray, second: MaskArray, spacing_mm: tuple[float, ...]) -> float:
    """95th percentile Hausdorff distance of two non-empty masks: the larger of both directions.

    Distances run between the centres of border voxels, those with a neighbour outside along an axis, as MONAI has them.

    Args:
        first, second: ``(rows, columns)`` or ``(slices, rows, columns)``.
        spacing_mm: in array order.

    Raises:
        MaskError: a mask is empty.
    """
    box = bounding_box(first).union(bounding_box(second))
    # The rim closes borders at the edge of the image.
    borders = [_border(np.pad(mask[box.slices], 1)) for mask in (first, second)]
    to_border = [distance_transform_edt(~border, sampling=spacing_mm) for border in borders]
    return max(_percentile(to_border[1][borders[0]]), _percentile(to_border[0][borders[1]]))


def _border(mask: MaskArray) -> MaskArray:
    return mask & ~binary_erosion(mask)


def _percentile(distances: NDArray[np.float64]) -> float:
    return float(np.percentile(distances, PERCENTILE))
