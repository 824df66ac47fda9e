"""Motion of a cine: which frames left the plane, and rigid registration within it."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from TumorResponseLib.core.image import PixelArray

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


def rigid_motions(frames: NDArray[np.number], reference: int = 0) -> NDArray[np.float64]:
    """The rigid motion in the plane that brings each frame to the reference (Mattes mutual information, SimpleITK).

    A motion counts only where it makes the frame more like the reference: before contrast comes, there may be nothing
    in a frame that could be registered. A frame that ITK refuses stays where it is.

    Args:
        frames: ``(frames, rows, columns)``.
        reference: index of the frame that stays.

    Returns:
        Motions ``(frames, 3)``: rotation in radians about the centre, then the shift along columns and rows in pixels.
    """
    fixed = sitk.GetImageFromArray(frames[reference].astype(np.float32))
    still = gaussian_filter(frames[reference].astype(np.float32), SMOOTHING_PIXELS)
    motions = np.zeros((len(frames), 3))
    for index, frame in enumerate(frames):
        if index == reference:
            continue
        motion = _registration(fixed, sitk.GetImageFromArray(frame.astype(np.float32)))
        before, after = (
            _correlation(still, gaussian_filter(shown.astype(np.float32), SMOOTHING_PIXELS))
            for shown in (frame, _moved(frame, motion))
        )
        if after > before:
            motions[index] = motion
    return motions


def move_frames(frames: PixelArray, motions: NDArray[np.floating]) -> PixelArray:
    """The frames moved as ``rigid_motions`` says; beyond an edge its pixels go on.

    Each pixel takes the nearest one's value: interpolating log-compressed speckle lowers its mean power.
    """
    return np.stack([_moved(frame, motion) for frame, motion in zip(frames, motions, strict=True)])


def _moved(frame: PixelArray, motion: NDArray[np.floating]) -> PixelArray:
    moving = sitk.GetImageFromArray(frame)
    transform = _about_the_centre(moving)
    transform.SetParameters(motion.tolist())
    mover = sitk.ResampleImageFilter()
    mover.SetReferenceImage(moving)
    mover.SetTransform(transform)
    mover.SetInterpolator(sitk.sitkNearestNeighbor)
    mover.UseNearestNeighborExtrapolatorOn()
    moved: PixelArray = sitk.GetArrayFromImage(mover.Execute(moving))
    return moved


def _about_the_centre(image: sitk.Image) -> sitk.Euler2DTransform:
    transform = sitk.Euler2DTransform()
    transform.SetCenter(image.TransformContinuousIndexToPhysicalPoint([(size - 1) / 2 for size in image.GetSize()]))
    return transform


def _registration(fixed: sitk.Image, moving: sitk.Image) -> NDArray[np.float64]:
    transform = _about_the_centre(fixed)
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(32)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-3, 100)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([4, 2, 1])
    method.SetSmoothingSigmasPerLevel([4.0, 2.0, 1.0])
    method.SetInterpolator(sitk.sitkLinear)
    method.SetInitialTransform(transform, inPlace=True)
    try:
        method.Execute(fixed, moving)
    except RuntimeError:  # ITK's: in a black frame there is nothing that could be registered
        return np.zeros(3)
    return np.array(transform.GetParameters())


def _correlation(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    one, other = first - first.mean(), second - second.mean()
    norm = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / norm if norm > 0 else 1.0
