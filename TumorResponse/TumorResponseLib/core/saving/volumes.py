"""Arrays as volume files on an image's grid."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.image import Image, PixelArray
from TumorResponseLib.core.saving.aside import written_aside

EXTENSIONS = (".nrrd", ".nii.gz", ".nii", ".mha")
NO_SPACING_NOTE = "The image states no spacing; 1 stands for one pixel."


def write_volume(array: PixelArray, image: Image, path: Path) -> None:
    """Write values on an image's grid, compressed.

    A 2-D array becomes a volume of one slice, 1 mm thick. Without spacing the file counts in pixels: a NRRD says so
    in ``space units``, by which the loader knows it again; the other formats can only note it.

    Args:
        array: the image's shape; of a cine, frames lie one behind the other, 1 apart. Truth values are written as 0
            and 1.
        image: gives spacing and place in the patient.
        path: ``.nrrd``, ``.nii.gz``, ``.nii`` or ``.mha``.

    Raises:
        UsageError: another extension.
        TumorResponseError: the file cannot be written.
    """
    if not path.name.lower().endswith(EXTENSIONS):
        raise UsageError(f"Volumes are not written as {path.name}; name a file with one of {', '.join(EXTENSIONS)}.")
    volume = itk_volume(array, image)
    if image.spacing is None:
        volume.SetMetaData("ITK_FileNotes", NO_SPACING_NOTE)
    write_itk(volume, path, in_mm=image.spacing is not None)


def itk_volume(array: PixelArray, image: Image) -> sitk.Image:
    """The array as an ITK volume of three axes with the image's geometry; 1 mm where it has none."""
    values = np.asarray(array, dtype=np.uint8) if array.dtype == np.bool_ else array
    spatial = image.spacing.mm if image.spacing else (1.0,) * len(image.spatial_shape)
    volume = sitk.GetImageFromArray(values.reshape((1,) * (3 - values.ndim) + values.shape))
    volume.SetSpacing(((1.0,) * (3 - len(spatial)) + spatial)[::-1])
    volume.SetOrigin(image.frame.origin)
    volume.SetDirection([cosine for row in image.frame.directions for cosine in row])
    return volume


def write_itk(volume: sitk.Image, path: Path, *, in_mm: bool) -> None:
    """Write an ITK volume, compressed; of a NRRD that is not in mm the header says so."""
    with written_aside(path) as temporary:
        sitk.WriteImage(volume, str(temporary), useCompression=True)
        if not in_mm and path.suffix.lower() == ".nrrd":
            _count_in_pixels(temporary)


def _count_in_pixels(path: Path) -> None:
    """Add the header line that ITK does not write."""
    content = path.read_bytes()
    header, gap, pixels = content.partition(b"\n\n")
    header = re.sub(rb"(\nspace directions:.*)", rb'\1\nspace units: "pixel" "pixel" "pixel"', header, count=1)
    path.write_bytes(header + gap + pixels)
