"""A log-normal bolus fitted to a time-intensity curve, and the perfusion numbers that follow from it.

Strouthos et al., "Indicator dilution models for the quantification of microvascular blood flow with bolus
administration of ultrasound contrast agents", IEEE TUFFC 57(6):1296, 2010.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, pi, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from TumorResponseLib.core.perfusion.curve import TimeIntensityCurve

LEAST_FRAMES = 8
LEAST_R_SQUARED = 0.75
"""Below this share of explained variance the curve is no bolus, and no number is given."""
LEAST_RISE = 3.0
"""The peak must stand this many noise deviations above the baseline."""


@dataclass(frozen=True)
class Bolus:
    """Perfusion of one region; intensities in the curve's units, times in seconds from the first frame.

    Attributes:
        baseline: intensity before the bolus.
        peak_enhancement: peak above the baseline.
        arrival_s: when contrast arrives.
        time_to_peak_s: from arrival to the peak.
        wash_in_rate, wash_out_rate: steepest rise and steepest fall, in intensity a second; both positive.
        area: under the enhancement, in intensity seconds.
        mean_transit_s: mean of the transit times from arrival.
        r_squared: share of the curve's variance that the model explains.
    """

    baseline: float
    peak_enhancement: float
    arrival_s: float
    time_to_peak_s: float
    wash_in_rate: float
    wash_out_rate: float
    area: float
    mean_transit_s: float
    r_squared: float


@dataclass(frozen=True)
class NoBolus:
    """Why a curve has no perfusion numbers, in one sentence."""

    reason: str


def log_normal(
    times_s: NDArray[np.floating], area: float, mu: float, sigma: float, arrival_s: float
) -> NDArray[np.float64]:
    """Enhancement of a bolus whose transit times are log-normal; 0 until it arrives."""
    since = np.maximum(np.asarray(times_s, dtype=np.float64) - arrival_s, 1e-9)
    curve = area / (sqrt(2 * pi) * sigma * since) * np.exp(-((np.log(since) - mu) ** 2) / (2 * sigma**2))
    return np.where(times_s > arrival_s, curve, 0.0)


def fit_bolus(curve: TimeIntensityCurve) -> Bolus | NoBolus:
    """Fit baseline and bolus to a curve; a soft loss keeps single frames that moved from bending it."""
    times, values = curve.times_s, curve.intensity
    if len(times) < LEAST_FRAMES:
        return NoBolus(f"The curve has {len(times)} frames and a fit needs {LEAST_FRAMES}.")
    low, high = float(np.quantile(values, 0.05)), float(values.max())
    noise = 1.4826 * float(np.median(np.abs(np.diff(values)))) / sqrt(2)
    if high <= low or high - low < LEAST_RISE * noise:
        return NoBolus("The region does not enhance above its noise.")
    scale, span = high - low, float(times[-1] - times[0])
    best = min(
        (_fit(times - times[0], (values - low) / scale, start, span, noise / scale) for start in _starts(curve)),
        key=lambda fit: fit[1],
    )
    (offset, log_area, mu, log_sigma, arrival), _ = best
    area, sigma = exp(log_area) * scale, exp(log_sigma)
    fitted = low + offset * scale + log_normal(times - times[0], area, mu, sigma, arrival)
    r_squared = 1 - float(((values - fitted) ** 2).sum() / ((values - values.mean()) ** 2).sum())
    if r_squared < LEAST_R_SQUARED:
        return NoBolus(f"The curve is no bolus: the model explains {max(r_squared, 0.0):.0%} of it.")
    to_peak = exp(mu - sigma**2)
    if not arrival + to_peak < span:
        return NoBolus("The recording ends before the peak.")
    fine = arrival + np.linspace(0, 1, 4000)[1:] * (span - arrival)
    slopes = np.gradient(log_normal(fine, area, mu, sigma, arrival), fine)
    return Bolus(
        baseline=low + offset * scale,
        peak_enhancement=float(log_normal(np.array([arrival + to_peak]), area, mu, sigma, arrival)[0]),
        arrival_s=float(times[0]) + arrival,
        time_to_peak_s=to_peak,
        wash_in_rate=float(slopes.max()),
        wash_out_rate=float(max(-slopes.min(), 0.0)),
        area=area,
        mean_transit_s=exp(mu + sigma**2 / 2),
        r_squared=r_squared,
    )


def _starts(curve: TimeIntensityCurve) -> list[tuple[float, float, float]]:
    """Guesses of arrival, seconds to peak and sigma: the fit is not convex, the best of several counts."""
    times = curve.times_s - curve.times_s[0]
    peak = float(times[int(np.argmax(curve.intensity))])
    step = float(np.median(np.diff(times)))
    return [
        (max(peak - rise, 0.0), max(min(rise, peak), step), sigma)
        for rise in (peak, 0.6 * peak, 0.3 * peak)
        for sigma in (0.4, 0.8)
    ]


def _fit(
    times: NDArray[np.float64],
    values: NDArray[np.float64],
    start: tuple[float, float, float],
    span: float,
    noise: float,
) -> tuple[NDArray[np.float64], float]:
    """Parameters (offset, log area, mu, log sigma, arrival) and cost."""
    arrival, rise, sigma = start
    mu = log(rise) + sigma**2
    area = log(sqrt(2 * pi) * sigma * rise * exp(sigma**2 / 2))
    lower = np.array([-0.5, -10.0, -5.0, log(0.1), -0.25 * span])
    upper = np.array([0.9, 15.0, log(20 * span), log(2.0), span])
    guess = np.clip([0.0, area, mu, log(sigma), arrival], lower + 1e-9, upper - 1e-9)

    def residual(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        offset, log_area, location, log_sigma, begin = parameters
        return offset + log_normal(times, exp(log_area), location, exp(log_sigma), begin) - values

    fit = least_squares(residual, guess, bounds=(lower, upper), loss="soft_l1", f_scale=max(3 * noise, 0.02))
    return fit.x, float(fit.cost)
