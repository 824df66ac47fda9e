"""The biology of the virtual cohort ``hcc``: what therapy does to a rat's liver tumour, and why its size misleads.

A rat is given one of four therapies (`ARMS`) for three weeks. Two states say how well it works, normal numbers about
the means of its arm (`KILLING`, `SUICIDE`):

* killing ``k`` lowers the viability, the share of the tumour that is alive: V = expit(0.15 - 0.95 k);
* suicide ``s`` raises the apoptosis, the share of dying cells in what is alive: A = 0.11 expit(1.1 s - 0.1).

They alone make the chance of response; an arm acts through them and through nothing else:

    logit(p) = INTERCEPT + STEEPNESS (0.8 k + 0.6 s),      response ~ Bernoulli(p).

Over the weeks, viability and apoptosis move from what they are before therapy to V and A (`COURSE`). The diameter does
not: dead tissue is cleared slowly, growth differs from tumour to tumour, and in half of the rats given NK cells whose
killing is above average, immune cells swell the tumour: pseudo-progression, it grows while its viability falls. A
change of size alone is hence read at an AUROC of about 0.66, the states at 0.96.

Histology is what a stain of the last week's tumour would say: the truth with the error of counting, of standard
deviation `VIABILITY_NOISE` and `APOPTOSIS_NOISE`, clipped to the possible. These are near the RMSE that the published
study reports for MRI against histology (0.1069 for H&E, 0.013 for TUNEL; Diagnostics 15:2844, 2025: context, not a
fact of this model). Signs and sizes of all effects are statements of this model, not findings.

Rats are the points of one scrambled Sobol sequence: any first N of them are evenly spread, and rat k does not depend on
N. Nobody is chosen or relabelled afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri
from scipy.stats.qmc import Sobol

from TumorResponseLib.core.errors import UsageError

CONTROL, SORAFENIB, NK_CELLS, BOTH = ARMS = ("control", "sorafenib", "nk-cells", "sorafenib+nk-cells")
KILLING = (-0.9, 0.0, 0.1, 0.8)
SUICIDE = (-0.8, -0.1, 0.2, 0.7)
"""Means of the states by arm; about them the standard deviation is `WITHIN_ARM`."""
WITHIN_ARM = 0.8

INTERCEPT, STEEPNESS = -0.2, 4.2

WEEKS = (0, 1, 2, 3)
COURSE = (0.0, 0.35, 0.75, 1.0)
"""How far viability and apoptosis have moved in each week."""

VIABILITY_NOISE, APOPTOSIS_NOISE = 0.10, 0.013

GROWTH, GROWTH_SPREAD, CLEARED = 0.11, 0.13, 0.13
SWELLING, SWELLING_COURSE = (0.15, 0.35), (0.0, 0.8, 1.1, 1.0)
"""Of the diameter, as logarithms: growth in three weeks, its spread, how much one unit of killing takes away; how much
immune cells add, and when."""

TEST_SHARE = 1 / 3
"""Rats that no network is trained on; the published study's share is not among our facts."""


@dataclass(frozen=True)
class VirtualRat:
    """What is true of one rat before any image is made.

    Attributes:
        index: place in the cohort, from 0.
        split: ``train`` or ``test``.
        arm: one of `ARMS`.
        viability: share of the tumour that is alive, by week.
        apoptosis: share of dying cells in it, by week.
        diameter_mm: longest extent of the tumour, by week.
        pseudo_progression: whether immune cells swell the tumour.
        probability: true chance of response.
        response: 1 for a responder.
        histology: viability and apoptosis of the last week as the stains say them.
    """

    index: int
    split: str
    arm: str
    viability: tuple[float, ...]
    apoptosis: tuple[float, ...]
    diameter_mm: tuple[float, ...]
    pseudo_progression: bool
    probability: float
    response: int
    histology: tuple[float, float]


def draw_rats(rats: int, seed: int) -> list[VirtualRat]:
    """The first ``rats`` of the cohort that ``seed`` names.

    Raises:
        UsageError: ``rats`` is not positive.
    """
    if rats < 1:
        raise UsageError(f"A cohort has at least one rat, not {rats}; give --patients a positive number.")
    sequence = Sobol(d=12, scramble=True, rng=np.random.default_rng(seed))
    points = np.clip(sequence.random_base2(int(rats - 1).bit_length())[:rats], 1e-6, 1 - 1e-6)
    return [_rat(index, point) for index, point in enumerate(points)]


def _rat(index: int, point: NDArray[np.float64]) -> VirtualRat:
    arm = int(point[0] * len(ARMS))
    killing, suicide = np.array([KILLING[arm], SUICIDE[arm]]) + WITHIN_ARM * ndtri(point[2:4])
    probability = float(expit(INTERCEPT + STEEPNESS * (0.8 * killing + 0.6 * suicide)))
    before = 0.86 + 0.1 * point[5], 0.008 + 0.01 * point[6]
    after = float(expit(0.15 - 0.95 * killing)), float(0.11 * expit(1.1 * suicide - 0.1))
    viability, apoptosis = (
        tuple(float(first + (last - first) * moved) for moved in COURSE)
        for first, last in zip(before, after, strict=True)
    )
    swollen = ARMS[arm] in (NK_CELLS, BOTH) and killing > 0 and point[7] < 0.5
    least, most = SWELLING
    added = (least + (most - least) * 2 * point[7]) if swollen else 0.0
    grown = GROWTH - CLEARED * killing + GROWTH_SPREAD * ndtri(point[8])
    first_mm = float(np.clip(11.6 * np.exp(0.08 * ndtri(point[9])), 10.2, 14.0))
    diameters = tuple(
        float(np.clip(first_mm * np.exp(grown * week / WEEKS[-1] + added * swelling), 6.0, 18.0))
        for week, swelling in zip(WEEKS, SWELLING_COURSE, strict=True)
    )
    seen = np.array(after) + np.array([VIABILITY_NOISE, APOPTOSIS_NOISE]) * ndtri(point[10:12])
    stained = np.clip(seen, 0.0, 1.0)
    return VirtualRat(
        index=index,
        split="test" if point[1] < TEST_SHARE else "train",
        arm=ARMS[arm],
        viability=viability,
        apoptosis=apoptosis,
        diameter_mm=diameters,
        pseudo_progression=bool(swollen),
        probability=probability,
        response=int(point[4] < probability),
        histology=(float(stained[0]), float(stained[1])),
    )
