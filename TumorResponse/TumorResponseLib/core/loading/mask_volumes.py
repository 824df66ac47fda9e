"""Masks in NIfTI, NRRD and MetaImage files, and Slicer's segmentations: placed by their geometry."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.errors import MaskError
from TumorResponseLib.core.image import Frame, Image, MaskArray
from TumorResponseLib.core.loading.masks import foreground
from TumorResponseLib.core.loading.volumes import VolumeFile, is_slicer_segmentation, read_volume_file

FILE_SOURCES = ("DICOM", "NIfTI", "NRRD", "MetaImage")
TOLERANCE = 1e-3
"""Relative to the spacing, and absolute for direction cosines; files store geometry in single precision."""
PLACE_TOLERANCE = 0.05
"""Of a voxel: how far a mask on the image's grid may lie beside it."""
DEFAULTS = (("LabelValue", "1"), ("Layer", "0"))
"""What Slicer means when a segment does not say its label value or layer."""


def mask_of_volume(path: Path, image: Image, label: int | None) -> MaskArray:
    """Read the mask; a Slicer segmentation may cover a part of the image's grid, a label map must cover it all.

    Raises:
        StudyError: the file is damaged.
        MaskError: geometry or values do not fit.
    """
    volume = read_volume_file(path)
    if is_slicer_segmentation(volume):
        chosen = _segment(volume, label, path.name)
        return _placed(chosen, _offset(volume, image, chosen.ndim, path.name), image, path.name)
    if volume.components != 1:
        raise MaskError(f"The mask {path.name} holds {volume.components} values a voxel; save it as one label map.")
    mask = foreground(volume.pixels, label, path.name)
    if mask.shape == image.spatial_shape:
        offset = _offset(volume, image, mask.ndim, path.name)
        if np.abs(offset).max() > PLACE_TOLERANCE:
            raise MaskError(
                f"The mask {path.name} lies {np.abs(offset).max():.2g} voxels beside its image; "
                "give a mask that was drawn on this image."
            )
    return mask


def _segment(volume: VolumeFile, label: int | None, name: str) -> MaskArray:
    """One segment of a Slicer segmentation; layers are the components of the volume."""
    layers = volume.pixels if volume.components > 1 else volume.pixels[..., np.newaxis]
    segments: list[tuple[str, int, int]] = []
    while f"Segment{len(segments)}_ID" in volume.metadata:
        prefix = f"Segment{len(segments)}_"
        value, layer = (volume.metadata.get(prefix + key, default) for key, default in DEFAULTS)
        if not value.isdecimal() or not layer.isdecimal():
            raise MaskError(f"The segmentation {name} describes its segments wrongly; export it again.")
        segments.append((volume.metadata.get(f"{prefix}Name", ""), int(value), int(layer)))
    if label is not None:
        wanted = [segment for segment in segments if segment[1] == label]
    else:
        named = [segment for segment in segments if segment[0].strip().lower() in ("tumour", "tumor")]
        wanted = segments if len(segments) == 1 else named
    if len(wanted) != 1 or wanted[0][2] >= layers.shape[-1]:
        listed = ", ".join(f"{value} ({segment})" for segment, value, _ in segments)
        raise MaskError(f"The segmentation {name} does not single out one segment; choose by label among {listed}.")
    _, wanted_value, wanted_layer = wanted[0]
    return foreground(layers[..., wanted_layer], wanted_value, name)


def _offset(volume: VolumeFile, image: Image, axes: int, name: str) -> NDArray[np.float64]:
    """Index of the mask's first voxel on the image's grid, in array order.

    Raises:
        MaskError: the grids differ in spacing or direction.
    """
    if axes != len(image.spatial_shape):
        raise MaskError(
            f"The mask {name} has {axes} axes and the image {len(image.spatial_shape)}; "
            "give a mask that was drawn on this image."
        )
    stated = volume.stated.mm if volume.stated is not None else (1.0,) * axes
    # A picture's spacing comes from the user: a mask that was saved with other numbers may still lie on its pixels.
    target_mm = image.spacing.mm if image.spacing and image.spacing.source.startswith(FILE_SOURCES) else stated
    if not np.allclose(stated, target_mm, rtol=TOLERANCE, atol=0):
        raise MaskError(
            f"The mask {name} has the spacing {_words(stated)} mm and the image {_words(target_mm)} mm; "
            "give a mask that was drawn on this image."
        )
    own, target = _directions(volume.frame), _directions(image.frame)
    if not np.allclose(own, target, atol=TOLERANCE):
        raise MaskError(f"The mask {name} is turned against its image; give a mask that was drawn on this image.")
    shift = np.array(volume.frame.origin) - np.array(image.frame.origin)
    along = (target.T @ shift)[::-1]
    return np.asarray(along[-axes:] / np.array(stated))


def _placed(part: MaskArray, offset: NDArray[np.float64], image: Image, name: str) -> MaskArray:
    """The part on the image's grid, each voxel at its nearest neighbour."""
    mask = np.zeros(image.spatial_shape, dtype=bool)
    indices = np.argwhere(part) + np.round(offset).astype(int)
    if ((indices < 0) | (indices >= mask.shape)).any():
        raise MaskError(f"The mask {name} reaches beyond its image; give a mask that was drawn on this image.")
    mask[tuple(indices.T)] = True
    return mask


def _directions(frame: Frame) -> NDArray[np.float64]:
    return np.array(frame.directions)


def _words(mm: tuple[float, ...]) -> str:
    return " x ".join(f"{step:.6g}" for step in mm)
