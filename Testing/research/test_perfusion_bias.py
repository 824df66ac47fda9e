"""The trials behind docs/perfusion.md: exact without noise, calm in large regions, and registration that pays."""

from __future__ import annotations

import numpy as np

from TumorResponseLib.research.evaluation.perfusion_bias import table
from TumorResponseLib.research.evaluation.perfusion_trials import (
    PARAMETERS,
    Trials,
    moving_cines,
    noisy_curves,
    speckled_cines,
)


def test_without_noise_every_number_is_within_2_percent() -> None:
    trials = noisy_curves(0.0, 40, seed=1)
    assert trials.refused == 0 and trials.errors.shape == (40, len(PARAMETERS))
    assert np.abs(trials.errors).max() < 0.02


def test_noise_spreads_the_numbers_and_is_refused_at_last() -> None:
    calm, loud, drowned = (noisy_curves(noise, 40, seed=1) for noise in (0.02, 0.1, 0.5))
    assert (loud.spread > 2 * calm.spread).all() and np.abs(calm.bias).max() < 0.03
    assert drowned.refused >= 38


def test_speckle_hardly_biases_a_large_region() -> None:
    trials = speckled_cines(10, 8, seed=1)
    area, peak = (list(PARAMETERS).index(name) for name in ("area", "peak enhancement"))
    assert abs(trials.bias[area]) < 0.04 and abs(trials.bias[peak]) < 0.06


def test_registration_takes_back_what_motion_spoils() -> None:
    moved, registered = (moving_cines(2.0, 0, how, 3, seed=2) for how in ("as it is", "registered"))
    peak = list(PARAMETERS).index("peak enhancement")
    assert np.abs(registered.errors[:, peak]).mean() < np.abs(moved.errors[:, peak]).mean()


def test_the_table_tells_median_and_middle_range() -> None:
    errors = np.linspace(-0.1, 0.3, 401)[:, None] * np.ones(len(PARAMETERS))
    lines = table("noise", [Trials("some", errors, 3)]).splitlines()
    assert lines[0] == f"| noise | {' | '.join(PARAMETERS)} | refused |"
    assert lines[2] == f"| some | {' | '.join(['+10.0 ± 13.6'] * len(PARAMETERS))} | 3 of 404 |"
