"""The upper abdomen of a virtual patient as ellipsoids, sampled on any grid: PET and CT see the same body.

Coordinates are LPS in mm around the middle of the field: x to the left, y to the back, z to the head.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from TumorResponseLib.core.fusion_grid import Grid
from TumorResponseLib.research.cohorts.random_fields import FloatArray

Vector = tuple[float, float, float]

LONG = 1e4
"""Semi-axis of what runs through the whole field."""


@dataclass(frozen=True)
class Ellipsoid:
    """A part of the body.

    Attributes:
        centre: mm, LPS.
        semi_axes: mm, along x, y, z.
    """

    centre: Vector
    semi_axes: Vector

    def share(self, places: tuple[FloatArray, FloatArray, FloatArray], edge_mm: float) -> FloatArray:
        """1 inside, 0 outside, over about ``edge_mm`` to both sides."""
        radius = np.sqrt(
            sum(
                ((place - middle) / half) ** 2
                for place, middle, half in zip(places, self.centre, self.semi_axes, strict=True)
            )
        )
        return expit((1.0 - radius) * min(self.semi_axes) / edge_mm).astype(np.float32)


@dataclass(frozen=True)
class Organ:
    """An ellipsoid with what PET and CT show of it.

    Attributes:
        shape: where it is.
        hu: on contrast-enhanced CT.
        suv: on PET of somatostatin receptors.
    """

    shape: Ellipsoid
    hu: float
    suv: float


BODY = Organ(Ellipsoid((0.0, 0.0, 0.0), (168.0, 112.0, LONG)), -95.0, 0.3)
ORGANS = (
    Organ(Ellipsoid((0.0, 4.0, 0.0), (146.0, 90.0, LONG)), 45.0, 0.8),
    Organ(Ellipsoid((62.0, -38.0, 5.0), (42.0, 32.0, 55.0)), 35.0, 2.0),
    Organ(Ellipsoid((0.0, 62.0, 0.0), (20.0, 20.0, LONG)), 210.0, 1.0),
    Organ(Ellipsoid((10.0, 32.0, 0.0), (10.0, 10.0, LONG)), 150.0, 1.3),
    Organ(Ellipsoid((98.0, 36.0, 22.0), (28.0, 36.0, 42.0)), 120.0, 18.0),
    Organ(Ellipsoid((58.0, 50.0, -50.0), (24.0, 24.0, 48.0)), 175.0, 15.0),
    Organ(Ellipsoid((-56.0, 52.0, -58.0), (24.0, 24.0, 48.0)), 175.0, 15.0),
)
"""From the wall inwards; later ones lie over earlier ones."""

LIVER = Organ(Ellipsoid((-62.0, -12.0, 22.0), (80.0, 68.0, 60.0)), 105.0, 4.5)
MESENTERY = Ellipsoid((18.0, -8.0, -42.0), (34.0, 22.0, 26.0))
IN_LIVER = 0.75
"""Share of lesions in the liver; the others are lymph nodes of the mesentery."""


@dataclass(frozen=True)
class Anatomy:
    """One patient's body.

    Attributes:
        lesions: where the tumour is.
        waves: bends the body a little: wave vectors (1/mm), ``(waves, 3)``.
        phases: of the waves, one for each axis that they move, ``(waves, 3)``.
        heights: mm, likewise.
    """

    lesions: tuple[Ellipsoid, ...]
    waves: NDArray[np.float64]
    phases: NDArray[np.float64]
    heights: NDArray[np.float64]

    def places(self, grid: Grid) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Where each voxel of a grid lies in the straight body: x, y and z in mm, in the grid's shape."""
        # The grids here are not turned, so that each axis of the array is one of the body.
        z, y, x = (
            (np.arange(size, dtype=np.float32) * step + start).astype(np.float32)
            for size, step, start in zip(grid.shape, grid.spacing_mm, grid.frame.origin[::-1], strict=True)
        )
        straight = (x[None, None, :], y[None, :, None], z[:, None, None])
        bent = [np.broadcast_to(one, grid.shape).copy() for one in straight]
        for wave, phase, height in zip(self.waves, self.phases, self.heights, strict=True):
            angle = sum(np.float32(k) * one for k, one in zip(wave, straight, strict=True))
            for axis in range(3):
                bent[axis] += np.float32(height[axis]) * np.sin(angle + np.float32(phase[axis]))
        return bent[0], bent[1], bent[2]


def draw_anatomy(burden: float, rng: np.random.Generator) -> Anatomy:
    """A body with one to nine lesions of 14 to 46 mm; more and larger ones where the burden is high."""
    wanted = int(np.clip(1 + rng.poisson(2.2 * np.exp(0.45 * burden)), 1, 9))
    lesions: list[Ellipsoid] = []
    while len(lesions) < wanted:
        lesion = _lesion(burden, rng)
        if all(_apart(lesion, other) for other in lesions):
            lesions.append(lesion)
        else:
            # Where lesions crowd, there is one less.
            wanted -= 1
    count = 5
    directions = rng.standard_normal((count, 3))
    lengths = rng.uniform(70.0, 180.0, count)
    waves = 2 * np.pi * directions / np.linalg.norm(directions, axis=1, keepdims=True) / lengths[:, None]
    return Anatomy(
        tuple(lesions), waves, rng.uniform(0.0, 2 * np.pi, (count, 3)), 1.6 * rng.standard_normal((count, 3))
    )


def _lesion(burden: float, rng: np.random.Generator) -> Ellipsoid:
    home = LIVER.shape if rng.random() < IN_LIVER else MESENTERY
    half = 0.5 * float(np.clip(24.0 * np.exp(0.12 * burden + 0.3 * rng.standard_normal()), 14.0, 46.0))
    direction = rng.standard_normal(3)
    reach = rng.random() ** (1 / 3) * direction / np.linalg.norm(direction)
    room = np.maximum(np.array(home.semi_axes) - half - 4.0, 0.0)
    x, y, z = np.array(home.centre) + room * reach
    a, b, c = half * rng.uniform(0.8, 1.2, 3)
    return Ellipsoid((float(x), float(y), float(z)), (float(a), float(b), float(c)))


def _apart(one: Ellipsoid, other: Ellipsoid) -> bool:
    distance = float(np.linalg.norm(np.subtract(one.centre, other.centre)))
    return distance > max(one.semi_axes) + max(other.semi_axes) + 3.0
