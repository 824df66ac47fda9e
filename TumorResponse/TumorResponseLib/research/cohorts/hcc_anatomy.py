"""The upper abdomen of a virtual rat on a fine grid: what each voxel is made of, and the tumour in its liver.

Coordinates are LPS in mm around the middle of the field: x to the left, y to the back, z to the head.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from TumorResponseLib.core.fusion_grid import Grid
from TumorResponseLib.core.image import Frame
from TumorResponseLib.research.cohorts.ellipsoid import LONG, Ellipsoid, Places, Vector, draw_bend
from TumorResponseLib.research.cohorts.random_fields import FloatArray, smooth_field

FINE = Grid((36, 96, 96), (0.6, 0.45, 0.45), Frame(origin=(-21.375, -21.375, -10.5)))
"""Two samples a slice, and two slices more at either end than any scan shows."""

EDGE_MM = 0.12
"""Boundaries are this sharp."""

PARTS: tuple[tuple[str, Ellipsoid], ...] = (
    ("fat", Ellipsoid((0.0, 0.0, 0.0), (19.6, 16.4, LONG))),
    ("muscle", Ellipsoid((0.0, 0.2, 0.0), (18.5, 15.3, LONG))),
    ("fat", Ellipsoid((0.0, -1.4, 0.0), (17.3, 12.9, LONG))),
    ("bowel", Ellipsoid((10.5, 2.5, -13.0), (5.5, 7.0, 8.0))),
    ("liver", Ellipsoid((-4.0, -2.0, 1.0), (13.0, 10.6, 17.0))),
    ("liver", Ellipsoid((7.5, -6.6, 3.0), (9.0, 7.0, 12.0))),
    ("muscle", Ellipsoid((10.2, 2.0, 2.0), (6.4, 5.6, 9.0))),
    ("food", Ellipsoid((10.2, 2.0, 2.0), (5.4, 4.6, 8.0))),
    ("kidney", Ellipsoid((-9.2, 7.2, -10.5), (5.0, 4.2, 7.5))),
    ("muscle", Ellipsoid((-5.0, 11.4, 0.0), (4.0, 2.8, LONG))),
    ("muscle", Ellipsoid((5.0, 11.4, 0.0), (4.0, 2.8, LONG))),
    ("bone", Ellipsoid((0.0, 10.4, 0.0), (2.9, 2.5, LONG))),
    ("cord", Ellipsoid((0.0, 11.2, 0.0), (1.25, 1.05, LONG))),
    ("blood", Ellipsoid((1.2, 6.6, 0.0), (0.85, 0.85, LONG))),
    ("blood", Ellipsoid((-2.8, 5.4, 0.0), (1.5, 1.0, LONG))),
)
"""From the skin inwards; later ones lie over earlier ones. The stomach has a wall around its food."""

LIVER = "liver"
VESSEL_MM = 0.45
LARGEST_MM = 18.0
"""No tumour is longer."""


@dataclass(frozen=True)
class Anatomy:
    """One rat's body on the grid `FINE`; all volumes have its shape.

    Attributes:
        shares: what is painted over what, in order: tissue and its share of each voxel.
        texture: of all tissues, mean 0 and standard deviation 1, likewise the three below.
        surface: dents of the tumour's surface.
        front: how the dead part of the tumour spreads.
        patches: where in the tumour cells die first.
        places: mm in the straight body.
        centre: of the tumour, mm.
        aspects: semi-axes of the tumour across, through and along the body, the longest of the first two 1.
        turn: of the tumour about z, radians.
    """

    shares: tuple[tuple[str, FloatArray], ...]
    texture: FloatArray
    surface: FloatArray
    front: FloatArray
    patches: FloatArray
    places: Places
    centre: Vector
    aspects: Vector
    turn: float


@dataclass(frozen=True)
class Tumour:
    """The tumour at one time, on the grid `FINE`.

    Attributes:
        share: of each voxel.
        depth: 0 on the surface, 1 in the middle.
    """

    share: FloatArray
    depth: FloatArray


def draw_anatomy(rng: np.random.Generator) -> Anatomy:
    """A rat of its own size and build, with a place in the liver where its tumour grows."""
    places = draw_bend(4, (25.0, 70.0), 0.5, rng).places(FINE)
    size = float(np.clip(1.0 + 0.03 * rng.standard_normal(), 0.92, 1.05))
    scaled: Places = (places[0] / np.float32(size), places[1] / np.float32(size), places[2])
    shares = [(tissue, shape.share(scaled, EDGE_MM)) for tissue, shape in PARTS]
    first = next(index for index, (tissue, _) in enumerate(shares) if tissue == LIVER)
    liver = np.maximum(shares[first][1], shares[first + 1][1])
    # A vessel runs where two fields are both zero.
    near, far = (3.2 * _field(rng, 3.2) for _ in range(2))
    vessels = np.exp(-(near**2 + far**2) / (2 * VESSEL_MM) ** 2) * liver
    shares.insert(first + 2, ("blood", vessels.astype(np.float32)))
    return Anatomy(
        shares=tuple(shares),
        texture=_field(rng, 0.5),
        surface=_field(rng, 2.2),
        front=_field(rng, 1.3),
        patches=_field(rng, 0.8),
        places=scaled,
        centre=(float(rng.uniform(-6.5, -0.5)), float(rng.uniform(-4.0, -1.5)), float(rng.uniform(-1.2, 1.2))),
        aspects=(1.0, float(rng.uniform(0.72, 1.0)), float(rng.uniform(0.65, 0.78))),
        turn=float(rng.uniform(0.0, np.pi)),
    )


def grow_tumour(anatomy: Anatomy, diameter_mm: float) -> Tumour:
    """The tumour when it is ``diameter_mm`` long, with its dents."""
    x, y, z = (place - np.float32(middle) for place, middle in zip(anatomy.places, anatomy.centre, strict=True))
    cosine, sine = np.float32(np.cos(anatomy.turn)), np.float32(np.sin(anatomy.turn))
    across, through, along = (0.5 * diameter_mm * aspect for aspect in anatomy.aspects)
    turned: Places = (cosine * x + sine * y, cosine * y - sine * x, z)
    round_one = Ellipsoid((0.0, 0.0, 0.0), (across, through, along))
    radius = round_one.radius(turned) / (1.0 + 0.07 * np.clip(anatomy.surface, -2.0, 2.0))
    share = np.clip(0.5 + (1.0 - radius) * min(through, along) / (4 * EDGE_MM), 0.0, 1.0)
    return Tumour(share.astype(np.float32), np.clip(1.0 - radius, 0.0, 1.0).astype(np.float32))


def _field(rng: np.random.Generator, scale_mm: float) -> FloatArray:
    return smooth_field(rng, FINE.shape, FINE.spacing_mm, (scale_mm,) * 3)
