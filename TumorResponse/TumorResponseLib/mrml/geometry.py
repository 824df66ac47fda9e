"""Between arrays on an image's grid and vtkImageData, LPS and RAS."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData

from TumorResponseLib.core.image import Image, PixelArray

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0])


def grid_spacing(image: Image) -> tuple[float, float, float]:
    """Spacing along i, j, k; 1 along an axis that the image does not have, and everywhere when it states none."""
    spatial = image.spacing.mm if image.spacing else ()
    i, j, k = (*reversed(spatial), 1.0, 1.0, 1.0)[:3]
    return i, j, k


def grid_origin(image: Image) -> NDArray[np.float64]:
    """Centre of the first voxel, RAS."""
    origin: NDArray[np.float64] = LPS_TO_RAS @ np.array(image.frame.origin)
    return origin


def grid_directions(image: Image) -> NDArray[np.float64]:
    """Unit vectors of i, j, k as columns, RAS, ``(3, 3)``."""
    directions: NDArray[np.float64] = LPS_TO_RAS @ np.array(image.frame.directions)
    return directions


def to_vtk(array: PixelArray, into: vtkImageData, start: tuple[int, ...] = ()) -> None:
    """Copy an array ``(rows, columns)`` or ``(slices, rows, columns)`` into image data; truth values become 0 and 1.

    Args:
        array: the voxels.
        into: its geometry is kept.
        start: index in the whole grid of the array's first voxel, in array order; 0 by default.
    """
    values = array.astype(np.uint8) if array.dtype == np.bool_ else array.astype(array.dtype.newbyteorder("="))
    first = (*reversed(start), 0, 0, 0)[:3]
    size = (*reversed(values.shape), 1)[:3]
    into.SetExtent([bound for low, length in zip(first, size, strict=True) for bound in (low, low + length - 1)])
    scalars = numpy_to_vtk(np.ascontiguousarray(values).ravel(), deep=True)
    scalars.SetName("ImageScalars")
    into.GetPointData().SetScalars(scalars)


def from_vtk(data: vtkImageData) -> NDArray[Any]:
    """A copy of the voxels, ``(slices, rows, columns)``."""
    return vtk_to_numpy(data.GetPointData().GetScalars()).reshape(data.GetDimensions()[::-1]).copy()
