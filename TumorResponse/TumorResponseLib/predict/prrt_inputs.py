"""PET, CT and the lesions' mask in, volumes on one mm grid out: what comes before the PRRT networks, alike in training.

Other modalities come in the same way: research reads MR beside PET and CT of sarcoma patients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from TumorResponseLib.core.box import Box, bounding_box
from TumorResponseLib.core.crop import CropGrid
from TumorResponseLib.core.errors import MaskError
from TumorResponseLib.core.fusion_grid import Grid, covered, mask_onto_grid, onto_grid, require_one_frame
from TumorResponseLib.core.image import Image, MaskArray, require_same_grid
from TumorResponseLib.core.image_units import require_hounsfield, require_suv
from TumorResponseLib.core.rings import make_rings
from TumorResponseLib.core.study import Study

PET, CT = "pet", "ct"
"""Roles of the images that PRRT-PFS reads."""

SAMPLES = (40, 48, 56)
STEP_MM = 4.0
"""A field of 160 x 192 x 224 mm: liver and mesentery."""

TISSUES = ("hot", "lesion")
"""What the networks pool over: the hottest quarter of each lesion, which the PET's blur spares, and all of it."""

HOT_SHARE = 0.25
TOUCHING = np.ones((3, 3, 3), dtype=np.int8)
"""Voxels that touch at a corner are of one lesion."""

SMOOTHED_STEPS = 3
"""How far smoothing and interpolation before sampling reach, in steps of the coarser grid."""

AIR_BELOW: Mapping[str, float] = {CT: -300.0, "mr": 20.0}
"""HU; MR outside of the field of view is 0."""


@dataclass(frozen=True)
class Scale:
    """How the values of an image become numbers about 0: what a usual lesion shows, and by how much lesions differ.

    Attributes:
        low, high: values are cut there.
        centre: becomes 0.
        unit: becomes 1.
        logarithmic: the logarithm is taken of value and centre.
        background: what stands where the image was not measured.
    """

    low: float
    high: float
    centre: float
    unit: float
    logarithmic: bool
    background: float

    def __call__(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """The values as a network takes them."""
        cut = np.clip(values, self.low, self.high)
        centre = self.centre
        if self.logarithmic:
            cut, centre = np.log(cut), float(np.log(centre))
        return ((cut - np.float32(centre)) / np.float32(self.unit)).astype(np.float32)


SCALES: Mapping[str, Scale] = {
    PET: Scale(0.1, 100.0, 10.0, 0.5, logarithmic=True, background=0.0),
    CT: Scale(-150.0, 250.0, 75.0, 25.0, logarithmic=False, background=-1000.0),
    "mr": Scale(0.0, 3000.0, 500.0, 300.0, logarithmic=False, background=0.0),
}
"""By role: SUV; HU; MR on which fat is about 1000."""


@dataclass(frozen=True)
class LesionInputs:
    """What the networks see of one patient, on ``STEP_MM``.

    Attributes:
        grid: where it lies in the PET (in the image that carries the mask).
        images: by role, ``(1, 40, 48, 56)``.
        tissues: ``TISSUES``, ``(2, 40, 48, 56)`` of 0 and 1; of more where bands were asked for.
        lesions_in_field: share of the lesions' voxels that the field holds.
        coverage: by role, share of the lesion in the field that the image shows.
    """

    grid: CropGrid
    images: dict[str, NDArray[np.float32]]
    tissues: NDArray[np.float32]
    lesions_in_field: float
    coverage: dict[str, float]


def inputs_of(study: Study, tumour: MaskArray) -> LesionInputs:
    """What the networks of PRRT-PFS see of a study.

    Args:
        study: with a PET in SUV and a CT in HU in one frame of reference.
        tumour: the lesions, on the PET's grid.

    Raises:
        StudyError: an image is missing, not in its units, no volume, or of another examination.
        SpacingError: an image has no spacing.
        MaskError: the mask is empty, of another image, or too small.
    """
    pet, ct = study.image(PET), study.image(CT)
    require_suv(pet, PET)
    require_hounsfield(ct, CT)
    return lesion_inputs({PET: pet, CT: ct}, tumour)


def lesion_inputs(images: Mapping[str, Image], tumour: MaskArray, bands_mm: tuple[float, ...] = ()) -> LesionInputs:
    """Sample images and lesions around the lesions.

    Args:
        images: by role, of ``SCALES``; the first one is the PET, which carries the mask.
        tumour: ``(slices, rows, columns)``.
        bands_mm: outer distances of further tissues around the lesions; air and what an image does not show is left
            out of them.

    Raises:
        StudyError, SpacingError, MaskError: as ``inputs_of``.
    """
    role, pet = next(iter(images.items()))
    grids = {name: Grid.of(image) for name, image in images.items()}
    require_one_frame(grids)
    require_same_grid(tumour, pet, f"tumour mask on the {role} image")
    crop = field_around(tumour, pet.spacing_mm)
    field = field_in_patient(crop, grids[role])
    lesion = _sampled_mask(tumour, grids[role], field)
    if not lesion.any():
        raise MaskError(
            f"The lesions are smaller than the {STEP_MM:g} mm at which the networks look; outline whole lesions."
        )
    sampled = {name: _sampled(image, field, SCALES[name].background) for name, image in images.items()}
    shown = {name: covered(own, field) for name, own in grids.items()}
    tissues = [hottest(lesion, sampled[role]), lesion]
    if bands_mm:
        tissues += _bands(lesion, bands_mm, _tissue(sampled, shown))
    return LesionInputs(
        grid=crop,
        images={name: SCALES[name](values)[None] for name, values in sampled.items()},
        tissues=np.stack(tissues).astype(np.float32),
        lesions_in_field=_share_in_field(tumour, crop),
        coverage={name: float(inside[lesion].mean()) for name, inside in shown.items()},
    )


def field_around(tumour: MaskArray, spacing_mm: tuple[float, ...]) -> CropGrid:
    """The field, in the middle of all lesions; of the largest where they lie farther apart than it reaches.

    Raises:
        MaskError: the mask is empty.
        SpacingError: it is not 3-D.
    """
    around = CropGrid.around(tumour, spacing_mm, SAMPLES, STEP_MM)
    box = bounding_box(tumour)
    if all(size * step <= reach for size, step, reach in zip(box.shape, spacing_mm, around.field_mm, strict=True)):
        return around
    parts, _ = label(tumour, structure=TOUCHING)
    largest = int(np.bincount(parts[tumour]).argmax())
    return CropGrid.around(parts == largest, spacing_mm, SAMPLES, STEP_MM)


def field_in_patient(crop: CropGrid, own: Grid) -> Grid:
    """Where the samples of a crop of an image with the grid ``own`` lie in the patient."""
    first = np.array(crop.centre) - (np.array(crop.shape) - 1) / 2 * np.array(crop.pixels_a_step)
    x, y, z = (own.matrix @ first + np.array(own.frame.origin)).tolist()
    return Grid(crop.shape, crop.steps_mm, replace(own.frame, origin=(x, y, z)))


def hottest(lesion: MaskArray, uptake: NDArray[np.float32]) -> MaskArray:
    """The hottest ``HOT_SHARE`` of the voxels of each lesion, one at least."""
    parts, count = label(lesion, structure=TOUCHING)
    hot = np.zeros(lesion.shape, dtype=np.bool_)
    for number in range(1, count + 1):
        part = parts == number
        hot |= part & (uptake >= np.quantile(uptake[part], 1.0 - HOT_SHARE))
    return hot


def _sampled(image: Image, field: Grid, background: float) -> NDArray[np.float32]:
    own = Grid.of(image)
    box = _box_near(own, field)
    if box is None:
        return np.full(field.shape, background, dtype=np.float32)
    part = replace(image, pixels=image.pixels[box.slices], frame=_part(own, box).frame)
    return np.asarray(onto_grid(part, field, fill=background).pixels, dtype=np.float32)


def _sampled_mask(mask: MaskArray, own: Grid, field: Grid) -> MaskArray:
    box = _box_near(own, field)
    if box is None:
        return np.zeros(field.shape, dtype=np.bool_)
    return mask_onto_grid(mask[box.slices], _part(own, box), field)


def _box_near(own: Grid, field: Grid) -> Box | None:
    """The voxels that sampling touches, so that a whole body is not smoothed for a field; None where there are none."""
    corners = np.linalg.solve(own.matrix, (field.corners - np.array(own.frame.origin)).T)
    low, high = corners.min(axis=1), corners.max(axis=1)
    if (high <= -0.5).any() or (low >= np.array(own.shape) - 0.5).any():
        return None
    reach = SMOOTHED_STEPS * max(*field.spacing_mm, *own.spacing_mm) / np.array(own.spacing_mm)
    return Box(
        tuple(max(0, floor(first)) for first in low - reach),
        tuple(min(size, ceil(last) + 1) for last, size in zip(high + reach, own.shape, strict=True)),
    )


def _part(own: Grid, box: Box) -> Grid:
    x, y, z = (own.matrix @ np.array(box.start) + np.array(own.frame.origin)).tolist()
    return Grid(box.shape, own.spacing_mm, replace(own.frame, origin=(x, y, z)))


def _tissue(sampled: Mapping[str, NDArray[np.float32]], shown: Mapping[str, MaskArray]) -> MaskArray:
    """Where every image was measured and shows no air."""
    return np.logical_and.reduce(
        [shown[role] & (values > AIR_BELOW.get(role, -np.inf)) for role, values in sampled.items()]
    )


def _bands(lesion: MaskArray, outer_mm: tuple[float, ...], within: MaskArray) -> list[MaskArray]:
    rings = make_rings(lesion, (STEP_MM,) * lesion.ndim, outer_mm, within=within)
    return [rings.band(number) for number in range(1, len(outer_mm) + 1)]


def _share_in_field(tumour: MaskArray, crop: CropGrid) -> float:
    away_mm = np.abs(np.argwhere(tumour) - np.array(crop.centre)) * np.array(crop.spacing_mm)
    return float((away_mm <= np.array(crop.field_mm) / 2).all(axis=1).mean())
