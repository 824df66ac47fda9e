"""A slice through a virtual breast, as the sound meets it: skin, fat, gland, retromammary fat, pectoral muscle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from TumorResponseLib.research.cohorts.random_fields import FloatArray, smooth_field, strands


@dataclass(frozen=True)
class TissueMap:
    """What a slice does to sound, on a grid ``(rows, columns)`` whose first row is the skin's surface.

    Attributes:
        echo_db: backscatter in dB relative to gland.
        attenuation: dB / (cm MHz), one way.
        skin: 1 in the skin, 0 elsewhere.
    """

    echo_db: FloatArray
    attenuation: FloatArray
    skin: FloatArray


def breast_slice(rng: np.random.Generator, shape: tuple[int, int], spacing_mm: tuple[float, float]) -> TissueMap:
    """A random healthy slice.

    Echo levels follow what breast ultrasound shows: fat is darker than gland and crossed by bright septa (Cooper's
    ligaments), gland is bright with horizontal strands, muscle is striped under a bright fascia. Attenuation: Duck,
    "Physical Properties of Tissues", 1990, rounded.
    """
    depth = (np.arange(shape[0], dtype=np.float32) * spacing_mm[0])[:, None]

    def border(mean_mm: float, wave_mm: float, scale_mm: float) -> FloatArray:
        """Depth of a wavy border in every column."""
        return mean_mm + wave_mm * smooth_field(rng, shape[1:], spacing_mm[1:], (scale_mm,))

    def field(down_mm: float, across_mm: float) -> FloatArray:
        return smooth_field(rng, shape, spacing_mm, (down_mm, across_mm))

    skin_border = border(rng.uniform(1.2, 2.2), 0.1, 8.0)
    gland_border = skin_border + border(rng.uniform(3.5, 8.0), 1.2, 5.0)
    back_border = gland_border + border(rng.uniform(15.0, 21.0), 1.2, 6.0)
    muscle_border = back_border + np.maximum(border(rng.uniform(2.0, 5.0), 0.4, 8.0), 0.5)

    def below(top: FloatArray, softness_mm: float = 0.15) -> FloatArray:
        return expit((depth - top) / softness_mm).astype(np.float32)

    skin = 1 - below(skin_border)
    gland = below(gland_border, 0.4) - below(back_border, 0.4)
    muscle = below(muscle_border)
    fat = 1 - skin - gland - muscle

    def septa(down_mm: float, across_mm: float, width_mm: float) -> FloatArray:
        """Strands of a given mesh, each seen in pieces only."""
        seen = expit(1.5 + 2.5 * field(1.5, 2.5))
        return seen * strands(field(down_mm, across_mm), spacing_mm, width_mm)

    fat_echo = -4.0 + 1.2 * field(0.8, 1.8) + 15.0 * septa(1.8, 4.5, 0.25) + 10.0 * septa(1.0, 2.5, 0.18)
    lobules = expit(4.0 * (field(1.2, 2.4) - 1.0))
    gland_echo = 2.5 * field(0.3, 1.5) + 1.5 * field(1.0, 2.0) - 5.0 * lobules + 10.0 * septa(0.9, 3.5, 0.25)
    muscle_echo = -5.0 + 2.0 * field(0.25, 4.0) + 10.0 * septa(0.8, 7.0, 0.2)
    fascia = np.exp(-(((depth - muscle_border) / 0.3) ** 2)) + 0.6 * np.exp(-(((depth - back_border) / 0.2) ** 2))
    surface = np.exp(-((depth / 0.25) ** 2)) + 0.7 * np.exp(-(((depth - skin_border) / 0.2) ** 2))

    echo = fat * fat_echo + gland * gland_echo + muscle * muscle_echo + skin * (4.0 + field(0.2, 1.5))
    echo += 12.0 * fascia + 9.0 * surface
    attenuation = 0.62 * fat + 0.75 * gland + 0.7 * muscle + 1.2 * skin
    return TissueMap(echo.astype(np.float32), attenuation.astype(np.float32), skin)
