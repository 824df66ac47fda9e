"""SUVpeak: the largest mean over a sphere of 1 cm³ that is centred in a lesion.

Defined by Wahl et al., PERCIST (J Nucl Med 50 (2009) 122S), and discretised as IBSI's local intensity peak (Image
biomarker standardisation initiative, reference manual, 3.2): the mean of the voxels whose centres lie within the
sphere's radius of the centre voxel's centre, inside the lesion or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate

from TumorResponseLib.core.box import bounding_box
from TumorResponseLib.core.image import MaskArray, PixelArray

SPHERE_MM3 = 1000.0
RADIUS_MM = (SPHERE_MM3 * 3 / (4 * pi)) ** (1 / 3)
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Peak:
    """Where the peak is.

    Attributes:
        value: mean over the sphere.
        at: its centre voxel, array index.
        complete: False when the sphere reaches beyond the scan: then the mean is over the part inside.
    """

    value: float
    at: tuple[int, ...]
    complete: bool


def suv_peak(suv: PixelArray, lesion: MaskArray, spacing_mm: tuple[float, ...]) -> Peak:
    """The peak of one lesion.

    Args:
        suv: ``(slices, rows, columns)``.
        lesion: of the same shape.
        spacing_mm: in array order.

    Raises:
        MaskError: the lesion is empty.
    """
    kernel = sphere(spacing_mm)
    reach = tuple(size // 2 for size in kernel.shape)
    inner = bounding_box(lesion)
    outer = inner.grown(reach, suv.shape)
    part = suv[outer.slices].astype(np.float64)
    sums = correlate(part, kernel, mode="constant")
    counts = correlate(np.ones_like(part), kernel, mode="constant")
    # Outside of the grown box lies the rest of the scan, which spheres centred in the lesion do not reach.
    means = np.where(lesion[outer.slices], sums / np.maximum(counts, 1.0), -np.inf)
    place = np.unravel_index(int(means.argmax()), means.shape)
    at = tuple(int(index) + start for index, start in zip(place, outer.start, strict=True))
    return Peak(float(means[place]), at, bool(round(float(counts[place])) == int(kernel.sum())))


def sphere(spacing_mm: tuple[float, ...], radius_mm: float = RADIUS_MM) -> NDArray[np.float64]:
    """1 where a voxel's centre lies within ``radius_mm`` of the middle one's, 0 elsewhere; odd along each axis."""
    reach = [int(radius_mm * (1 + TOLERANCE) / step) for step in spacing_mm]
    axes = np.ogrid[tuple(slice(-steps, steps + 1) for steps in reach)]
    squares = sum((axis * step) ** 2 for axis, step in zip(axes, spacing_mm, strict=True))
    return np.asarray(squares <= (radius_mm * (1 + TOLERANCE)) ** 2, dtype=np.float64)
