"""MRI of one virtual rat of the cohort ``hcc`` in one week: T1-weighted, T2-weighted and after contrast agent.

Every tissue has proton density, T1, T2 and a share of the contrast agent (`TISSUES`, of the order that is reported at
7 T). The signal of a spin echo is

    S = PD (1 - exp(-TR R1)) exp(-TE R2),        R1 = 1/T1 + r1 C,  R2 = 1/T2 + r2 C,

with the concentration C of a gadolinium chelate (Bernstein, King and Zhou, Handbook of MRI pulse sequences, 2004). Of
the tumour, what is alive takes up the agent, and where its cells die (apoptosis), water is freed, which lengthens T2 in
patches, and vessels are lost, which lowers the uptake. What is dead takes up next to nothing and is bright on T2, the
more so the more cells die between it. Its share is one minus the viability, from the middle outwards along an uneven
front. Old blood in it shortens T1 in some rats, which says nothing.

Signals are drawn on a grid finer than the scan and averaged over each voxel: partial volume. The rat lies a little
differently each week, and moves a little between the sequences, as a rigid body; how is told (`Motion`). The coil's
field makes each image unevenly bright, every sequence has its own gain, and the magnitude of a complex signal has
Rician noise (Gudbjartsson and Patz, Magn Reson Med 34:910, 1995). The T2-weighted scan has larger pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy.ndimage import affine_transform

from TumorResponseLib.core.fusion_grid import Grid
from TumorResponseLib.core.image import Frame, Image, MaskArray, Spacing
from TumorResponseLib.research.cohorts.hcc_anatomy import FINE, Anatomy, Tumour, grow_tumour
from TumorResponseLib.research.cohorts.random_fields import FloatArray


class Tissue(NamedTuple):
    """Proton density (water 1), T1 and T2 in ms, contrast agent in mmol/l."""

    density: float
    t1_ms: float
    t2_ms: float
    agent: float


TISSUES = {
    "fat": Tissue(0.85, 480.0, 42.0, 0.03),
    "muscle": Tissue(0.80, 1700.0, 24.0, 0.12),
    "bowel": Tissue(0.80, 1500.0, 45.0, 0.25),
    "liver": Tissue(0.78, 1200.0, 27.0, 0.30),
    "food": Tissue(0.60, 900.0, 30.0, 0.0),
    "kidney": Tissue(0.85, 1500.0, 55.0, 0.80),
    "bone": Tissue(0.35, 800.0, 30.0, 0.08),
    "cord": Tissue(0.75, 1600.0, 50.0, 0.02),
    "blood": Tissue(0.85, 1900.0, 9.0, 0.90),
}
"""Blood flows out of the slice between the pulses, which a short T2 stands for."""

RELAXIVITY_1, RELAXIVITY_2 = 4.2e-3, 5.5e-3
"""1 / (ms mmol/l)."""

TUMOUR_DENSITY, VIABLE_T1, VIABLE_T2, VIABLE_AGENT = 0.82, 1800.0, 33.0, 0.58
T2_PER_APOPTOSIS, DEAD_T2_PER_APOPTOSIS, AGENT_PER_APOPTOSIS = 13.0, 8.0, 4.5
"""How much of itself T2 gains, in what is alive and between what is dead, and the uptake loses where all cells die."""
DEAD_T1, DEAD_T2, DEAD_AGENT = 2000.0, 62.0, 0.03
OLD_BLOOD_T1, OLD_BLOOD_SHARE = 650.0, 0.3


@dataclass(frozen=True)
class Sequence:
    """How one image is made.

    Attributes:
        repetition_ms, echo_ms: of the spin echo.
        agent: whether the contrast agent is in the body.
        noise: standard deviation of either part of the complex signal.
        grid: of the image.
    """

    repetition_ms: float
    echo_ms: float
    agent: bool
    noise: float
    grid: Grid


def _grid(pixels: int, spacing_mm: float) -> Grid:
    corner = -0.5 * (pixels - 1) * spacing_mm
    return Grid((14, pixels, pixels), (1.2, spacing_mm, spacing_mm), Frame(origin=(corner, corner, -7.8)))


T1, T2, CONTRAST = ROLES = ("t1", "t2", "contrast")
SEQUENCES = {
    T1: Sequence(500.0, 9.0, False, 0.011, _grid(96, 0.45)),
    T2: Sequence(3000.0, 42.0, False, 0.011, _grid(80, 0.54)),
    CONTRAST: Sequence(400.0, 9.0, True, 0.018, _grid(96, 0.45)),
}

Numbers = tuple[float, float, float]


@dataclass(frozen=True)
class Motion:
    """Rigid motion about the middle of the field, as ``SimpleITK.Euler3DTransform`` has it: R = Rz Rx Ry.

    Attributes:
        turn_deg: about x, y and z.
        shift_mm: along x, y and z, LPS.
    """

    turn_deg: Numbers = (0.0, 0.0, 0.0)
    shift_mm: Numbers = (0.0, 0.0, 0.0)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """4 x 4, on ``(x, y, z, 1)`` in mm."""
        turn = sitk.Euler3DTransform((0.0, 0.0, 0.0), *np.deg2rad(self.turn_deg).tolist())
        whole = np.eye(4)
        whole[:3, :3] = np.reshape(turn.GetMatrix(), (3, 3))
        whole[:3, 3] = self.shift_mm
        return whole


@dataclass(frozen=True)
class VirtualScan:
    """One week's examination with its truth.

    Attributes:
        images: by role; ``(slices, rows, columns)`` int16, head last.
        tumour: on the image after contrast agent.
        motions: by role, of ``t1`` and ``t2``: takes a point of the image after contrast agent to where the same tissue
            lies on the other one.
    """

    images: dict[str, Image]
    tumour: MaskArray
    motions: dict[str, Motion]


def render(
    anatomy: Anatomy, diameter_mm: float, viability: float, apoptosis: float, rng: np.random.Generator
) -> VirtualScan:
    """Scan a rat whose tumour is that long, that much alive and that much dying."""
    tumour = grow_tumour(anatomy, diameter_mm)
    inside = draw_tissue(anatomy, tumour, viability, apoptosis, rng)
    lies = draw_motion(0.8, 0.3, 1.5, rng).matrix
    motions = {role: draw_motion(0.35, 0.2, 0.7, rng) for role in (T1, T2)}
    field = rng.normal(0.0, 0.006, 3), rng.standard_normal(3)
    images = {}
    for role, sequence in SEQUENCES.items():
        seen = _painted(anatomy, tumour, inside, sequence)
        moved = motions.get(role, Motion()).matrix @ lies
        images[role] = _scanned(_sampled(seen, moved, sequence.grid), sequence, field, rng)
    share = _sampled(tumour.share, lies, SEQUENCES[CONTRAST].grid)
    return VirtualScan(images, share > 0.5, motions)


@dataclass(frozen=True)
class Inside:
    """Of the tumour, on the grid `FINE`: relaxation times in ms and contrast agent in mmol/l."""

    t1_ms: FloatArray
    t2_ms: FloatArray
    agent: FloatArray


def draw_tissue(
    anatomy: Anatomy, tumour: Tumour, viability: float, apoptosis: float, rng: np.random.Generator
) -> Inside:
    """What the tumour is made of; the share of it that is dead is exactly one minus ``viability``."""
    order = tumour.depth + 0.2 * anatomy.front
    body = tumour.share > 0.5
    front = float(np.quantile(order[body], viability))
    dead = np.clip(0.5 + (order - front) / 0.16, 0.0, 1.0).astype(np.float32)
    dying = np.float32(apoptosis) * np.exp(0.4 * anatomy.patches - 0.08)
    shown = np.minimum(dying, np.float32(0.3))
    t2 = VIABLE_T2 * np.exp(rng.normal(0.0, 0.02)) * (1.0 + T2_PER_APOPTOSIS * shown)
    agent = VIABLE_AGENT * np.exp(rng.normal(0.0, 0.03)) * (1.0 - AGENT_PER_APOPTOSIS * shown)
    old_blood = rng.random() < OLD_BLOOD_SHARE
    dead_t1 = np.where(anatomy.patches > 0.6, OLD_BLOOD_T1, DEAD_T1) if old_blood else DEAD_T1
    dead_t2 = DEAD_T2 * np.exp(rng.normal(0.0, 0.03) + 0.12 * anatomy.front) * (1.0 + DEAD_T2_PER_APOPTOSIS * shown)
    return Inside(
        t1_ms=(VIABLE_T1 + dead * (dead_t1 - VIABLE_T1)).astype(np.float32),
        t2_ms=(t2 + dead * (dead_t2 - t2)).astype(np.float32),
        agent=(agent + dead * (DEAD_AGENT - agent)).astype(np.float32),
    )


def spin_echo(density: float, t1_ms: FloatArray, t2_ms: FloatArray, agent: FloatArray, by: Sequence) -> FloatArray:
    """Signal of a spin echo; times in ms, agent in mmol/l."""
    given = agent if by.agent else np.zeros_like(agent)
    longitudinal = 1.0 / t1_ms + RELAXIVITY_1 * given
    transverse = 1.0 / t2_ms + RELAXIVITY_2 * given
    signal = density * (1.0 - np.exp(-by.repetition_ms * longitudinal)) * np.exp(-by.echo_ms * transverse)
    return np.asarray(signal, dtype=np.float32)


def draw_motion(shift_mm: float, along_mm: float, turn_deg: float, rng: np.random.Generator) -> Motion:
    """A motion of these standard deviations: within the slices, along the body, about its long axis; others half."""
    x, y, z = rng.standard_normal(3) * (shift_mm, shift_mm, along_mm)
    about_x, about_y, about_z = rng.standard_normal(3) * (0.5 * turn_deg, 0.5 * turn_deg, turn_deg)
    return Motion((float(about_x), float(about_y), float(about_z)), (float(x), float(y), float(z)))


def _painted(anatomy: Anatomy, tumour: Tumour, inside: Inside, by: Sequence) -> FloatArray:
    """The sequence's signal on the grid `FINE`; a voxel of several tissues gives the mean of their signals."""
    seen = np.zeros(FINE.shape, dtype=np.float32)
    for tissue, share in anatomy.shares:
        density, t1, t2, agent = (np.array(value, dtype=np.float32) for value in TISSUES[tissue])
        seen += share * (spin_echo(float(density), t1, t2, agent, by) - seen)
    signal = spin_echo(TUMOUR_DENSITY, inside.t1_ms, inside.t2_ms, inside.agent, by)
    seen += tumour.share * (signal - seen)
    return np.asarray(seen * (1.0 + np.float32(0.04) * anatomy.texture), dtype=np.float32)


def _sampled(seen: FloatArray, moved: NDArray[np.float64], grid: Grid) -> FloatArray:
    """What a scan on ``grid`` averages in each voxel of a body that ``moved`` from where `FINE` has it."""
    halves = Grid((2 * grid.shape[0], *grid.shape[1:]), (grid.spacing_mm[0] / 2, *grid.spacing_mm[1:]), grid.frame)
    x, y, z = halves.frame.origin
    start = np.array([z - 0.5 * halves.spacing_mm[0], y, x])
    back = np.linalg.inv(moved)
    turn, shift = back[:3, :3][::-1, ::-1], back[:3, 3][::-1]
    fine = np.array(FINE.spacing_mm)
    matrix = turn * np.array(halves.spacing_mm) / fine[:, None]
    offset = (turn @ start + shift - np.array(FINE.frame.origin[::-1])) / fine
    sampled = affine_transform(seen, matrix, offset, halves.shape, order=1, mode="constant")
    return np.asarray(sampled.reshape(grid.shape[0], 2, *grid.shape[1:]).mean(axis=1), dtype=np.float32)


def _scanned(
    signal: FloatArray,
    by: Sequence,
    field: tuple[NDArray[np.float64], NDArray[np.float64]],
    rng: np.random.Generator,
) -> Image:
    """The magnitude image under the coil's field, with the scanner's gain."""
    grid = by.grid
    slopes, waves = field
    z, y, x = (
        np.arange(size) * step + start
        for size, step, start in zip(grid.shape, grid.spacing_mm, grid.frame.origin[::-1], strict=True)
    )
    # The receiving coil lies under the belly: near tissue is brighter.
    log_field = (
        (slopes[0] * x + 0.08 * waves[0] * np.sin(x / 9.0))[None, None, :]
        + ((slopes[1] - 0.008) * y + 0.05 * waves[1] * np.cos(y / 7.0))[None, :, None]
        + (slopes[2] * z)[:, None, None]
    )
    real = signal * np.exp(log_field) + by.noise * rng.standard_normal(grid.shape)
    imaginary = by.noise * rng.standard_normal(grid.shape)
    gain = 2400.0 * np.exp(rng.normal(0.0, 0.2))
    pixels = np.rint(gain * np.hypot(real, imaginary)).astype(np.int16)
    return Image(pixels, Spacing(grid.spacing_mm, "virtual scanner"), grid.frame, "MR")
