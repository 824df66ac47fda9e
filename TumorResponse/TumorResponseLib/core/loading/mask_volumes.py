"""Masks in NIfTI, NRRD and MetaImage files, and Slicer's segmentations: placed by their geometry."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.errors import MaskError
from TumorResponseLib.core.image import Frame, Image, MaskArray, Spacing
from TumorResponseLib.core.loading.loaded import require_sane_size
from TumorResponseLib.core.loading.masks import TUMOUR_ROLE, foreground, require_labels
from TumorResponseLib.core.loading.spacing import StatedSpacing, settle_spacing
from TumorResponseLib.core.loading.volumes import VolumeFile, is_slicer_segmentation, read_volume_file

FILE_SOURCES = ("DICOM", "NIfTI", "NRRD", "MetaImage")
TOLERANCE = 1e-3
"""Relative to the spacing, and absolute for direction cosines; files store geometry in single precision."""
PLACE_TOLERANCE = 0.05
"""Of a voxel: how far a mask on the image's grid may lie beside it."""
DEFAULTS = (("LabelValue", "1"), ("Layer", "0"))
"""What Slicer means when a segment does not say its label value or layer."""
OTHER_SPELLINGS = {TUMOUR_ROLE: "tumor"}
NUMBER = r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
REFERENCE_GEOMETRY = re.compile(rf"Reference image geometry\|((?:{NUMBER};){{16}})((?:-?\d+;){{6}})\|")
"""In ``Segmentation_ConversionParameters``: the 4 x 4 matrix from index to mm (RAS) by rows, then the extent."""


def mask_of_volume(path: Path, image: Image, role: str, label: int | None) -> MaskArray:
    """Read the mask; a Slicer segmentation may cover a part of the image's grid, a label map must cover it all.

    Raises:
        StudyError: the file is damaged.
        MaskError: geometry or values do not fit.
    """
    volume = read_volume_file(path)
    mask = _inside(volume, role, label, path.name)
    if is_slicer_segmentation(volume):
        return _placed_in(volume, mask, image, path.name)
    if mask.shape == image.spatial_shape:
        offset = _offset(volume, image, mask.ndim, path.name)
        if np.abs(offset).max() > PLACE_TOLERANCE:
            raise MaskError(
                f"The mask {path.name} lies {np.abs(offset).max():.2g} voxels beside its image; "
                "give a mask that was drawn on this image."
            )
    return mask


def mask_of_volume_alone(path: Path, role: str, given: Spacing | None) -> tuple[MaskArray, Image]:
    """Read the mask with its grid; one cut to its segments is put back on the grid that its header describes.

    Raises:
        StudyError: the file is damaged.
        SpacingError: a spacing is not positive, or ``given`` does not fit the axes.
        MaskError: the values are no labels, no segment is the role's, or the header does not tell the whole grid.
    """
    volume = read_volume_file(path)
    mask, frame = _inside(volume, role, None, path.name), volume.frame
    if is_slicer_segmentation(volume) and (reference := _reference(volume, path.name)):
        mask = _placed_in(volume, mask, reference, path.name)
        frame = reference.frame
    spacing, _ = settle_spacing(volume.stated, given, mask.ndim, path.name)
    return mask, Image(mask, spacing, frame)


def _inside(volume: VolumeFile, role: str, label: int | None, name: str) -> MaskArray:
    """What a label map or a segmentation marks, on the file's own grid."""
    if is_slicer_segmentation(volume):
        return _segment(volume, role, label, name)
    if volume.components != 1:
        raise MaskError(f"The mask {name} holds {volume.components} values a voxel; save it as one label map.")
    return foreground(volume.pixels, label, name)


def _segment(volume: VolumeFile, role: str, label: int | None, name: str) -> MaskArray:
    """One segment of a Slicer segmentation; layers are the components of the volume."""
    layers = volume.pixels if volume.components > 1 else volume.pixels[..., np.newaxis]
    segments: list[tuple[str, int, int]] = []
    while f"Segment{len(segments)}_ID" in volume.metadata:
        prefix = f"Segment{len(segments)}_"
        value, layer = (volume.metadata.get(prefix + key, default) for key, default in DEFAULTS)
        if not value.isdecimal() or not layer.isdecimal() or int(layer) >= layers.shape[-1]:
            raise MaskError(f"The segmentation {name} describes its segments wrongly; export it again.")
        segments.append((volume.metadata.get(f"{prefix}Name", ""), int(value), int(layer)))
    if label is not None:
        wanted = [segment for segment in segments if segment[1] == label]
    else:
        spellings = (role.lower(), OTHER_SPELLINGS.get(role))
        named = [segment for segment in segments if segment[0].strip().lower() in spellings]
        wanted = named or segments
    if len(wanted) != 1:
        listed = ", ".join(segment or f"label {value}" for segment, value, _ in segments)
        raise MaskError(
            f"The segmentation {name} does not single out one segment as {role} among {listed}; "
            "save the one segment alone."
        )
    _, wanted_value, wanted_layer = wanted[0]
    require_labels(layers[..., wanted_layer], name)
    return np.asarray(layers[..., wanted_layer] == wanted_value)


def _reference(volume: VolumeFile, name: str) -> Image | None:
    """The grid of the image that was segmented; None when the file says nothing of another grid than its own."""
    described = REFERENCE_GEOMETRY.search(volume.metadata.get("Segmentation_ConversionParameters", ""))
    if described is None:
        if set(volume.metadata.get("Segmentation_ReferenceImageExtentOffset", "0").split()) - {"0"}:
            raise MaskError(
                f"The segmentation {name} is cut to its segments and does not say how large its image is; "
                "save it in Slicer without cropping."
            )
        return None
    matrix = np.array(described[1].split(";")[:-1], dtype=float).reshape(4, 4)
    extent = np.array(described[2].split(";")[:-1], dtype=int).reshape(3, 2)
    matrix[:2] *= -1  # Slicer counts to the right and the front (RAS), ITK to the left and the back (LPS)
    shape = tuple(int(length) for length in (extent[:, 1] - extent[:, 0] + 1)[::-1])
    require_sane_size(shape, name)
    steps = np.linalg.norm(matrix[:3, :3], axis=0)
    spacing = Spacing(tuple(steps[::-1].tolist()), "NRRD header")
    x, y, z = (matrix @ [*extent[:, 0], 1])[:3].tolist()
    i, j, k = (matrix[:3, :3] / steps).tolist()
    grid = Image(np.zeros(shape, dtype=bool), spacing, Frame((x, y, z), (tuple(i), tuple(j), tuple(k))))
    if shape[0] > 1:
        return grid
    # As of every volume of one slice, that axis is dropped.
    return Image(grid.pixels[0], Spacing(spacing.mm[1:], spacing.source), grid.frame)


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


def _placed_in(volume: VolumeFile, part: MaskArray, image: Image, name: str) -> MaskArray:
    """The part on the image's grid; one slice cut out of a volume is still a part of it."""
    if part.ndim == 2 and len(image.spatial_shape) == 3 and image.spacing is not None:
        stated = volume.stated and StatedSpacing((image.spacing.mm[0], *volume.stated.mm), volume.stated.source)
        volume, part = replace(volume, stated=stated), part[np.newaxis]
    return _placed(part, _offset(volume, image, part.ndim, name), image, name)


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
