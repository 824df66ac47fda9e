"""Parameter maps of a contrast cine as overlays: where, when and how much contrast comes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.box import Box
from TumorResponseLib.core.exhibits import Overlay
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.perfusion.maps import parameter_maps
from TumorResponseLib.predict.ceus_curves import ContrastFrames

SMOOTH_MM = 0.5
"""Deviation of the Gaussian that calms the speckle."""
ENDS = (0.02, 0.98)
"""Quantiles of the values at the ends of the colour table."""


def map_overlays(
    frames: ContrastFrames, shown: MaskArray, box: Box, image_shape: tuple[int, ...], spacing_mm: tuple[float, ...]
) -> tuple[Overlay, ...]:
    """Peak enhancement, time to peak and area under the curve of every pixel, read off without a model.

    Args:
        frames: in ``box``.
        shown: ``(rows, columns)`` of the box: where the maps are shown, NaN elsewhere.
        box: in the image.
        image_shape: of the image, ``(rows, columns)``.
        spacing_mm: of rows and columns.
    """
    steady = frames.steady
    times = frames.times_s[steady]
    maps = parameter_maps(frames.values[steady], times, smooth_pixels=SMOOTH_MM / min(spacing_mm))
    layers: tuple[tuple[str, str, str, NDArray[np.float32]], ...] = (
        ("peak-enhancement", "Peak enhancement", frames.unit, maps.peak_enhancement),
        ("time-to-peak", "Time to peak, from the first frame", "s", maps.time_to_peak_s + np.float32(times[0])),
        ("area", "Area under the curve", f"{frames.unit} s", maps.area),
    )
    overlays = []
    for name, title, unit, values in layers:
        whole = np.full(image_shape, np.nan, dtype=np.float32)
        whole[box.slices] = np.where(shown, values, np.nan)
        known = whole[np.isfinite(whole)]
        low, high = np.quantile(known, ENDS) if known.size else (0.0, 1.0)
        overlays.append(Overlay(name, title, unit, whole, float(low), float(max(high, low + 1e-6))))
    return tuple(overlays)
