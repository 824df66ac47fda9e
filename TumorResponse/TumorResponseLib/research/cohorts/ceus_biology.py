"""The biology of the virtual cohort ``ceus``: how a tumour's vessels before therapy tell its response.

A mouse has four vessel states, and its response is one of the study's three classes (non-responsive, stable,
responsive; by RECIST 1.1). Within a class the states are independent normal numbers of standard deviation 1, and their
means stand in a line, the stable class in the middle:

    state_k | class c  ~  N(w_k m_c, 1),      m = -1, 0, 1.

By Bayes' rule the true chance of each class follows from the states exactly (`class_probabilities`); a reader of the
states who names the likeliest class is the oracle. The stable class borders on both others and is the rarest, so that
it is the hardest for the oracle too, and whatever blurs the states costs it most. Each state shows in the perfusion
(positive states favour response; the signs are a statement of this model, not a finding):

* density: more perfused vessels, so that the tumour enhances more;
* viability: a smaller core without perfusion;
* normality: straighter vessels, so that the contrast agent comes and goes faster;
* rim: fewer feeding vessels around the tumour, so that the rim enhances less.

Drugs reach what is perfused, and normalised vessels let immune cells in: that is the thought behind the signs. The
tumour type (breast cancer, fibrosarcoma, melanoma) shifts the looks without a bearing on response.

Patients are the points of one scrambled Sobol sequence (class, type, split, states), so that any first N of them are
evenly spread and patient k does not depend on N. Nobody is chosen or relabelled afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, softmax
from scipy.stats.qmc import Sobol

from TumorResponseLib.core.errors import UsageError

STATES = ("density", "viability", "normality", "rim")

PREVALENCE = (276 / 587, 136 / 587, 175 / 587)
"""Of `CLASSES`, as in the published study."""

SEPARATION = (1.9, 1.6, 1.5, 1.1)
"""How far apart neighbouring classes stand, state by state, in standard deviations; together 3.1. A network that reads
the states imperfectly then comes near the published accuracies, the stable class far below the others."""

MIDDLES = (-1.0, 0.0, 1.0)
"""Of `CLASSES` along the line."""

TUMOUR_TYPES = ("breast cancer", "fibrosarcoma", "melanoma")

TEST_SHARE = 0.25
"""Patients that no network is trained on; the published study's share is not among our facts."""


@dataclass(frozen=True)
class VirtualMouse:
    """What is true of one mouse before any image is made.

    Attributes:
        index: place in the cohort, from 0.
        split: ``train`` or ``test``.
        tumour_type: index into `TUMOUR_TYPES`.
        states: in the order of `STATES`.
        response: class index into ``CLASSES``.
        probabilities: the true chance of each class, given the states.
    """

    index: int
    split: str
    tumour_type: int
    states: tuple[float, ...]
    response: int
    probabilities: tuple[float, ...]


def draw_mice(patients: int, seed: int) -> list[VirtualMouse]:
    """The first ``patients`` of the cohort that ``seed`` names.

    Raises:
        UsageError: ``patients`` is not positive.
    """
    if patients < 1:
        raise UsageError(f"A cohort has at least one patient, not {patients}; give --patients a positive number.")
    sequence = Sobol(d=3 + len(STATES), scramble=True, rng=np.random.default_rng(seed))
    points = sequence.random_base2(int(patients - 1).bit_length())[:patients]
    responses = np.searchsorted(np.cumsum(PREVALENCE)[:-1], points[:, 0], side="right")
    types = np.minimum((points[:, 1] * len(TUMOUR_TYPES)).astype(int), len(TUMOUR_TYPES) - 1)
    noise = ndtri(np.clip(points[:, 3:], 1e-6, 1 - 1e-6))
    states = np.array(MIDDLES)[responses][:, None] * np.array(SEPARATION) + noise
    probabilities = class_probabilities(states)
    return [
        VirtualMouse(
            index=index,
            split="test" if points[index, 2] < TEST_SHARE else "train",
            tumour_type=int(types[index]),
            states=tuple(states[index].tolist()),
            response=int(responses[index]),
            probabilities=tuple(probabilities[index].tolist()),
        )
        for index in range(patients)
    ]


def class_probabilities(states: NDArray[np.floating]) -> NDArray[np.float64]:
    """Bayes' rule: the chance of each class, ``(patients, classes)``, from the states ``(patients, states)``."""
    means = np.outer(MIDDLES, SEPARATION)
    likelihood = -0.5 * ((states[:, None, :] - means) ** 2).sum(axis=2)
    return np.asarray(softmax(likelihood + np.log(PREVALENCE), axis=1))


def visible(state: float) -> float:
    """How far a state shows: the state itself near 0, levelling off towards -6 and 6."""
    return float(6.0 * np.tanh(state / 6.0))
