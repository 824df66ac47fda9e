"""Laboratory values of the virtual cohort ``prrt-pfs``, by the names and in the units of ``core.laboratory.panel``."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

import numpy as np

from TumorResponseLib.core.laboratory.panel import ANALYTES
from TumorResponseLib.research.cohorts.prrt_biology import VirtualPatient


@dataclass(frozen=True)
class Course:
    """How a value comes about; its logarithm is a sum.

    Attributes:
        median: in the panel's unit.
        laboratory: per unit of the laboratory state.
        burden: per unit of burden.
        liver: per unit of what the liver values of a patient have in common, which says nothing of the outcome.
        spread: standard deviation of what is left.
        decimals: as laboratories report it.
        missing: chance that nobody asked for it.
    """

    median: float
    laboratory: float
    burden: float
    liver: float
    spread: float
    decimals: int
    missing: float


COURSES: dict[str, Course] = {
    "chromogranin_a": Course(180.0, 0.95, 0.5, 0.0, 0.6, 0, 0.04),
    "gamma_gt": Course(48.0, 0.45, 0.1, 0.3, 0.35, 0, 0.03),
    "alkaline_phosphatase": Course(95.0, 0.12, 0.08, 0.2, 0.22, 0, 0.04),
    "ast": Course(28.0, 0.0, 0.05, 0.25, 0.2, 0, 0.03),
    "alt": Course(26.0, 0.0, 0.0, 0.3, 0.3, 0, 0.03),
    "ldh": Course(195.0, 0.0, 0.06, 0.05, 0.15, 0, 0.10),
    "bilirubin": Course(9.0, 0.0, 0.0, 0.15, 0.35, 1, 0.05),
    "albumin": Course(41.0, -0.03, -0.01, -0.02, 0.06, 1, 0.12),
    "creatinine": Course(78.0, 0.0, 0.0, 0.0, 0.22, 0, 0.01),
    "crp": Course(3.0, 0.1, 0.15, 0.1, 0.9, 1, 0.06),
    "haemoglobin": Course(132.0, 0.0, -0.02, 0.0, 0.1, 0, 0.01),
    "leukocytes": Course(6.6, 0.0, 0.0, 0.0, 0.27, 1, 0.01),
    "thrombocytes": Course(240.0, 0.0, 0.0, -0.05, 0.25, 0, 0.01),
}


def draw_laboratory(patient: VirtualPatient, rng: np.random.Generator) -> dict[str, float]:
    """The patient's values before therapy; missing ones are left out."""
    liver = float(rng.standard_normal())
    values = {}
    for name, course in COURSES.items():
        noise, asked = float(rng.standard_normal()), float(rng.random())
        logarithm = course.laboratory * patient.laboratory + course.burden * patient.burden + course.liver * liver
        low, high = ANALYTES[name].possible
        value = float(np.clip(course.median * exp(logarithm + course.spread * noise), low, high))
        if asked >= course.missing:
            values[name] = round(value, course.decimals)
    return values
