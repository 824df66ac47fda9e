"""Ellipsoids and gentle bends: what virtual bodies are made of.

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
Places = tuple[FloatArray, FloatArray, FloatArray]
"""x, y and z in mm, in a grid's shape."""

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

    def share(self, places: Places, edge_mm: float) -> FloatArray:
        """1 inside, 0 outside, over about ``edge_mm`` to both sides."""
        return expit((1.0 - self.radius(places)) * min(self.semi_axes) / edge_mm).astype(np.float32)

    def radius(self, places: Places) -> FloatArray:
        """Distance from the centre, 1 on the surface."""
        return np.sqrt(
            sum(
                ((place - middle) / half) ** 2
                for place, middle, half in zip(places, self.centre, self.semi_axes, strict=True)
            )
        )


@dataclass(frozen=True)
class Bend:
    """Bends a body a little.

    Attributes:
        waves: wave vectors (1/mm), ``(waves, 3)``.
        phases: of the waves, one for each axis that they move, ``(waves, 3)``.
        heights: mm, likewise.
    """

    waves: NDArray[np.float64]
    phases: NDArray[np.float64]
    heights: NDArray[np.float64]

    def places(self, grid: Grid) -> Places:
        """Where each voxel of a grid lies in the straight body."""
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


def draw_bend(count: int, lengths_mm: tuple[float, float], height_mm: float, rng: np.random.Generator) -> Bend:
    """Waves of random directions, of these lengths, each moving every axis by about ``height_mm``."""
    directions = rng.standard_normal((count, 3))
    lengths = rng.uniform(*lengths_mm, count)
    waves = 2 * np.pi * directions / np.linalg.norm(directions, axis=1, keepdims=True) / lengths[:, None]
    return Bend(waves, rng.uniform(0.0, 2 * np.pi, (count, 3)), height_mm * rng.standard_normal((count, 3)))
