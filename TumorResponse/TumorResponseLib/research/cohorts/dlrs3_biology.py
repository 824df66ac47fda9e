"""The biology of the virtual cohort ``dlrs3``: how the chance of response shapes four tissues.

A patient has four tissue states, independent standard normal numbers: of the tumour, and of the tissue at 0-3, 3-5
and 5-10 mm around it. They add up to the chance of response after all cycles,

    logit(p) = intercept + a_tumour t + a_0_3 b3 + a_3_5 b5 + a_5_10 b10,      response ~ Bernoulli(p),

and each state changes the echo of its own tissue, as seen after two cycles (positive states favour response):

* tumour: cells die and collagen stays, so that the tumour grows more echogenic and patchier;
* 0-3 mm: the echogenic halo of the desmoplastic reaction fades, so that the band grows darker and smoother;
* 3-5 mm: the inflamed vessel bed regresses, whose lumina are anechoic, so that the band grows brighter and smoother;
* 5-10 mm: oedema, which makes fat echogenic, drains, so that the band grows darker and its own structure reappears.

The signs are a statement of this model, not a finding. They alternate, so that the contrast between neighbours carries
the signal and the scanner's gain does not. Effects level off for extreme states (`visible`).

The coefficients are not chosen by hand: `solve_coefficients` finds them from the AUC that a reader of the true states
shall reach with the tumour alone and with each further band (`ORACLE_AUC`, near the figures published for DLRS3: BMC
Cancer 25:1737, 2025), and from the prevalence of response.

Patients are the points of one scrambled Sobol sequence (states, label, split), so that any first N of them are evenly
spread, small splits included, and patient k does not depend on N. Nobody is chosen or relabelled afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, ndtri
from scipy.stats.qmc import Sobol

TISSUES = ("tumour", "0-3 mm", "3-5 mm", "5-10 mm")

ORACLE_AUC = (0.85, 0.89, 0.92, 0.95)
"""AUC of the true states: of the tumour, then with the bands up to 3, 5 and 10 mm."""

INTERCEPT = 0.2
"""A little over half of the patients respond."""

COEFFICIENTS = (3.298, 1.515, 1.338, 1.354)
"""``solve_coefficients(ORACLE_AUC, INTERCEPT)`` rounded, one for each of `TISSUES`."""

TRAIN_SHARE, INTERNAL_SHARE = 0.54, 0.23
"""Centre 1 gives the training and the internal validation set, centre 2 all of the external one. The published sizes of
the three sets are not among our facts: of 469 patients about 253, 108 and 108 is our choice."""

_NODES = np.linspace(-7.0, 7.0, 801)


@dataclass(frozen=True)
class VirtualPatient:
    """What is true of one patient before any image is made.

    Attributes:
        index: place in the cohort, from 0.
        split: ``train``, ``internal`` or ``external``.
        center: 1 or 2.
        states: tissue states in the order of `TISSUES`.
        shares: each tissue's share of ``logit(p)``, that is coefficient times state.
        probability: the true chance of response.
        response: 1 for a responder.
    """

    index: int
    split: str
    center: int
    states: tuple[float, float, float, float]
    shares: tuple[float, float, float, float]
    probability: float
    response: int


def draw_patients(patients: int, seed: int) -> list[VirtualPatient]:
    """The first ``patients`` of the cohort that ``seed`` names."""
    if patients < 1:
        raise ValueError(f"A cohort has at least one patient, not {patients}.")
    sequence = Sobol(d=6, scramble=True, rng=np.random.default_rng(seed))
    points = sequence.random_base2(int(patients - 1).bit_length())[:patients]
    states = ndtri(np.clip(points[:, :4], 1e-6, 1 - 1e-6))
    shares = states * np.array(COEFFICIENTS)
    probability = expit(INTERCEPT + shares.sum(axis=1))
    responds = points[:, 4] < probability
    cohort = []
    for index in range(patients):
        split = _split_of(points[index, 5])
        cohort.append(
            VirtualPatient(
                index=index,
                split=split,
                center=2 if split == "external" else 1,
                states=_four(states[index]),
                shares=_four(shares[index]),
                probability=float(probability[index]),
                response=int(responds[index]),
            )
        )
    return cohort


def visible(state: float) -> float:
    """How far a state shows: the state itself near 0, levelling off towards -2 and 2."""
    return float(2.0 * np.tanh(state / 2.0))


def oracle_auc(spread: float, known_spread: float, intercept: float) -> float:
    """AUC of a reader who knows a part of ``logit(p)`` exactly and the rest not at all.

    Args:
        spread: standard deviation of ``logit(p)``.
        known_spread: standard deviation of the known part; at most ``spread``.
        intercept: mean of ``logit(p)``.

    With a known part u, patients of response are distributed as ``E[p|u] phi(u)`` and the others as
    ``(1 - E[p|u]) phi(u)``; the AUC is the chance that the first exceeds the second. Both integrals are sums over a
    fine grid.
    """
    density = np.exp(-(_NODES**2) / 2)
    density /= density.sum()
    rest = np.sqrt(max(0.0, spread**2 - known_spread**2))
    chance = expit(intercept + known_spread * _NODES[:, None] + rest * _NODES[None, :]) @ density
    responders, others = chance * density, (1 - chance) * density
    below = np.cumsum(others) - others / 2
    return float((responders * below).sum() / (responders.sum() * others.sum()))


def solve_coefficients(aucs: tuple[float, ...], intercept: float) -> NDArray[np.float64]:
    """Coefficients that give a reader of the first 1, 2, ... states the AUCs ``aucs`` (rising, above 0.5)."""
    spread = brentq(lambda s: oracle_auc(s, s, intercept) - aucs[-1], 0.1, 20.0)
    known = [brentq(lambda k, auc=auc: oracle_auc(spread, k, intercept) - auc, 0.0, spread) for auc in aucs[:-1]]
    cumulative = np.array([0.0, *known, spread])
    return np.sqrt(np.diff(cumulative**2))


def _split_of(position: float) -> str:
    if position < TRAIN_SHARE:
        return "train"
    return "internal" if position < TRAIN_SHARE + INTERNAL_SHARE else "external"


def _four(values: NDArray[np.float64]) -> tuple[float, float, float, float]:
    first, second, third, fourth = (float(value) for value in values)
    return first, second, third, fourth
