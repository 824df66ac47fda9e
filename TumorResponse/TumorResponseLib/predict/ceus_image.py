"""A contrast cine and a tumour in, the perfusion image out: what comes before the CEUS network, alike in training."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from TumorResponseLib.core.crop import CropGrid, resample
from TumorResponseLib.core.errors import MaskError, StudyError
from TumorResponseLib.core.image import MaskArray, PixelArray
from TumorResponseLib.core.perfusion.maps import parameter_maps
from TumorResponseLib.core.perfusion.motion import frame_correlations, steady_frames

CLASSES = ("non-responsive", "stable", "responsive")
"""By RECIST 1.1: progressive disease; stable disease; partial or complete response."""

SAMPLES = 32
STEP_MM = 0.6
"""A field of 19 mm: a tumour of 11 mm with 4 mm around it."""

PARAMETERS = ("peak enhancement", "time to peak", "persistence")
"""The channels of a perfusion image. Persistence is the mean enhancement over the recording, as a share of the peak."""

RIM_MM = 1.8
"""Three samples."""
TISSUES = ("tumour", "rim", "surroundings")
CHANNELS = (*PARAMETERS, *TISSUES)
"""Of the network's input: the perfusion image, and where each tissue lies."""

GRAINS_A_UNIT = 0.25
SECONDS_A_UNIT = 5.0
PERSISTENCE_A_UNIT = 0.1
LARGEST = 6.0
"""Values are cut here, far from all that a tumour shows."""

LEAST_FRAMES = 8
SMALLEST_REFERENCE = 60
"""Samples (22 mm²) of surroundings that are enough to relate to."""


@dataclass(frozen=True)
class PerfusionImage:
    """A tumour's perfusion on the mm grid that the network looks at.

    Attributes:
        grid: where it lies in the image.
        values: `PARAMETERS`, ``(3, 32, 32)``; 0 is the usual of the surroundings.
        tissues: `TISSUES`, ``(3, 32, 32)`` of 0 and 1; all 0 outside the image.
        tumour_in_field: share of the tumour's area that the field holds.
        correlations: of each frame with its neighbours, ``(frames,)``.
        steady: which frames show the same plane as their neighbours, ``(frames,)``; the others are left out.
    """

    grid: CropGrid
    values: NDArray[np.float32]
    tissues: NDArray[np.float32]
    tumour_in_field: float
    correlations: NDArray[np.float64]
    steady: NDArray[np.bool_]

    @property
    def frames_left_out(self) -> int:
        """How many."""
        return int((~self.steady).sum())

    @property
    def network_input(self) -> NDArray[np.float32]:
        """`CHANNELS`, ``(6, 32, 32)``."""
        return np.concatenate([self.values, self.tissues])


@dataclass(frozen=True)
class SampledCine:
    """A cine on the mm grid that the network looks at.

    Attributes:
        grid: where it lies in the image.
        frames: ``(times, 32, 32)``.
        times_s: of each frame, growing.
        inside: which samples the image covers, ``(32, 32)``.
        tissues: `TISSUES`, ``(3, 32, 32)``; none outside the image.
        tumour_in_field: share of the tumour's area that the field holds.
        grain: grey levels that a pixel of the recorded cine flickers from frame to frame.
    """

    grid: CropGrid
    frames: NDArray[np.float32]
    times_s: NDArray[np.floating]
    inside: MaskArray
    tissues: NDArray[np.bool_]
    tumour_in_field: float
    grain: float


def perfusion_image(
    frames: PixelArray, times_s: NDArray[np.floating], tumour: MaskArray, spacing_mm: tuple[float, ...]
) -> PerfusionImage:
    """The perfusion image of a recorded cine: `sampled_cine`, then `image_of`; arguments and errors as there."""
    return image_of(sampled_cine(frames, times_s, tumour, spacing_mm))


def sampled_cine(
    frames: PixelArray, times_s: NDArray[np.floating], tumour: MaskArray, spacing_mm: tuple[float, ...]
) -> SampledCine:
    """The frames on a grid of 0.6 mm around the tumour.

    Args:
        frames: ``(times, rows, columns)``, contrast mode.
        times_s: of each frame, growing.
        tumour: ``(rows, columns)``.
        spacing_mm: of rows and columns.

    Raises:
        StudyError: there are fewer than eight frames.
        MaskError: no tumour, or one too small to be sampled.
        SpacingError: the spacing does not fit the image.
    """
    if len(frames) < LEAST_FRAMES:
        raise StudyError(f"The cine has {len(frames)} frames and perfusion needs {LEAST_FRAMES}; give the whole bolus.")
    grid = CropGrid.around(tumour, spacing_mm, (SAMPLES, SAMPLES), STEP_MM)
    inside = resample(np.ones(tumour.shape, dtype=np.float32), grid, order=0) > 0
    sampled = resample(tumour.astype(np.float32), grid) >= 0.5
    if not sampled.any():
        raise MaskError(
            f"The tumour mask is smaller than the {STEP_MM:g} mm at which the network looks; outline the whole tumour."
        )
    distance = distance_transform_edt(~sampled, sampling=STEP_MM)
    tissues = np.stack([sampled, inside & ~sampled & (distance <= RIM_MM), inside & (distance > RIM_MM)])
    coarse = np.stack([resample(frame, grid) for frame in frames])
    # Pair by pair: a whole cine in float32 would take gigabytes.
    steady = frames[steady_frames(frame_correlations(coarse))]
    flicker = [(after.astype(np.float32) - before).std() for before, after in pairwise(steady)]
    away_mm = np.abs(np.argwhere(tumour) - np.array(grid.centre)) * np.array(spacing_mm)
    in_field = (away_mm <= np.array(grid.field_mm) / 2).all(axis=1)
    grain = max(float(np.median(flicker)), 1e-3)
    return SampledCine(grid, coarse, times_s, inside, tissues, float(in_field.mean()), grain)


def image_of(cine: SampledCine) -> PerfusionImage:
    """Parameter maps of the displayed grey values.

    The scanner's dynamic range is rarely known, so that log compression is not undone: grey values are related to the
    surroundings (beyond the rim), which cancels the gain, and to the grain, which is how much the picture flickers from
    frame to frame: speckle has about the same number of decibels everywhere, which cancels the dynamic range. Frames
    that left the plane are left out. The maps are those of the coarse frames: the maps of noise are noise, the mean of
    many pixels is not.
    """
    correlations = frame_correlations(cine.frames)
    steady = steady_frames(correlations)
    times_s = cine.times_s[steady]
    maps = parameter_maps(cine.frames[steady], times_s, smooth_pixels=0.5)
    persistence = maps.area / np.maximum(maps.peak_enhancement * float(times_s[-1] - times_s[0]), 1e-6)
    around = cine.tissues[2] if cine.tissues[2].sum() >= SMALLEST_REFERENCE else cine.inside
    values = np.stack(
        [
            _related(maps.peak_enhancement, around, GRAINS_A_UNIT * cine.grain),
            _related(maps.time_to_peak_s, around, SECONDS_A_UNIT),
            _related(persistence, around, PERSISTENCE_A_UNIT),
        ]
    )
    return PerfusionImage(
        cine.grid,
        np.where(cine.inside, values, 0.0).astype(np.float32),
        cine.tissues.astype(np.float32),
        cine.tumour_in_field,
        correlations,
        steady,
    )


def _related(values: NDArray[np.floating], around: MaskArray, unit: float) -> NDArray[np.floating]:
    """Values less the usual of the surroundings, in units; 0 where there is no value."""
    known = values[around & np.isfinite(values)]
    usual = float(np.median(known)) if known.size else 0.0
    return np.clip(np.nan_to_num((values - usual) / unit), -LARGEST, LARGEST)
