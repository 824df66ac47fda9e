"""Motion of a cine: which frames left the plane, and rigid registration within it."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

SMOOTHING_PIXELS = 2.0
"""Speckle changes from frame to frame even where nothing moves; anatomy is coarser."""
OUTLIER_DEVIATIONS = 5.0
LEAST_DROP = 0.05


def frame_correlations(frames: NDArray[np.number]) -> NDArray[np.float64]:
    """Pearson correlation of each frame ``(frames, rows, columns)`` with the median of its neighbours, ``(frames,)``.

    The two frames before and after are compared, since contrast changes the picture slowly.
    """
    smooth = gaussian_filter(frames.astype(np.float32), (0, SMOOTHING_PIXELS, SMOOTHING_PIXELS))
    count = len(smooth)
    correlations = np.ones(count)
    for index in range(count):
        near = [other for other in range(max(0, index - 2), min(count, index + 3)) if other != index]
        if near:
            correlations[index] = _correlation(smooth[index], np.median(smooth[near], axis=0))
    return correlations


def steady_frames(correlations: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which frames show the same plane as their neighbours: no outliers below (median less 5 scaled MAD)."""
    middle = float(np.median(correlations))
    spread = 1.4826 * float(np.median(np.abs(correlations - middle)))
    return np.asarray(correlations >= middle - max(OUTLIER_DEVIATIONS * spread, LEAST_DROP), dtype=np.bool_)


def register_frames(frames: NDArray[np.number], reference: int = 0) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Bring every frame to the reference by a rigid motion in the plane (Mattes mutual information, SimpleITK).

    Returns:
        The moved frames ``(frames, rows, columns)`` and each frame's motion ``(frames, 3)``: rotation in radians, then
        the shift along columns and rows in pixels.
    """
    fixed = sitk.GetImageFromArray(frames[reference].astype(np.float32))
    moved = np.empty(frames.shape, dtype=np.float32)
    motions = np.zeros((len(frames), 3))
    for index, frame in enumerate(frames):
        moving = sitk.GetImageFromArray(frame.astype(np.float32))
        if index == reference:
            moved[index] = frame
            continue
        transform = _registration(fixed, moving)
        motions[index] = transform.GetParameters()
        moved[index] = sitk.GetArrayFromImage(sitk.Resample(moving, fixed, transform, sitk.sitkLinear, 0.0))
    return moved, motions


def _registration(fixed: sitk.Image, moving: sitk.Image) -> sitk.Euler2DTransform:
    centre = fixed.TransformContinuousIndexToPhysicalPoint([(size - 1) / 2 for size in fixed.GetSize()])
    transform = sitk.Euler2DTransform()
    transform.SetCenter(centre)
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(32)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-3, 100)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([4, 2, 1])
    method.SetSmoothingSigmasPerLevel([4.0, 2.0, 1.0])
    method.SetInterpolator(sitk.sitkLinear)
    method.SetInitialTransform(transform, inPlace=True)
    method.Execute(fixed, moving)
    return transform


def _correlation(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    one, other = first - first.mean(), second - second.mean()
    norm = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / norm if norm > 0 else 1.0
