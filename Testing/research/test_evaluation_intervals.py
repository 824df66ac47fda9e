"""Intervals where the spread that was seen is 0."""

from __future__ import annotations

import numpy as np
import pytest

from TumorResponseLib.research.evaluation.intervals import (
    grouped_bootstrap_interval,
    grouped_share_interval,
    wilson_interval,
)

GROUPS = np.array(["a", "a", "b", "c", "c"])


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_all_alike_is_no_certainty(value: float) -> None:
    found = grouped_share_interval(np.full(5, value), GROUPS)
    assert found == wilson_interval(3 * int(value), 3)
    assert found[1] - found[0] > 0.5


def test_one_group_says_nothing_of_others() -> None:
    assert grouped_share_interval(np.array([0.8, 0.9]), np.array(["a", "a"])) == (0.0, 1.0)
    assert grouped_share_interval(np.array([1.0, 1.0]), np.array(["a", "a"])) == wilson_interval(1, 1)


def test_otherwise_it_is_the_bootstrap_over_groups() -> None:
    values = np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    assert grouped_share_interval(values, GROUPS, seed=3) == grouped_bootstrap_interval(values, GROUPS, seed=3)
