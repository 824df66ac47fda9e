"""Time-intensity curves of contrast-enhanced ultrasound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.errors import MaskError, StudyError
from TumorResponseLib.core.image import MaskArray


@dataclass(frozen=True, eq=False)
class TimeIntensityCurve:
    """Mean intensity of one region over time.

    Attributes:
        times_s: seconds from the first frame, growing, ``(frames,)``.
        intensity: echo power where ``linear``, grey values otherwise, ``(frames,)``.
        linear: whether log compression was undone; ratios and areas of other curves are not comparable.
    """

    times_s: NDArray[np.float64]
    intensity: NDArray[np.float64]
    linear: bool


def echo_power(grey: NDArray[np.number], dynamic_range_db: float, white: float = 255.0) -> NDArray[np.float32]:
    """Undo log compression: relative echo power, 1 at grey 0, of any shape.

    Contrast concentration is proportional to echo power, not to the displayed grey value (Dietrich et al., "How to
    perform contrast-enhanced ultrasound: quantification", Ultrasound Int Open 4:E2, 2018). Grey is taken as linear in
    decibels over the whole dynamic range, which a scanner's own grey map may bend.

    Raises:
        StudyError: the dynamic range is not positive.
    """
    if not dynamic_range_db > 0:
        raise StudyError(
            f"The dynamic range is {dynamic_range_db} dB; give the positive number that the scanner shows."
        )
    decibels = np.asarray(grey, dtype=np.float32) / white * dynamic_range_db
    return np.power(np.float32(10), decibels / np.float32(10), dtype=np.float32)


def time_intensity_curve(
    frames: NDArray[np.number],
    times_s: NDArray[np.floating],
    region: MaskArray,
    *,
    linear: bool,
    valid: NDArray[np.bool_] | None = None,
) -> TimeIntensityCurve:
    """Mean of a region in each frame.

    Args:
        frames: ``(frames, rows, columns)``, already linearised where ``linear``.
        times_s: of each frame, growing.
        region: ``(rows, columns)``.
        linear: what to say of the frames.
        valid: frames that count, ``(frames,)``; those with motion are left out of the curve.

    Raises:
        MaskError: the region is empty or of another shape.
        StudyError: times and frames do not fit, or time does not grow.
    """
    if region.shape != frames.shape[1:] or not region.any():
        raise MaskError(
            f"The region {region.shape} has no pixel on the frames {frames.shape[1:]}; outline it on this cine."
        )
    if times_s.shape != frames.shape[:1] or not (np.diff(times_s) > 0).all():
        raise StudyError("The frames of the cine have no growing times; give the frame times in seconds.")
    kept = np.ones(len(frames), dtype=bool) if valid is None else valid
    means = frames[:, region].mean(axis=1, dtype=np.float64)
    return TimeIntensityCurve(times_s[kept].astype(np.float64), means[kept], linear)
