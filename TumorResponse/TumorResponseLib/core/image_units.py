"""What the values of an image measure: SUV of a PET, HU of a CT. Never guessed from the values."""

from __future__ import annotations

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image

SUV_BODY_WEIGHT = "SUVbw"
SUV_LEAN_JANMA = "SUVlbm(Janma)"
SUV_LEAN_JAMES = "SUVlbm(James128)"
HOUNSFIELD = "HU"
SUV_UNITS = (SUV_BODY_WEIGHT, SUV_LEAN_JANMA, SUV_LEAN_JAMES)
"""Names as the DICOM codes 126401, 126405 and 126406 (DCM) have them; all in g/ml."""
KNOWN_UNITS = (*SUV_UNITS, HOUNSFIELD)


def known_units(text: str) -> str:
    """One of ``KNOWN_UNITS``, whatever the case of its letters; raises ValueError otherwise."""
    for units in KNOWN_UNITS:
        if text.lower() == units.lower():
            return units
    raise ValueError(f"it must be one of {', '.join(KNOWN_UNITS)}")


def require_suv(image: Image, role: str) -> None:
    """Raise StudyError unless the image of ``role`` is known to be in SUV."""
    if image.units not in SUV_UNITS:
        raise StudyError(
            f"The {role} image is not known to be in SUV; give DICOM PET, or name the units of a NIfTI or NRRD file in "
            f'study.json ("units_{role}": "{SUV_BODY_WEIGHT}").'
        )


def require_hounsfield(image: Image, role: str) -> None:
    """Raise StudyError unless the image of ``role`` is known to be in HU."""
    if image.units != HOUNSFIELD:
        raise StudyError(
            f"The {role} image is not known to be in HU; give DICOM CT, or name the units of a NIfTI or NRRD file in "
            f'study.json ("units_{role}": "{HOUNSFIELD}").'
        )
