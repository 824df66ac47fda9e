"""The standardised uptake value: activity concentration over what would be there if the dose were spread evenly.

SUV = concentration [Bq/ml] x mass [g] / dose at the time that the concentration stands for [Bq], with the mass of the
whole body (SUVbw) or of the lean body (SUVlbm, also called SUL). Definitions: QIBA FDG-PET/CT profile; EANM procedure
guidelines 2.0 (Boellaard et al., Eur J Nucl Med Mol Imaging 42 (2015) 328).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1, log

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image_units import SUV_BODY_WEIGHT, SUV_LEAN_JAMES, SUV_LEAN_JANMA

MALE, FEMALE = "M", "F"


@dataclass(frozen=True)
class Body:
    """What SUV is normalised by.

    Attributes:
        weight_kg: of the whole body.
        height_m: needed for the lean body mass only.
        sex: ``M`` or ``F``, for the lean body mass only.
    """

    weight_kg: float
    height_m: float = 0.0
    sex: str = ""


def lean_mass_janmahasatian(body: Body) -> float:
    """Lean body mass in kg: Janmahasatian et al., Clin Pharmacokinet 44 (2005) 1051.

    The formula that Tahari et al. (J Nucl Med 55 (2014) 1481) and EANM 2.0 advise for SUL, since James's breaks down
    in the very obese.
    """
    index = body.weight_kg / body.height_m**2
    denominator = 6680 + 216 * index if body.sex == MALE else 8780 + 244 * index
    return 9270 * body.weight_kg / denominator


def lean_mass_james(body: Body) -> float:
    """Lean body mass in kg: James, Research on Obesity (HMSO 1976); 128 for men, as DICOM's LBMJAMES128 has it.

    Raises:
        StudyError: the patient is so obese that the formula gives nothing.
    """
    ratio = body.weight_kg / (100 * body.height_m)
    mass = 1.10 * body.weight_kg - 128 * ratio**2 if body.sex == MALE else 1.07 * body.weight_kg - 148 * ratio**2
    if mass <= 0:
        raise StudyError(
            f"James's formula gives no lean body mass for {body.weight_kg:g} kg and {body.height_m:g} m; "
            f"ask for {SUV_LEAN_JANMA} or {SUV_BODY_WEIGHT}."
        )
    return mass


def normalising_mass_g(body: Body, units: str) -> float:
    """The mass in g that ``units`` (one of ``SUV_UNITS``) normalise by."""
    if units == SUV_LEAN_JANMA:
        return 1000 * lean_mass_janmahasatian(body)
    if units == SUV_LEAN_JAMES:
        return 1000 * lean_mass_james(body)
    return 1000 * body.weight_kg


def remaining_share(seconds: float, half_life_s: float) -> float:
    """The share of an activity that is left after ``seconds``."""
    return float(2.0 ** (-seconds / half_life_s))


def suv_factor(mass_g: float, dose_bq: float, decay_s: float, half_life_s: float) -> float:
    """What Bq/ml is multiplied by to give SUV.

    Args:
        mass_g: from ``normalising_mass_g``.
        dose_bq: injected, as measured at the time of injection.
        decay_s: from the injection to the moment that the image's activities stand for.
        half_life_s: of the radionuclide.
    """
    return mass_g / (dose_bq * remaining_share(decay_s, half_life_s))


def mean_activity_delay_s(duration_s: float, half_life_s: float) -> float:
    """Seconds from the start of a frame until the activity equals its mean over the frame (PS3.3 C.8.9.4.1.5)."""
    decayed = log(2) / half_life_s * duration_s
    if decayed < 1e-6:
        return duration_s / 2
    return log(decayed / -expm1(-decayed)) * half_life_s / log(2)
