"""Boluses of known truth, made and measured again: curves with noise, cines with speckle, cines that move."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from TumorResponseLib.core.perfusion.bolus import Bolus, NoBolus
from TumorResponseLib.core.perfusion.bolus_fit import fit_bolus
from TumorResponseLib.core.perfusion.curve import TimeIntensityCurve, echo_power, time_intensity_curve
from TumorResponseLib.core.perfusion.motion import frame_correlations, move_frames, rigid_motions, steady_frames
from TumorResponseLib.research.cohorts.ceus_image import FRAME_MS, FRAMES, SPECKLE_PIXELS, moved, scanned

PARAMETERS = {
    "peak enhancement": lambda bolus: bolus.peak_enhancement,
    "time to peak": lambda bolus: bolus.time_to_peak_s,
    "wash-in": lambda bolus: bolus.wash_in_rate,
    "wash-out": lambda bolus: bolus.wash_out_rate,
    "area": lambda bolus: bolus.area,
    "mean transit time": lambda bolus: bolus.mean_transit_s,
}
"""What is compared with the truth."""

TIMES_S = np.arange(FRAMES) * FRAME_MS / 1000
SIZE = 48
TUMOUR_RADIUS = 10
RANGE_DB, GAIN_DB = 50.0, 0.0
LOST_FRAMES = 3
LOST_SHIFT = 8.0
"""Pixels by which a frame that left the plane misses the tumour."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Trials:
    """Relative errors of some measurements.

    Attributes:
        name: of the condition.
        errors: ``(measurements, parameters)``; those refused are left out.
        refused: how many had no fit.
    """

    name: str
    errors: FloatArray
    refused: int

    @property
    def bias(self) -> FloatArray:
        """Median of each parameter's error."""
        return np.asarray(np.median(self.errors, axis=0))

    @property
    def spread(self) -> FloatArray:
        """Half the range that holds the middle 68 % of each parameter's errors: a standard deviation without tails."""
        low, high = np.quantile(self.errors, (0.16, 0.84), axis=0)
        return np.asarray((high - low) / 2)


def draw_bolus(rng: np.random.Generator) -> Bolus:
    """Transit times of 5 to 20 s, arrival after 3 to 8 s, and a peak of 4 to 20 times the baseline."""
    shape = Bolus(1.0, 1.0, float(rng.uniform(1.6, 2.6)), float(rng.uniform(0.4, 0.85)), float(rng.uniform(3.0, 8.0)))
    return Bolus(1.0, float(rng.uniform(4, 20)) / shape.peak_enhancement, shape.mu, shape.sigma, shape.arrival_s)


def noisy_curves(noise: float, count: int, seed: int) -> Trials:
    """Curves with white noise whose deviation is a share ``noise`` of the peak."""

    def measured(truth: Bolus, rng: np.random.Generator) -> TimeIntensityCurve:
        values = truth.at(TIMES_S) + rng.normal(0, noise * truth.peak_enhancement, FRAMES)
        return TimeIntensityCurve(TIMES_S, values, linear=True)

    return _trials(f"{noise:.0%} of the peak", measured, count, seed)


def speckled_cines(radius: int, count: int, seed: int) -> Trials:
    """Cines with the cohort's speckle, log-compressed to 8 bits and linearised again; a region of this radius."""
    region = _disc(radius)

    def measured(truth: Bolus, rng: np.random.Generator) -> TimeIntensityCurve:
        power = np.repeat(np.repeat(truth.at(TIMES_S)[:, None, None], SIZE, axis=1), SIZE, axis=2)
        return _curve(_scan(power, rng), region)

    return _trials(f"{int(region.sum())} pixels", measured, count, seed)


def moving_cines(jitter: float, lost: int, how: str, count: int, seed: int) -> Trials:
    """A tumour in tissue that enhances about twice as much, jittering by ``jitter`` pixels a frame.

    Args:
        jitter: standard deviation of each frame's shift along rows and columns, in pixels.
        lost: frames that leave the plane: they show what lies eight pixels beside.
        how: ``as it is``, ``frames left out`` (those unlike their neighbours) or ``registered`` besides.
        count: cines.
        seed: of all of them; the same cines for every ``how``.
    """
    tumour = _disc(TUMOUR_RADIUS)

    def measured(truth: Bolus, rng: np.random.Generator) -> TimeIntensityCurve:
        inside, around = truth.at(TIMES_S), 1 + 2 * (draw_bolus(rng).at(TIMES_S) - 1)
        texture = np.exp(0.3 * _texture(rng))
        shifts = rng.normal(0, jitter, (FRAMES, 2))
        off = rng.choice(FRAMES, lost, replace=False)
        shifts[off] += LOST_SHIFT * rng.choice([-1, 1], (lost, 2))
        power = np.where(tumour, inside[:, None, None], around[:, None, None])
        contrast = _scan(moved(power * np.where(tumour, 1.0, texture), shifts), rng)
        tissue = np.repeat((100 * texture * np.where(tumour, 0.3, 1.0))[None], FRAMES, axis=0)
        if how == "registered":
            guide = scanned(moved(tissue, shifts), gain_db=0.0, range_db=60.0, rng=rng)
            contrast = move_frames(contrast, rigid_motions(guide, int(np.abs(shifts).sum(axis=1).argmin())))
        steady = None if how == "as it is" else steady_frames(frame_correlations(contrast))
        return _curve(contrast, tumour, steady)

    return _trials(how, measured, count, seed)


def _trials(
    name: str, measured: Callable[[Bolus, np.random.Generator], TimeIntensityCurve], count: int, seed: int
) -> Trials:
    errors, refused = [], 0
    for rng in _generators(count, seed):
        truth = draw_bolus(rng)
        found = fit_bolus(measured(truth, rng))
        if isinstance(found, NoBolus):
            refused += 1
        else:
            errors.append([value(found) / value(truth) - 1 for value in PARAMETERS.values()])
    return Trials(name, np.array(errors).reshape(-1, len(PARAMETERS)), refused)


def _generators(count: int, seed: int) -> Iterable[np.random.Generator]:
    return (np.random.default_rng([seed, number]) for number in range(count))


def _scan(power: NDArray[np.floating], rng: np.random.Generator) -> NDArray[np.uint8]:
    return scanned(power.astype(np.float32), gain_db=GAIN_DB, range_db=RANGE_DB, rng=rng)


def _curve(
    grey: NDArray[np.number], region: NDArray[np.bool_], steady: NDArray[np.bool_] | None = None
) -> TimeIntensityCurve:
    """Linearised, and in units of the simulation: its 0 dB lies at a fifth of the range."""
    power = echo_power(grey, RANGE_DB) / (10 ** (0.2 * RANGE_DB / 10) * _inner_power())
    return time_intensity_curve(power, TIMES_S, region, linear=True, valid=steady)


def _inner_power() -> float:
    """Speckle inside of the simulated field, where its mean is 1 over all: filtered noise is stronger at the edges."""
    power = [(gaussian_filter1d(np.eye(SIZE), deviation, axis=0) ** 2).sum(axis=1) for deviation in SPECKLE_PIXELS]
    return float(np.prod([along[SIZE // 2] / along.mean() for along in power]))


def _texture(rng: np.random.Generator) -> FloatArray:
    field = gaussian_filter(rng.standard_normal((SIZE, SIZE)), 2.0)
    return np.asarray(field / field.std())


def _disc(radius: int) -> NDArray[np.bool_]:
    rows, columns = np.indices((SIZE, SIZE)) - SIZE // 2
    return np.asarray(rows**2 + columns**2 <= radius**2)
