"""Mask files of each kind, and the images that they lie on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from PIL import Image as Pillow

from TumorResponseLib.core.image import Frame, Image, Spacing

BLOB = np.zeros((12, 17), dtype=bool)
BLOB[3:8, 5:11] = True
PICTURE = Image(np.zeros((12, 17), np.uint8))

LABELS = np.zeros((6, 7, 8), dtype=np.uint8)
LABELS[1:3, 2:5, 3:6] = 1
LABELS[3:5, 2:5, 3:6] = 4
TURN = sitk.Euler3DTransform((0, 0, 0), 0.3, -0.2, 0.5).GetMatrix()
ORIGIN = (-12.5, 30.25, 100.0)
ANYWHERE = Image(
    np.zeros(LABELS.shape, np.int16),
    Spacing((2.5, 0.7, 0.5), "NRRD header"),
    Frame(ORIGIN, (TURN[0:3], TURN[3:6], TURN[6:9])),
)


def picture(path: Path, pixels: NDArray[np.generic]) -> Path:
    Pillow.fromarray(pixels).save(path)
    return path


def label_map(
    path: Path,
    labels: NDArray[np.generic] = LABELS,
    first: tuple[int, int, int] = (0, 0, 0),
    spacing: tuple[float, float, float] = (0.5, 0.7, 2.5),
    direction: tuple[float, ...] = TURN,
    fields: dict[str, str] | None = None,
) -> Path:
    """``labels`` on the grid of ``ANYWHERE``, its first voxel at index ``first`` (x, y, z)."""
    image = sitk.GetImageFromArray(labels, isVector=labels.ndim == 4)
    image.SetSpacing(spacing)
    image.SetDirection(direction)
    offset = np.array(TURN).reshape(3, 3) @ (np.array(first) * (0.5, 0.7, 2.5))
    image.SetOrigin(tuple(np.array(ORIGIN) + offset))
    for key, value in (fields or {}).items():
        image.SetMetaData(key, value)
    sitk.WriteImage(image, str(path), useCompression=True)
    return path


def segments(*described: tuple[str, int, int]) -> dict[str, str]:
    """Header fields of a Slicer segmentation: name, label value and layer of each segment."""
    fields: dict[str, str] = {}
    for number, (name, value, layer) in enumerate(described):
        fields |= {f"Segment{number}_ID": f"Segment_{number + 1}", f"Segment{number}_Name": name}
        fields |= {f"Segment{number}_LabelValue": str(value), f"Segment{number}_Layer": str(layer)}
    return fields
