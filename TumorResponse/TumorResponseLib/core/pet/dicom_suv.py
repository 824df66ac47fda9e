"""SUV of a DICOM PET series, from its units, the patient and the dose; or one sentence that names what is missing.

After QIBA's SUV vendor-neutral pseudo-code (26 June 2018) and PS3.3 C.8.9.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import EnhancedPETImageStorage, LegacyConvertedEnhancedPETImageStorage

from TumorResponseLib.core.image import Image
from TumorResponseLib.core.image_units import SUV_BODY_WEIGHT, SUV_LEAN_JAMES, SUV_LEAN_JANMA
from TumorResponseLib.core.loading.loaded import LoadedImage
from TumorResponseLib.core.pet.decay import ITEM, decay_seconds
from TumorResponseLib.core.pet.fields import PHILIPS_ACTIVITY_FACTOR, PHILIPS_SUV_FACTOR, PetFields, read_pet_fields
from TumorResponseLib.core.pet.suv import FEMALE, MALE, Body, normalising_mass_g, suv_factor

BECQUEREL, COUNTS, GRAMS = "BQML", "CNTS", "GML"
SUV_TYPES = {"": SUV_BODY_WEIGHT, "BW": SUV_BODY_WEIGHT, "LBMJANMA": SUV_LEAN_JANMA, "LBMJAMES128": SUV_LEAN_JAMES}
"""SUV Type (0054,1006) of images in g/ml; absent means body weight. Plain LBM does not tell its formula."""
ENHANCED = (EnhancedPETImageStorage, LegacyConvertedEnhancedPETImageStorage)

WEIGHT_KG = (0.3, 500.0)
HEIGHT_M = (0.2, 2.6)
DOSE_BQ = (1e6, 2e10)
"""Below, the dose was written in MBq; above lies no diagnostic dose."""
HALF_LIFE_S = (60.0, 1e6)
"""From Rb-82 (75 s) to I-124 (4.2 days), with room."""


def dicom_in_suv(loaded: LoadedImage, units: str = SUV_BODY_WEIGHT) -> LoadedImage:
    """The image of a DICOM PET series in SUV.

    Args:
        loaded: from ``read_dicom``, with its files: rescaled by slope and intercept, slice by slice.
        units: one of ``SUV_UNITS``.

    Returns:
        Float32 pixels of the same shape, and ``units`` with them.

    Raises:
        StudyError: a field is missing or impossible; the sentence names it and the file.
    """
    slices = [read_pet_fields(file.path) for file in loaded.files]
    factors = suv_factors(slices, units)
    pixels = loaded.image.pixels.astype(np.float32, copy=False)
    if len(set(factors)) == 1:
        values = pixels * np.float32(factors[0])
    else:
        values = pixels * _in_order(factors, slices, loaded.image)[:, np.newaxis, np.newaxis]
    return replace(loaded, image=replace(loaded.image, pixels=values, units=units))


def suv_factors(slices: Sequence[PetFields], units: str = SUV_BODY_WEIGHT) -> list[float]:
    """What each slice's rescaled values are multiplied by to give ``units``.

    Raises:
        StudyError: a field is missing or impossible.
    """
    first = slices[0]
    _require_corrected_pet(slices)
    stored = first.required_text("Units")
    for fields in slices:
        if fields.text("Units") != stored:
            raise fields.refused("Units", "differs from the other slices'; export the series again")
    if stored == BECQUEREL:
        return _of_activity(slices, units)
    if stored == GRAMS:
        return [_between_units(first, _stored_suv_type(fields), units) for fields in slices]
    if stored == COUNTS:
        return _of_counts(slices, units)
    raise first.refused("Units", f"is {stored}, which gives no SUV; give {BECQUEREL}, {GRAMS} or Philips {COUNTS}")


def _require_corrected_pet(slices: Sequence[PetFields]) -> None:
    for fields in slices:
        if fields.text("SOPClassUID") in ENHANCED:
            raise fields.refused(
                "SOPClassUID", "is enhanced PET, whose SUV is not supported; export it as single slices"
            )
        modality = fields.text("Modality")
        if modality != "PT":
            raise fields.refused("Modality", f"is {modality or 'empty'}, not PT; give a PET series")
        corrections = [str(value).strip().upper() for value in fields.values("CorrectedImage")]
        if not corrections:
            raise fields.missing("CorrectedImage")
        if "ATTN" not in corrections:
            raise fields.refused(
                "CorrectedImage", "lacks ATTN: no attenuation correction, no SUV; give the corrected series"
            )


def _of_activity(slices: Sequence[PetFields], units: str) -> list[float]:
    first = slices[0]
    dose = first.item(ITEM)
    dose_bq = dose.number_between("RadionuclideTotalDose", *DOSE_BQ, "Bq")
    half_life_s = dose.number_between("RadionuclideHalfLife", *HALF_LIFE_S, "s")
    mass_g = _mass_g(first, units)
    return [suv_factor(mass_g, dose_bq, seconds, half_life_s) for seconds in decay_seconds(slices, half_life_s)]


def _of_counts(slices: Sequence[PetFields], units: str) -> list[float]:
    """Counts of Philips scanners: their factor to SUVbw or, without it, the one to Bq/ml."""
    to_suv = [fields.private_factor(PHILIPS_SUV_FACTOR) for fields in slices]
    if all(factor is not None for factor in to_suv):
        between = _between_units(slices[0], SUV_BODY_WEIGHT, units)
        return [factor * between for factor in to_suv if factor is not None]
    to_activity = [fields.private_factor(PHILIPS_ACTIVITY_FACTOR) for fields in slices]
    if None in to_activity:
        raise slices[to_activity.index(None)].refused(
            "Units",
            "is CNTS, and neither Philips' SUV factor (7053,xx00) nor its activity factor (7053,xx09) is there; "
            "export the series with private fields or in BQML",
        )
    of_activity = _of_activity(slices, units)
    return [factor * onwards for factor, onwards in zip(to_activity, of_activity, strict=True) if factor is not None]


def _stored_suv_type(fields: PetFields) -> str:
    suv_type = fields.text("SUVType")
    if suv_type not in SUV_TYPES:
        known = ", ".join(name for name in SUV_TYPES if name)
        raise fields.refused("SUVType", f"is {suv_type}, which is not supported; give one of {known}")
    return SUV_TYPES[suv_type]


def _between_units(fields: PetFields, stored: str, units: str) -> float:
    return 1.0 if stored == units else _mass_g(fields, units) / _mass_g(fields, stored)


def _mass_g(fields: PetFields, units: str) -> float:
    weight_kg = fields.number_between("PatientWeight", *WEIGHT_KG, "kg")
    if units == SUV_BODY_WEIGHT:
        return normalising_mass_g(Body(weight_kg), units)
    height_m = fields.number_between("PatientSize", *HEIGHT_M, "m")
    sex = fields.required_text("PatientSex")
    if sex not in (MALE, FEMALE):
        raise fields.refused("PatientSex", f"is {sex}, for which {units} is not defined; ask for {SUV_BODY_WEIGHT}")
    return normalising_mass_g(Body(weight_kg, height_m, sex), units)


def _in_order(factors: list[float], slices: Sequence[PetFields], image: Image) -> NDArray[np.float32]:
    """The factors in the order of the image's slices, which lie along its normal."""
    normal = np.array(image.frame.directions)[:, 2]
    places = np.array([[float(number) for number in fields.values("ImagePositionPatient")] for fields in slices])
    return np.array(factors, dtype=np.float32)[np.argsort(places @ normal, kind="stable")]
