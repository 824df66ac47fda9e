"""The biology of the virtual cohort ``prrt-pfs``: how progression hangs on what is measured before therapy.

A patient has independent standard normal states. Two of them matter, and add up to the chance of progression within a
year,

    logit(p) = intercept + a_laboratory l + a_mismatch m,        m = (c - u) / sqrt(2),

and the rest is nuisance:

* ``l``, secretion and liver damage: raises chromogranin A, gamma-GT and alkaline phosphatase, lowers albumin;
* ``m``, the mismatch: lesions that are well perfused on CT and yet take up little tracer have lost their receptors.
  What CT shows is ``C = sqrt(s) b + sqrt(1 - s) c`` and what PET shows is ``P = sqrt(s) b + sqrt(1 - s) u``: blood
  supply ``b`` brings contrast agent and tracer alike (`SHARED` = s) and says nothing of the outcome, so that either
  image alone is read near chance, and only their difference tells;
* ``v``, burden: number and size of lesions, which raises chromogranin A too and says nothing else.

These are statements of this model, not findings. The coefficients follow from `ORACLE_AUC` by `solve_coefficients`.

Times are log-logistic: S(t) = 1 / (1 + e^logit(p) (t / 12)^SHAPE) with t in months, so that 1 - S(12) = p exactly. As
in the published study everybody is followed for a year at least; later, patients without progression are censored at
their last visit.

Patients are the points of one scrambled Sobol sequence: any first N of them are evenly spread, and patient k does not
depend on N. Nobody is chosen or relabelled afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import expit, ndtri
from scipy.stats.qmc import Sobol

from TumorResponseLib.research.cohorts.dlrs3_biology import solve_coefficients

HORIZON_MONTHS = 12.0

SHARED = 0.83
"""Share of the variance that PET and CT have in common."""

ORACLE_AUC = (0.67, 0.86)
"""AUC of a reader of the true states: of ``l`` alone, and of both."""

INTERCEPT = -0.98
"""A little over a third progress within a year; of the 116 patients of seed 2026 it is 42, as published."""

COEFFICIENTS = (0.96, 1.7)
"""``solve_coefficients(ORACLE_AUC, INTERCEPT)`` rounded: of ``l`` and ``m``."""

SHAPE = 1.5
"""Of the log-logistic times; above 1 the hazard rises, then falls."""

FOLLOW_UP_MONTHS = (12.5, 48.0)

PLANNED_CYCLES, WEEKS_BETWEEN = 4, 8


@dataclass(frozen=True)
class VirtualPatient:
    """What is true of one patient before anything is measured.

    Attributes:
        index: place in the cohort, from 0.
        laboratory: state ``l``.
        perfusion: what CT shows, ``C``.
        uptake: what PET shows, ``P``.
        burden: state ``v``.
        shares: of ``logit(p)`` beside the intercept: of the laboratory state and of the mismatch.
        probability: true chance of progression within a year.
        progression_months: true time of progression.
        time_months: of progression, or of the last visit before it.
        event: whether progression was seen.
    """

    index: int
    laboratory: float
    perfusion: float
    uptake: float
    burden: float
    shares: tuple[float, float]
    probability: float
    progression_months: float
    time_months: float
    event: bool

    @property
    def response(self) -> int:
        """1 for progression within a year."""
        return int(self.progression_months <= HORIZON_MONTHS)

    @property
    def cycles(self) -> int:
        """Therapy cycles given: no more after progression. Known afterwards only, so that no model may use it."""
        reached = 1 + int(self.progression_months * 365.25 / 12 / 7 / WEEKS_BETWEEN)
        return min(PLANNED_CYCLES, reached)


def draw_patients(patients: int, seed: int) -> list[VirtualPatient]:
    """The first ``patients`` of the cohort that ``seed`` names."""
    if patients < 1:
        raise ValueError(f"A cohort has at least one patient, not {patients}.")
    sequence = Sobol(d=7, scramble=True, rng=np.random.default_rng(seed))
    points = np.clip(sequence.random_base2(int(patients - 1).bit_length())[:patients], 1e-6, 1 - 1e-6)
    laboratory, supply, own_ct, own_pet, burden = ndtri(points[:, :5]).T
    shares = np.column_stack([laboratory, (own_ct - own_pet) / sqrt(2.0)]) * np.array(COEFFICIENTS)
    log_odds = INTERCEPT + shares.sum(axis=1)
    # The same number decides on the label and the time: below p, progression comes within the year.
    spread = points[:, 5]
    months = HORIZON_MONTHS * (spread / (1.0 - spread) * np.exp(-log_odds)) ** (1.0 / SHAPE)
    first, last = FOLLOW_UP_MONTHS
    watched = first + (last - first) * points[:, 6]
    return [
        VirtualPatient(
            index=index,
            laboratory=float(laboratory[index]),
            perfusion=_seen(supply[index], own_ct[index]),
            uptake=_seen(supply[index], own_pet[index]),
            burden=float(burden[index]),
            shares=(float(shares[index, 0]), float(shares[index, 1])),
            probability=float(expit(log_odds[index])),
            progression_months=float(months[index]),
            time_months=float(min(months[index], watched[index])),
            event=bool(months[index] <= watched[index]),
        )
        for index in range(patients)
    ]


def true_survival(probability: float, months: float) -> float:
    """The chance of no progression up to ``months`` of a patient with this chance of progression within a year."""
    return 1.0 / (1.0 + probability / (1.0 - probability) * (months / HORIZON_MONTHS) ** SHAPE)


def coefficients() -> tuple[float, float]:
    """The coefficients that `ORACLE_AUC` and `INTERCEPT` ask for."""
    laboratory, mismatch = solve_coefficients(ORACLE_AUC, INTERCEPT)
    return float(laboratory), float(mismatch)


def _seen(shared: float, own: float) -> float:
    return sqrt(SHARED) * float(shared) + sqrt(1.0 - SHARED) * float(own)
