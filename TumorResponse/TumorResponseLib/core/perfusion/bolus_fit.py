"""Fit a log-normal bolus to a time-intensity curve, or say why it is none."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from TumorResponseLib.core.perfusion.bolus import Bolus, NoBolus, log_normal
from TumorResponseLib.core.perfusion.curve import TimeIntensityCurve

LEAST_FRAMES = 8
LEAST_R_SQUARED = 0.75
"""Below this share of explained variance the curve is no bolus, and no number is given."""
LEAST_RISE = 3.0
"""The peak must stand this many noise deviations above the baseline."""
LEAST_SEEN = 0.5
"""Share of the bolus that must have passed in the recording: area and mean transit time are guesses beyond it."""

SHORTEST_SIGMA, LONGEST_SIGMA = 0.1, 2.0
STARTS = 3
GRID_FRAMES = 128
"""Longer curves are thinned out for the first, coarse search."""

FloatArray = NDArray[np.float64]


def fit_bolus(curve: TimeIntensityCurve) -> Bolus | NoBolus:
    """Fit baseline and bolus to a curve; a soft loss keeps single frames that moved from bending it.

    The fit is not convex: arrival, width and skew trade against each other. A coarse grid of all three gives the
    starts, where baseline and area follow by linear regression; the best of their fits counts.
    """
    values = curve.intensity
    if len(values) < LEAST_FRAMES:
        return NoBolus(f"The curve has {len(values)} frames and a fit needs {LEAST_FRAMES}.")
    low, high = float(np.quantile(values, 0.05)), float(values.max())
    noise = 1.4826 * float(np.median(np.abs(np.diff(values)))) / sqrt(2)
    if high <= low or high - low < LEAST_RISE * noise:
        return NoBolus("The region does not enhance above its noise.")
    scale, begin = high - low, float(curve.times_s[0])
    times, scaled = curve.times_s - begin, (values - low) / scale
    fits = [_fit(times, scaled, start, noise / scale) for start in _starts(times, scaled)]
    if not fits:
        return NoBolus("The curve is no bolus: it does not rise and fall.")
    offset, log_area, mu, log_sigma, arrival = min(fits, key=lambda fit: fit[1])[0].tolist()
    bolus = Bolus(low + offset * scale, exp(log_area) * scale, mu, exp(log_sigma), begin + arrival)
    unexplained = ((values - bolus.at(curve.times_s)) ** 2).sum() / ((values - values.mean()) ** 2).sum()
    r_squared = 1 - float(unexplained)
    if r_squared < LEAST_R_SQUARED:
        return NoBolus(f"The curve is no bolus: the model explains {max(r_squared, 0.0):.0%} of it.")
    end, peak_s = float(curve.times_s[-1]), bolus.arrival_s + bolus.time_to_peak_s
    if peak_s <= begin:
        return NoBolus("The recording begins after the peak.")
    if peak_s >= end:
        return NoBolus("The recording ends before the peak.")
    if bolus.share_until(end) < LEAST_SEEN:
        return NoBolus(f"The recording ends when {bolus.share_until(end):.0%} of the bolus has passed.")
    return replace(bolus, r_squared=r_squared)


def _starts(times: FloatArray, values: FloatArray) -> list[FloatArray]:
    """Offset, log area, mu, log sigma and arrival of the best points of a coarse grid, at most one for each sigma."""
    step = max(1, len(times) // GRID_FRAMES)
    thin, seen = times[::step], values[::step] - values[::step].mean()
    span, shortest = float(thin[-1]), float(np.median(np.diff(times)))
    found = []
    for sigma in (0.25, 0.5, 0.8, 1.2):
        rises, arrivals = np.meshgrid(np.geomspace(shortest, span, 14), np.linspace(-0.25, 0.9, 24) * span)
        mu = np.log(rises.ravel()) + sigma**2
        since = np.maximum(thin - arrivals.ravel()[:, None], 1e-9)
        shapes = np.exp(-((np.log(since) - mu[:, None]) ** 2) / (2 * sigma**2)) / (sqrt(2 * np.pi) * sigma * since)
        centred = shapes - shapes.mean(axis=1, keepdims=True)
        variance = (centred**2).sum(axis=1)
        areas = centred @ seen / np.maximum(variance, 1e-12)
        explained = np.where(areas > 0, areas * (centred @ seen), 0.0)
        best = int(explained.argmax())
        if explained[best] > 0:
            offset = float(values[::step].mean() - areas[best] * shapes[best].mean())
            start = np.array([offset, log(areas[best]), mu[best], log(sigma), arrivals.ravel()[best]])
            found.append((float(explained[best]), start))
    return [start for _, start in sorted(found, key=lambda one: -one[0])[:STARTS]]


def _fit(times: FloatArray, values: FloatArray, start: FloatArray, noise: float) -> tuple[FloatArray, float]:
    """Parameters (offset, log area, mu, log sigma, arrival) and cost."""
    span = float(times[-1])
    lower = np.array([-2.0, -10.0, -5.0, log(SHORTEST_SIGMA), -0.5 * span])
    upper = np.array([0.9, 15.0, log(20 * span), log(LONGEST_SIGMA), span])

    def residual(parameters: FloatArray) -> FloatArray:
        offset, log_area, mu, log_sigma, arrival = parameters
        return np.asarray(offset + log_normal(times, exp(log_area), mu, exp(log_sigma), arrival) - values)

    def slopes(parameters: FloatArray) -> FloatArray:
        _, log_area, mu, log_sigma, arrival = parameters
        sigma = exp(log_sigma)
        since = np.maximum(times - arrival, 1e-9)
        away = (np.log(since) - mu) / sigma
        curve = log_normal(times, exp(log_area), mu, sigma, arrival)
        return np.column_stack(
            [
                np.ones_like(times),
                curve,
                curve * away / sigma,
                curve * (away**2 - 1),
                curve * (1 + away / sigma) / since,
            ]
        )

    fit = least_squares(
        residual,
        np.clip(start, lower + 1e-9, upper - 1e-9),
        slopes,
        bounds=(lower, upper),
        loss="soft_l1",
        f_scale=max(3 * noise, 0.02),
        x_scale="jac",
        xtol=1e-12,
        ftol=1e-12,
        gtol=1e-12,
        max_nfev=300,
    )
    return fit.x, float(fit.cost)
