"""Lesions on PET by click: a threshold method by name; a click takes uptake in, and a lesion out again."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.image_units import SUV_UNITS
from TumorResponseLib.core.pet.clicks import mask_with_lesion, mask_without_lesion, require_inside
from TumorResponseLib.core.pet.growing import Voxel
from TumorResponseLib.core.pet.thresholds import (
    BLOOD_POOL,
    LIVER,
    METHODS,
    OF_MAXIMUM,
    ReferenceRegion,
    Threshold,
    ball,
    cylinder,
    reference_region,
    threshold_of,
)

FIRST_SUV = 4.0
"""A common fixed threshold; the user sets another one."""


def shows_lesions(image: Image | None) -> bool:
    """Whether the image is a PET volume in SUV, on which lesions can be clicked."""
    return image is not None and image.units in SUV_UNITS and len(image.spatial_shape) == 3


@dataclass(frozen=True)
class LesionTool:
    """What a click on a PET does; a new one for each change of its settings.

    Attributes:
        method: one of ``METHODS``.
        suv: of the methods that need a number.
        region: healthy tissue that was measured, for the methods that need it.
    """

    method: str = OF_MAXIMUM
    suv: float = FIRST_SUV
    region: ReferenceRegion | None = None

    @property
    def needs_region(self) -> bool:
        """Whether healthy tissue must be measured by a click first."""
        return self.method in (LIVER, BLOOD_POOL) and (self.region is None or self.region.organ != self.method)

    @property
    def threshold(self) -> Threshold:
        """The threshold that the settings give.

        Raises:
            UsageError: the method lacks its region, or the SUV is not positive.
        """
        return threshold_of(self.method, self.suv, self.region)

    def with_settings(self, method: str, suv: float) -> LesionTool:
        """Another method or SUV; a region that was measured stays.

        Raises:
            UsageError: there is no such method, or the SUV is not positive.
        """
        if method not in METHODS:
            raise UsageError(f"There is no threshold method {method!r}; take one of {', '.join(METHODS)}.")
        threshold_of(OF_MAXIMUM, suv)
        return replace(self, method=method, suv=suv)

    def measured(self, pet: Image, click: Voxel) -> LesionTool:
        """The tool with healthy tissue measured at a click, as its method has it: a sphere in the liver, or the aorta.

        Raises:
            UsageError: the method needs no region, the image is no PET in SUV, or the region reaches beyond the scan.
        """
        _require_pet(pet)
        require_inside(click, pet.pixels)
        shapes = {LIVER: ball, BLOOD_POOL: cylinder}
        if self.method not in shapes:
            raise UsageError(f"The threshold method {self.method!r} needs no region; click on a lesion.")
        region = shapes[self.method](pet.pixels.shape, pet.spacing_mm, click)
        return replace(self, region=reference_region(pet.pixels, region, self.method))

    def clicked(self, mask: MaskArray | None, pet: Image, click: Voxel) -> MaskArray:
        """The mask after a click: without the lesion there, or with it where there was none.

        Args:
            mask: the present outline; None for none.
            pet: in SUV.
            click: array index.

        Raises:
            UsageError: the image is no PET in SUV, the click lies outside of it, or nothing there is active enough.
        """
        _require_pet(pet)
        present = np.zeros(pet.pixels.shape, dtype=np.bool_) if mask is None else mask
        require_inside(click, present)
        if present[click]:
            return mask_without_lesion(present, click)
        return mask_with_lesion(present, pet.pixels, pet.spacing_mm, self.threshold, click)


def _require_pet(image: Image) -> None:
    if not shows_lesions(image):
        raise UsageError("Lesions are clicked on a PET volume in SUV; this image is none.")
