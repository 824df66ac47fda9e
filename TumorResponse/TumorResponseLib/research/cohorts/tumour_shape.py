"""Outlines of virtual breast tumours: lobulated, spiculated, wider or taller than wide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_ANGLES = np.linspace(-np.pi, np.pi, 721)


@dataclass(frozen=True)
class Outline:
    """A closed outline around a centre.

    Attributes:
        radius_mm: distance from the centre at 721 angles from -pi to pi, 0 along the columns' axis.
    """

    radius_mm: NDArray[np.float64]

    @property
    def top_mm(self) -> float:
        """How far the outline reaches above its centre."""
        return float(-(self.radius_mm * np.sin(_ANGLES)).min())

    @property
    def bottom_mm(self) -> float:
        """How far the outline reaches below its centre."""
        return float((self.radius_mm * np.sin(_ANGLES)).max())

    def mask(
        self, centre_mm: tuple[float, float], shape: tuple[int, int], spacing_mm: tuple[float, float]
    ) -> NDArray[np.bool_]:
        """Pixels ``(rows, columns)`` whose centre lies inside the outline around ``centre_mm`` (row, column)."""
        down = np.arange(shape[0])[:, None] * spacing_mm[0] - centre_mm[0]
        across = np.arange(shape[1])[None, :] * spacing_mm[1] - centre_mm[1]
        radius = np.interp(np.arctan2(down, across), _ANGLES, self.radius_mm)
        return np.hypot(down, across) <= radius


def draw_outline(rng: np.random.Generator, diameter_mm: float) -> Outline:
    """A random outline whose longest extent through the centre is ``diameter_mm``.

    An ellipse of height over width 0.6 to 1.2 is lobulated by harmonics that fall off with their order; two thirds of
    the tumours carry up to seven spicules.
    """
    aspect = rng.uniform(0.6, 1.2)
    radius = 1 / np.hypot(np.cos(_ANGLES), np.sin(_ANGLES) / aspect)
    unevenness = rng.uniform(0.08, 0.2)
    orders = np.arange(2, 14)
    heights = unevenness * rng.standard_normal(len(orders)) / (orders - 1.0) ** 0.9
    phases = rng.uniform(0, 2 * np.pi, len(orders))
    radius = radius * np.exp((heights[:, None] * np.cos(orders[:, None] * _ANGLES + phases[:, None])).sum(axis=0))
    for _ in range(int(rng.integers(0, 8)) if rng.random() < 0.67 else 0):
        turn = np.angle(np.exp(1j * (_ANGLES - rng.uniform(-np.pi, np.pi))))
        radius = radius * (1 + rng.uniform(0.1, 0.3) * np.exp(-((turn / rng.uniform(0.08, 0.2)) ** 2)))
    across = radius[:361] + radius[360:]
    return Outline(radius * diameter_mm / across.max())
