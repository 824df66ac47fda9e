"""Perfusion parameters pixel by pixel, read off the smoothed curves without a model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

BASELINE_QUANTILE = 0.1
NO_ENHANCEMENT = 0.05
"""Pixels that enhance less than this share of the brightest have no time to peak."""


@dataclass(frozen=True, eq=False)
class ParameterMaps:
    """Maps ``(rows, columns)``: peak enhancement, area under the enhancement (intensity seconds), seconds to the peak.

    ``time_to_peak_s`` counts from the first frame and is NaN where the pixel does not enhance.
    """

    peak_enhancement: NDArray[np.float32]
    area: NDArray[np.float32]
    time_to_peak_s: NDArray[np.float32]


def parameter_maps(
    frames: NDArray[np.number], times_s: NDArray[np.floating], *, smooth_frames: float = 1.0, smooth_pixels: float = 1.0
) -> ParameterMaps:
    """Parameters of each pixel of ``(frames, rows, columns)``, smoothed by Gaussians of the given deviations."""
    smooth = gaussian_filter(frames.astype(np.float32), (smooth_frames, smooth_pixels, smooth_pixels), mode="nearest")
    enhancement = smooth - np.quantile(smooth, BASELINE_QUANTILE, axis=0)
    peak = enhancement.max(axis=0)
    seconds = np.asarray(times_s, dtype=np.float32)
    to_peak = (seconds - seconds[0])[enhancement.argmax(axis=0)]
    area = np.trapezoid(np.maximum(enhancement, 0), seconds, axis=0)
    return ParameterMaps(
        peak.astype(np.float32),
        area.astype(np.float32),
        np.where(peak > NO_ENHANCEMENT * peak.max(initial=0), to_peak, np.nan).astype(np.float32),
    )
