"""The upper abdomen of a virtual patient as ellipsoids, sampled on any grid: PET and CT see the same body.

Coordinates are LPS in mm around the middle of the field: x to the left, y to the back, z to the head.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from TumorResponseLib.research.cohorts.ellipsoid import LONG, Bend, Ellipsoid, draw_bend


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
        bend: bends the body a little.
    """

    lesions: tuple[Ellipsoid, ...]
    bend: Bend


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
    return Anatomy(tuple(lesions), draw_bend(5, (70.0, 180.0), 1.6, rng))


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
