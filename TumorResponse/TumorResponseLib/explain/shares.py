"""How much of a saliency map lies in each region."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.errors import MaskError
from TumorResponseLib.core.rings import Rings

OUTSIDE = "outside"
SLAB = 2**22
"""Voxels that are counted at once."""


def region_shares(saliency: NDArray[np.floating], rings: Rings) -> dict[str, float]:
    """Share of the saliency in the tumour, in each band, and ``outside`` of them.

    Args:
        saliency: non-negative, on the image grid.
        rings: of the same image.

    Returns:
        By ``Rings.names`` and ``outside``; they sum to 1. A map that is 0 everywhere points nowhere: every share is 0.

    Raises:
        MaskError: the rings belong to another image.
    """
    if saliency.shape != rings.labels.shape:
        raise MaskError(
            f"The saliency map has shape {saliency.shape} and the rings {rings.labels.shape}; "
            "both must lie on one image."
        )
    count = len(rings.names) + 1
    # Slab by slab: counting converts labels and weights to eight bytes each.
    slabs = zip(*(np.array_split(values, ceil(values.size / SLAB)) for values in (rings.labels, saliency)), strict=True)
    sums = [np.bincount(labels.ravel(), weights=values.ravel(), minlength=count) for labels, values in slabs]
    outside, *regions = np.sum(sums, axis=0).tolist()
    total = outside + sum(regions)
    names = (*rings.names, OUTSIDE)
    return {name: weight / total if total > 0 else 0.0 for name, weight in zip(names, (*regions, outside), strict=True)}
