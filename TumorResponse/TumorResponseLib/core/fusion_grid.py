"""PET, CT, MR and their masks on one grid, by their place in the patient and never by index.

Images of one examination lie in one frame of reference and still differ in voxel size, extent and orientation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Frame, Image, MaskArray, Spacing

SIGMAS = 3.0
"""Where the smoothing Gaussian is cut."""
LEAST_SIGMA = 1e-3
"""Grids of one spacing differ in its last digits."""
RESAMPLED = "resampled to the grid of another image"


@dataclass(frozen=True)
class Grid:
    """Where the voxels of a volume lie.

    Attributes:
        shape: ``(slices, rows, columns)``.
        spacing_mm: in array order.
        frame: place in the patient, LPS.
    """

    shape: tuple[int, ...]
    spacing_mm: tuple[float, ...]
    frame: Frame

    @classmethod
    def of(cls, image: Image) -> Grid:
        """The grid of a volume.

        Raises:
            StudyError: the image is not 3-D.
            SpacingError: it has no spacing.
        """
        if len(image.spatial_shape) != 3:
            raise StudyError("Images can be brought to one grid only when they are volumes; give 3-D images.")
        return cls(image.spatial_shape, image.spacing_mm, image.frame)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """3 x 3: from array index to mm in LPS, without the origin."""
        directions = np.array(self.frame.directions)[:, ::-1]
        return np.asarray(directions * np.array(self.spacing_mm))

    @property
    def corners(self) -> NDArray[np.float64]:
        """The eight outer corners of the field, mm in LPS, ``(8, 3)``."""
        ends = product(*((-0.5, size - 0.5) for size in self.shape))
        return np.array([self.matrix @ np.array(end) + np.array(self.frame.origin) for end in ends])


def require_one_frame(grids: Mapping[str, Grid]) -> None:
    """Raise StudyError unless the images, by role, lie in one frame of reference and overlap.

    Frame of Reference UIDs are compared where both are known. NIfTI and NRRD know none: their coordinates are taken to
    be the patient's, as the same scanner's.
    """
    roles = list(grids)
    for index, role in enumerate(roles):
        for other in roles[index + 1 :]:
            _require_same_reference(grids[role], grids[other], role, other)


def _require_same_reference(grid: Grid, other_grid: Grid, role: str, other: str) -> None:
    first, second = grid.frame.reference_uid, other_grid.frame.reference_uid
    if first and second and first != second:
        raise StudyError(
            f"The {role} and the {other} image have different Frame of Reference UIDs, so their places cannot be "
            "compared; register one to the other, or give images of one examination."
        )
    low, high = grid.corners.min(axis=0), grid.corners.max(axis=0)
    other_low, other_high = other_grid.corners.min(axis=0), other_grid.corners.max(axis=0)
    if (np.minimum(high, other_high) <= np.maximum(low, other_low)).any():
        raise StudyError(
            f"The {role} and the {other} image do not overlap in the patient; register one to the other, or give "
            "images of one examination."
        )


def onto_grid(image: Image, grid: Grid, *, fill: float = 0.0) -> Image:
    """Sample a volume at the voxels of a grid: linear, and smoothed first along axes where it is the finer one.

    The smoothing is a Gaussian of (voxels a step - 1) / 2 voxels, as in ``crop.resample``. Voxels whose centre lies
    outside of the image's field hold ``fill``; ``covered`` tells them apart.

    Raises:
        StudyError: the image is not 3-D, or lies in another frame of reference.
        SpacingError: it has no spacing.
    """
    own = Grid.of(image)
    require_one_frame({"image": own, "other": grid})
    pixels = _smoothed(np.asarray(image.pixels, dtype=np.float32), own, grid)
    values = _sampled(pixels, own, grid, fill)
    reference = grid.frame.reference_uid or image.frame.reference_uid
    return replace(
        image,
        pixels=values,
        spacing=Spacing(grid.spacing_mm, RESAMPLED),
        frame=replace(grid.frame, reference_uid=reference),
    )


def mask_onto_grid(mask: MaskArray, own: Grid, grid: Grid) -> MaskArray:
    """A mask at the voxels of another grid, about as large as it was.

    A finer grid takes the nearest voxel: interpolation would round lesions of few voxels off. A coarser one is inside
    where the smoothed mask is at least one half; lesions much smaller than its voxels vanish there.

    Raises:
        StudyError: the grids lie in different frames of reference.
    """
    require_one_frame({"mask": own, "image": grid})
    whole = mask.astype(np.float32)
    if not _sigma(own, grid).any():
        return _sampled(whole, own, grid, 0.0, sitk.sitkNearestNeighbor) > 0.5
    # Just below one half, so that a voxel on the border between inside and outside is inside whichever way it rounds.
    return _sampled(_smoothed(whole, own, grid), own, grid, 0.0) >= 0.5 - 1e-6


def covered(own: Grid, grid: Grid) -> MaskArray:
    """Voxels of ``grid`` whose centre lies in the field of an image with the grid ``own``."""
    to_index = np.linalg.inv(own.matrix)
    step, first = to_index @ grid.matrix, to_index @ (np.array(grid.frame.origin) - np.array(own.frame.origin))
    indices = np.ogrid[tuple(slice(size) for size in grid.shape)]
    inside = np.ones(grid.shape, dtype=np.bool_)
    for axis, size in enumerate(own.shape):
        place = first[axis] + sum(step[axis, other] * index for other, index in enumerate(indices))
        # ITK's own bounds: a voxel reaches half a step to both sides.
        inside &= (place >= -0.5) & (place < size - 0.5)
    return inside


def _sigma(own: Grid, grid: Grid) -> NDArray[np.float64]:
    """Of the smoothing before sampling, in own voxels along each axis; 0 where the other grid is not coarser."""
    steps = np.abs(np.linalg.solve(own.matrix, grid.matrix)).max(axis=1)
    sigma = (steps - 1.0) / 2.0
    return np.where(sigma > LEAST_SIGMA, sigma, 0.0)


def _smoothed(pixels: NDArray[np.float32], own: Grid, grid: Grid) -> NDArray[np.float32]:
    sigma = _sigma(own, grid)
    if not sigma.any():
        return pixels
    smooth: NDArray[np.float32] = gaussian_filter(pixels, sigma, mode="nearest", truncate=SIGMAS)
    return smooth


def _sampled(
    pixels: NDArray[np.float32], own: Grid, grid: Grid, fill: float, interpolator: int = sitk.sitkLinear
) -> NDArray[np.float32]:
    sampler = sitk.ResampleImageFilter()
    sampler.SetSize([int(size) for size in grid.shape[::-1]])
    sampler.SetOutputOrigin(grid.frame.origin)
    sampler.SetOutputSpacing([float(step) for step in grid.spacing_mm[::-1]])
    sampler.SetOutputDirection(np.array(grid.frame.directions).ravel().tolist())
    sampler.SetInterpolator(interpolator)
    sampler.SetDefaultPixelValue(float(fill))
    # ITK's copy of the source goes before the result is copied out of ITK.
    result = sampler.Execute(_placed(sitk.GetImageFromArray(pixels), own))
    sampled: NDArray[np.float32] = sitk.GetArrayFromImage(result)
    return sampled


def _placed(image: sitk.Image, grid: Grid) -> sitk.Image:
    image.SetOrigin(grid.frame.origin)
    image.SetSpacing([float(step) for step in grid.spacing_mm[::-1]])
    image.SetDirection(np.array(grid.frame.directions).ravel().tolist())
    return image
