"""The stacking model and the distance from the training set, on made-up numbers."""

from __future__ import annotations

import numpy as np
import pytest

from TumorResponseLib.predict.reference import FeatureModel, Reference
from TumorResponseLib.predict.stacking import Stacking

STACKING = Stacking.of_json(
    {
        "branches": ["a", "b"],
        "intercept": 0.5,
        "coefficients": [1.0, 3.0],
        "replicates": [[0.5, 1.0, 3.0], [0.4, 1.2, 2.8], [0.6, 0.8, 3.3]],
        "interval_level": 0.9,
    }
)


def test_the_probability_is_that_of_the_weighted_mean_logits() -> None:
    logits = np.array([[0.2, 0.4], [-0.1, 0.3]])
    assert STACKING.probability(logits) == pytest.approx(1 / (1 + np.exp(-(0.5 + 0.3 + 3 * 0.1))))
    assert STACKING.weights == {"a": 0.25, "b": 0.75}


def test_the_interval_holds_the_probability_and_grows_with_disagreement() -> None:
    agreeing, disagreeing = np.array([[0.3, 0.3], [0.1, 0.1]]), np.array([[1.3, -0.7], [1.1, -0.9]])
    narrow, wide = STACKING.interval(agreeing), STACKING.interval(disagreeing)
    for logits, (low, high) in ((agreeing, narrow), (disagreeing, wide)):
        assert 0 <= low <= STACKING.probability(logits) <= high <= 1
    assert wide[1] - wide[0] > 2 * (narrow[1] - narrow[0])


def test_extreme_logits_stay_numbers() -> None:
    assert STACKING.probability(np.full((2, 2), 500.0)) == 1.0
    assert STACKING.probability(np.full((2, 2), -500.0)) == pytest.approx(0.0)


def test_distance_counts_axes_by_their_variance_and_the_rest_strictly() -> None:
    model = FeatureModel(np.zeros(4), np.ones(4), np.eye(4)[:2], np.array([4.0, 1.0]), 0.01)
    assert model.distance(np.array([2.0, 0, 0, 0])) == pytest.approx(0.5)
    assert model.distance(np.array([0, 2.0, 0, 0])) == pytest.approx(1.0)
    assert model.distance(np.array([0, 0, 2.0, 0])) == pytest.approx(10.0)
    reference = Reference((model, model), 1.0)
    assert reference.distance(np.diag([2.0, 2.0, 0, 0])[:2]) == pytest.approx(0.75)
