"""The cine of one virtual mouse of the cohort ``ceus``: vessels drawn, a bolus sent through them, then scanned.

Each pixel has a vessel density (how much agent it holds) and a log-normal bolus (Strouthos et al., IEEE TUFFC 57:1296,
2010). Echo power is proportional to the agent; bubbles move between two frames, so that each frame has its own fully
developed speckle, and what the scanner shows is log-compressed. Frames jitter with the breath, and in one of four cines
a few of them leave the plane.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter, shift
from scipy.special import expit

from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.perfusion.bolus import log_normal
from TumorResponseLib.research.cohorts.ceus_biology import VirtualMouse, visible
from TumorResponseLib.research.cohorts.random_fields import FloatArray, smooth_field
from TumorResponseLib.research.cohorts.tumour_shape import draw_outline

SIZE = 80
SPACING_MM = (0.25, 0.25)
"""A field of 20 mm."""
FRAMES = 40
FRAME_MS = 1250.0

RIM_MM = 1.5
"""How far the tumour's feeding vessels reach beyond it."""

TYPE_DENSITY_DB = (0.0, -0.5, 0.5)
TYPE_DELAY = (0.0, 0.03, -0.03)
"""Of `ceus_biology.TUMOUR_TYPES`: looks that say nothing of response."""

DENSITY_DB = 2.0
NECROTIC_SHARE = 0.7
DELAY = -0.16
RIM_DB = -1.7
"""What one unit of each state changes: dB of tumour enhancement, logit of the perfused share, log of the transit time,
dB of the rim."""

TISSUE_DB = 12.0
"""Peak of healthy tissue above the noise floor."""
NECROTIC_DB = -14.0

SPECKLE_PIXELS = (0.7, 0.9)
"""Deviation of the point spread along rows and columns."""


@dataclass(frozen=True)
class VirtualCine:
    """A contrast cine with its truth.

    Attributes:
        frames: ``(times, rows, columns)`` uint8, contrast mode.
        b_mode: ``(times, rows, columns)`` uint8, the tissue picture beside it.
        tumour: ``(rows, columns)``.
        spacing_mm: of rows and columns.
        frame_ms: between two frames.
        diameter_mm: longest extent of the tumour through its centre.
        dynamic_range_db: of the log compression of ``frames``.
    """

    frames: NDArray[np.uint8]
    b_mode: NDArray[np.uint8]
    tumour: MaskArray
    spacing_mm: tuple[float, float]
    frame_ms: float
    diameter_mm: float
    dynamic_range_db: float


@dataclass(frozen=True)
class Vessels:
    """Maps ``(rows, columns)``: echo power at the peak in dB above the noise floor, and the transit's log stretch."""

    peak_db: FloatArray
    delay: FloatArray


def render(mouse: VirtualMouse, rng: np.random.Generator) -> VirtualCine:
    """Draw a tumour of 5 to 11 mm for the mouse's states, and scan its bolus for 50 s."""
    diameter = float(np.clip(8.0 * np.exp(0.2 * rng.standard_normal()), 5.0, 11.0))
    outline = draw_outline(rng, diameter)
    centre = (SIZE * SPACING_MM[0] / 2 + rng.uniform(-1.5, 1.5), SIZE * SPACING_MM[1] / 2 + rng.uniform(-1.5, 1.5))
    tumour = outline.mask(centre, (SIZE, SIZE), SPACING_MM)
    agent = _agent(draw_vessels(mouse, tumour, rng), rng)
    shifts = _motion(rng)
    gain_db, range_db = rng.normal(0, 2), rng.uniform(45, 60)
    frames = scanned(moved(agent, shifts), gain_db=gain_db, range_db=range_db, rng=rng)
    tissue = np.where(tumour, -5.0, 0.0) + 2.0 * _field(rng, 1.2)
    still = np.repeat(10 ** (gaussian_filter(tissue, 1.0)[None] / 10 + 2.0), FRAMES, axis=0)
    b_mode = scanned(moved(still, shifts), gain_db=0.0, range_db=60.0, rng=rng)
    return VirtualCine(frames, b_mode, tumour, SPACING_MM, FRAME_MS, diameter, range_db)


def draw_vessels(mouse: VirtualMouse, tumour: MaskArray, rng: np.random.Generator) -> Vessels:
    """Healthy tissue with a tumour in it whose vessels are as the mouse's states say."""
    density, viability, normality, rim = (visible(state) for state in mouse.states)
    outside_mm = distance_transform_edt(~tumour, sampling=SPACING_MM).astype(np.float32)
    inside_mm = distance_transform_edt(tumour, sampling=SPACING_MM).astype(np.float32)
    peak = (TISSUE_DB + 1.5 * _field(rng, 1.5)).astype(np.float32)
    delay = (0.04 * _field(rng, 2.0)).astype(np.float32)
    feeding = expit((RIM_MM - outside_mm) / 0.2) * ~tumour
    peak += feeding * np.float32(1.5 + RIM_DB * rim + rng.normal(0, 0.3))
    level = TISSUE_DB + 1.0 + DENSITY_DB * density + TYPE_DENSITY_DB[mouse.tumour_type] + rng.normal(0, 0.3)
    weight = expit(gaussian_filter(np.where(tumour, 4.0, -4.0), 0.5))
    peak = (1 - weight) * peak + weight * (level + 2.0 * _field(rng, 0.7))
    stretch = DELAY * normality + TYPE_DELAY[mouse.tumour_type] + rng.normal(0, 0.02)
    delay = (1 - weight) * delay + weight * (stretch + 0.08 * _field(rng, 0.8))
    share = float(expit(-1.1 - NECROTIC_SHARE * viability))
    # The core dies first, along an irregular front.
    depth = inside_mm / max(float(inside_mm.max()), 1e-3) + 0.25 * _field(rng, 0.8)
    front = float(np.quantile(depth[tumour], 1 - share))
    dead = tumour * expit((depth - front) / 0.05)
    return Vessels((peak + NECROTIC_DB * dead).astype(np.float32), delay.astype(np.float32))


def _agent(vessels: Vessels, rng: np.random.Generator) -> NDArray[np.float32]:
    """Echo power of the agent over time, ``(times, rows, columns)``, noise floor 1, on a fine table of delays."""
    times = np.arange(FRAMES) * FRAME_MS / 1000
    arrival, mu, sigma = rng.uniform(3.0, 8.0), np.log(9.0) + rng.normal(0, 0.08), 0.75 + rng.normal(0, 0.03)
    table = np.linspace(-1.2, 1.2, 97)
    curves = np.stack([log_normal(times, 1.0, mu + step, sigma, arrival) for step in table])
    curves /= curves.max(axis=1, keepdims=True)
    nearest = np.clip(np.rint((vessels.delay + 1.2) / 0.025).astype(int), 0, len(table) - 1)
    power = 10 ** (vessels.peak_db / 10)
    return (curves[nearest].transpose(2, 0, 1) * power + 1.0).astype(np.float32)


def _motion(rng: np.random.Generator) -> NDArray[np.float64]:
    """Shift of each frame in pixels, ``(times, 2)``: breath, and in one of four cines frames that leave the plane."""
    shifts = rng.normal(0, 0.25, (FRAMES, 2))
    if rng.random() < 0.25:
        lost = rng.choice(FRAMES, int(rng.integers(1, 4)), replace=False)
        shifts[lost] += rng.choice([-1, 1], (len(lost), 2)) * rng.uniform(4, 8, (len(lost), 2))
    return shifts


def moved(frames: NDArray[np.floating], shifts: NDArray[np.float64]) -> NDArray[np.float32]:
    """Each frame of ``(times, rows, columns)`` shifted by ``(times, 2)`` pixels."""
    return np.stack(
        [shift(frame, move, order=1, mode="nearest") for frame, move in zip(frames, shifts, strict=True)]
    ).astype(np.float32)


def scanned(
    power: NDArray[np.float32], *, gain_db: float, range_db: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Speckle of two looks on each frame, then log compression to ``range_db`` decibels.

    Args:
        power: mean echo power, ``(times, rows, columns)``.
        gain_db: added before the compression.
        range_db: from black to white; 0 dB lies at a fifth of it.
        rng: of the speckle.
    """
    envelope = np.zeros_like(power)
    for _ in range(2):
        parts = [
            gaussian_filter(rng.standard_normal(power.shape, dtype=np.float32), (0, *SPECKLE_PIXELS)) for _ in range(2)
        ]
        speckle = parts[0] ** 2 + parts[1] ** 2
        envelope += power * speckle / speckle.mean()
    decibel = 10 * np.log10(envelope / 2 + 1e-6) + gain_db
    return np.rint(np.clip(decibel / range_db + 0.2, 0, 1) * 255).astype(np.uint8)


def _field(rng: np.random.Generator, scale_mm: float) -> FloatArray:
    return smooth_field(rng, (SIZE, SIZE), SPACING_MM, (scale_mm, scale_mm))
