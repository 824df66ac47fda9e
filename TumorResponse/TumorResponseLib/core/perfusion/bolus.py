"""A log-normal bolus and the perfusion numbers that follow from it.

Strouthos et al., "Indicator dilution models for the quantification of microvascular blood flow with bolus
administration of ultrasound contrast agents", IEEE TUFFC 57(6):1296, 2010.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr


@dataclass(frozen=True)
class Bolus:
    """Perfusion of one region; intensities in the curve's units, times in seconds.

    All numbers are the model's: area, mean transit time and wash-out count what comes after the recording too.

    Attributes:
        baseline: intensity before the bolus.
        area: under the enhancement, in intensity seconds.
        mu, sigma: mean and standard deviation of the logarithm of the transit times.
        arrival_s: when contrast arrives, on the curve's time axis.
        r_squared: share of the curve's variance that the model explains.
    """

    baseline: float
    area: float
    mu: float
    sigma: float
    arrival_s: float
    r_squared: float = 1.0

    @property
    def time_to_peak_s(self) -> float:
        """From arrival to the peak: the mode of the transit times."""
        return exp(self.mu - self.sigma**2)

    @property
    def mean_transit_s(self) -> float:
        """Mean of the transit times, from arrival."""
        return exp(self.mu + self.sigma**2 / 2)

    @property
    def peak_enhancement(self) -> float:
        """Peak above the baseline."""
        return self._enhancement_after(self.time_to_peak_s)

    @property
    def wash_in_rate(self) -> float:
        """Steepest rise, in intensity a second; positive."""
        return self._steepness(-1)

    @property
    def wash_out_rate(self) -> float:
        """Steepest fall, in intensity a second; positive."""
        return self._steepness(1)

    def at(self, times_s: NDArray[np.floating]) -> NDArray[np.float64]:
        """Intensity at these times, the baseline included."""
        return self.baseline + log_normal(times_s, self.area, self.mu, self.sigma, self.arrival_s)

    def share_until(self, time_s: float) -> float:
        """Share of the area that has passed at a time."""
        since = max(time_s - self.arrival_s, 1e-9)
        return float(ndtr((log(since) - self.mu) / self.sigma))

    def _enhancement_after(self, seconds: float) -> float:
        return float(log_normal(np.array([seconds]), self.area, self.mu, self.sigma, 0.0)[0])

    def _steepness(self, side: int) -> float:
        """The slope where the second derivative is 0, before (-1) or after (1) the peak.

        With u = (ln t - mu) / sigma² the slope is -f (1 + u) / t, and its derivative is 0 where (1 + u)² + (1 + u) is
        1 / sigma².
        """
        factor = (side * sqrt(1 + 4 / self.sigma**2) - 1) / 2
        seconds = exp(self.mu + self.sigma**2 * (factor - 1))
        return abs(factor) * self._enhancement_after(seconds) / seconds


@dataclass(frozen=True)
class NoBolus:
    """Why a curve has no perfusion numbers, in one sentence."""

    reason: str


def log_normal(
    times_s: NDArray[np.floating], area: float, mu: float, sigma: float, arrival_s: float
) -> NDArray[np.float64]:
    """Enhancement of a bolus whose transit times are log-normal; 0 until it arrives."""
    since = np.maximum(np.asarray(times_s, dtype=np.float64) - arrival_s, 1e-9)
    curve = area / (sqrt(2 * np.pi) * sigma * since) * np.exp(-((np.log(since) - mu) ** 2) / (2 * sigma**2))
    return np.where(times_s > arrival_s, curve, 0.0)
