"""What the values of a loaded image measure: SUV of DICOM PET, HU of DICOM CT, or what the study says of a file."""

from __future__ import annotations

from dataclasses import replace

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image_units import HOUNSFIELD, SUV_BODY_WEIGHT, SUV_UNITS
from TumorResponseLib.core.loading.loaded import LoadedImage

LARGEST_SUV = 5000.0
"""A whole dose in one litre of an 80 kg patient is SUV 80, and hot urine comes to hundreds; Bq/ml are thousands."""


def in_stated_units(loaded: LoadedImage, stated: str, role: str) -> LoadedImage:
    """The image with known units: converted where it is DICOM, believed where the study says so.

    Args:
        loaded: from ``load_image``.
        stated: what the study says, one of ``KNOWN_UNITS``, or ``""``: then DICOM PET comes in SUVbw, DICOM CT in HU,
            and any other image with units that are not known.
        role: of the image, for messages.

    Raises:
        StudyError: the DICOM fields do not allow it, or the values are not what the study says.
    """
    modality = loaded.image.modality
    if modality == "PT" and stated in ("", *SUV_UNITS):
        from TumorResponseLib.core.pet.dicom_suv import dicom_in_suv

        return dicom_in_suv(loaded, stated or SUV_BODY_WEIGHT)
    if modality == "CT" and stated in ("", HOUNSFIELD):
        from TumorResponseLib.core.hounsfield import dicom_in_hounsfield

        return dicom_in_hounsfield(loaded)
    if modality and stated:
        raise StudyError(
            f"The {role} image is DICOM of modality {modality} and cannot be in {stated}; correct units_{role}."
        )
    if stated in SUV_UNITS:
        _require_possible_suv(loaded, role)
    return replace(loaded, image=replace(loaded.image, units=stated))


def in_own_units(loaded: LoadedImage) -> LoadedImage:
    """Likewise for an image alone: where its DICOM fields do not allow it, it stays as stored, with a warning."""
    try:
        return in_stated_units(loaded, "", "image")
    except StudyError as error:
        return replace(
            loaded, warnings=(*loaded.warnings, f"{error} Until then its values are shown as they are stored.")
        )


def _require_possible_suv(loaded: LoadedImage, role: str) -> None:
    pixels = loaded.image.pixels
    largest = float(pixels.max())
    if largest > LARGEST_SUV or largest <= 0:
        raise StudyError(
            f"The {role} image is said to be in SUV, but its largest value is {largest:g}; convert it or correct "
            f"units_{role}."
        )
