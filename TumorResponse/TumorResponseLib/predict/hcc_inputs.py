"""Three MRI sequences in, the slices that the HCC network looks at out: what comes before it, alike in training."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from skimage.filters import threshold_otsu

from TumorResponseLib.core.box import bounding_box
from TumorResponseLib.core.crop import CropGrid, resample
from TumorResponseLib.core.errors import MaskError, StudyError
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.registration import Registration, onto_image
from TumorResponseLib.core.study import Study

T1_ROLE, T2_ROLE, CONTRAST_ROLE = ROLES = ("t1", "t2", "contrast")
"""T1-weighted and T2-weighted before, T1-weighted after contrast agent; in the order of the network's channels."""

SAMPLES = 96
STEP_MM = 0.45
"""In the slices; slices are taken as they were scanned."""

LEAST, MOST = 0.1, 10.0
"""Signals are cut here, as multiples of the body's usual one, before their logarithm is taken."""


@dataclass(frozen=True)
class Sequences:
    """A study's sequences on the grid of the image after contrast agent.

    Attributes:
        images: by role, in the order of ``ROLES``, without those that the study lacks.
        registrations: by role, of those that were registered.
    """

    images: dict[str, Image]
    registrations: dict[str, Registration]

    @property
    def contrast(self) -> Image:
        """The image whose grid all share."""
        return self.images[CONTRAST_ROLE]

    @property
    def missing(self) -> tuple[str, ...]:
        """Roles that the study lacks."""
        return tuple(role for role in ROLES if role not in self.images)


def sequences_of(study: Study) -> Sequences:
    """The study's sequences on one grid; see ``core.registration.onto_image``.

    Raises:
        StudyError: no image after contrast agent, no other sequence, an image that is no volume, or a registration
            that fails.
        SpacingError: an image carries no spacing.
    """
    found = {role: study.images[role] for role in ROLES if role in study.images}
    if CONTRAST_ROLE not in found:
        raise StudyError(
            f"HCC outlines and measures the image after contrast agent and {study.name} has none; name it "
            f"image_{CONTRAST_ROLE}."
        )
    if len(found) == 1:
        raise StudyError(
            f"HCC reads several MRI sequences and {study.name} has only the one after contrast agent; give a T1- or a "
            "T2-weighted one beside it."
        )
    flat = [role for role, image in found.items() if len(image.spatial_shape) != 3 or image.is_cine]
    if flat:
        raise StudyError(f"HCC reads volumes and the {flat[0]} image of {study.name} is none; give the whole series.")
    return Sequences(*onto_image(found, CONTRAST_ROLE, register=study.register))


class KeptSequences:
    """``sequences_of``, and the last study's kept, so that a corrected mask does not wait for another registration."""

    def __init__(self) -> None:
        self._kept: tuple[dict[str, Image], bool, Sequences] | None = None

    def of(self, study: Study) -> Sequences:
        """The study's sequences; raises as ``sequences_of``."""
        if self._kept is not None:
            images, register, sequences = self._kept
            same = images.keys() == study.images.keys() and all(images[role] is study.images[role] for role in images)
            if same and register == study.register:
                return sequences
        sequences = sequences_of(study)
        self._kept = (dict(study.images), study.register, sequences)
        return sequences


@dataclass(frozen=True)
class Slices:
    """What the network looks at.

    Attributes:
        grid: where the samples lie in the image after contrast agent.
        sequences: logarithms of the signal over the body's usual one, ``(slices, 3, 96, 96)``; 0 where there is none.
        tumour: ``(slices, 1, 96, 96)`` of 0 and 1.
        tumour_in_field: share of the tumour's voxels that the field holds; 1 without a tumour.
    """

    grid: CropGrid
    sequences: NDArray[np.float32]
    tumour: NDArray[np.float32]
    tumour_in_field: float

    @property
    def network_input(self) -> NDArray[np.float32]:
        """Sequences, then tumour, ``(slices, 4, 96, 96)``."""
        return np.concatenate([self.sequences, self.tumour], axis=1)


def whole_slices(sequences: Sequences) -> Slices:
    """Every slice, around the middle of the body; without a tumour."""
    image = sequences.contrast
    shape, (along, *_) = image.spatial_shape, image.spacing_mm
    body = _body(image)
    row, column = (body.min(axis=0) + body.max(axis=0)) / 2
    centre = ((shape[0] - 1) / 2, float(row), float(column))
    grid = _on_pixels(
        CropGrid(
            centre, (shape[0], SAMPLES, SAMPLES), (along, STEP_MM, STEP_MM), shape, tuple(map(float, image.spacing_mm))
        )
    )
    return Slices(grid, _channels(sequences, grid), np.zeros((shape[0], 1, SAMPLES, SAMPLES), np.float32), 1.0)


def tumour_slices(sequences: Sequences, tumour: MaskArray) -> Slices:
    """The slices that show the tumour, around its middle.

    Raises:
        MaskError: the mask is empty or too small to be sampled.
    """
    image = sequences.contrast
    spacing = tuple(map(float, image.spacing_mm))
    box = bounding_box(tumour)
    shape = (box.stop[0] - box.start[0], SAMPLES, SAMPLES)
    grid = _on_pixels(CropGrid.around(tumour, spacing, shape, (spacing[0], STEP_MM, STEP_MM), box))
    sampled = resample(tumour.astype(np.float32), grid) >= 0.5
    if not sampled.any():
        raise MaskError(
            f"The tumour mask is smaller than the {STEP_MM:g} mm at which the network looks; outline the whole tumour."
        )
    away_mm = np.abs(np.argwhere(tumour)[:, 1:] - np.array(grid.centre[1:])) * np.array(spacing[1:])
    in_field = float((away_mm <= SAMPLES * STEP_MM / 2).all(axis=1).mean())
    return Slices(grid, _channels(sequences, grid), sampled[:, None].astype(np.float32), in_field)


def _on_pixels(grid: CropGrid) -> CropGrid:
    """The grid moved by less than a pixel, so that its first sample lies on one: images of the grid's own step are then
    copied, where interpolation half-way between pixels would blur them.
    """
    first = np.array(grid.centre) - (np.array(grid.shape) - 1) / 2 * np.array(grid.pixels_a_step)
    return replace(grid, centre=tuple((np.array(grid.centre) + np.rint(first) - first).tolist()))


def body_extent_mm(image: Image) -> float:
    """How far the body reaches in the slices, along rows or columns, whichever is more."""
    body = _body(image)
    return float(((np.ptp(body, axis=0) + 1) * np.array(image.spacing_mm[1:])).max())


def _body(image: Image) -> NDArray[np.intp]:
    """Rows and columns where any slice is brighter than Otsu's threshold between air and body, ``(n, 2)``."""
    usual_signal(image)  # refuses an image without any contrast
    return np.argwhere((np.asarray(image.pixels) > threshold_otsu(np.asarray(image.pixels))).any(axis=0))


def _channels(sequences: Sequences, grid: CropGrid) -> NDArray[np.float32]:
    channels = np.zeros((grid.shape[0], len(ROLES), *grid.shape[1:]), dtype=np.float32)
    for role, image in sequences.images.items():
        channels[:, ROLES.index(role)] = _logarithms(resample(image.pixels, grid), usual_signal(image))
    return channels


def usual_signal(image: Image) -> float:
    """Median of the voxels that are brighter than Otsu's threshold between air and body.

    MRI has no units: each sequence is related to what most of the body gives in it.

    Raises:
        StudyError: the image is the same everywhere.
    """
    pixels = np.asarray(image.pixels)
    if pixels.min() == pixels.max():
        raise StudyError("An MRI sequence has the same value everywhere; give the image that was scanned.")
    return float(np.median(pixels[pixels > threshold_otsu(pixels)]))


def _logarithms(values: NDArray[np.float32], usual: float) -> NDArray[np.float32]:
    if usual <= 0:
        raise StudyError("An MRI sequence holds mostly negative values; give the magnitude image.")
    return np.asarray(np.log(np.clip(values / usual, LEAST, MOST)), dtype=np.float32)
