"""Saliency maps: placed where the networks looked, turned to the decision, added as the logits are."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from TumorResponseLib.core.crop import CropGrid
from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.explain.activation import FUSED, saliency_maps
from TumorResponseLib.predict.system import Prediction, SystemOutput

GRID = CropGrid((30.0, 40.0), (32, 32), 0.5, (60, 80), (0.5, 0.5))


def output(probability: float, activations: dict[str, NDArray[np.float32]], weights: dict[str, float]) -> SystemOutput:
    prediction = Prediction(
        system="dlrs3",
        bundle="dlrs3",
        bundle_sha256="0" * 64,
        endpoint="response",
        classes=("non-responder", "responder"),
        probabilities=(1.0 - probability, probability),
        interval=(0.0, 1.0),
        interval_level=0.9,
        decision="Responder",
        in_distribution=True,
        distance=1.0,
        distance_limit=2.0,
        evidence="virtual cohort",
    )
    return SystemOutput(prediction, activations, dict.fromkeys(activations, GRID), weights)


def cell(row: int, column: int, value: float) -> NDArray[np.float32]:
    """A map of 8 x 8 cells of 2 mm with one that speaks."""
    cells = np.zeros((8, 8), dtype=np.float32)
    cells[row, column] = value
    return cells


def peak(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Centre of the places at the maximum."""
    return np.argwhere(values >= 0.99 * values.max()).mean(axis=0)


def test_a_cell_comes_back_to_its_place_in_the_image() -> None:
    maps = saliency_maps(output(0.9, {"a": cell(2, 5, 3.0)}, {"a": 1.0}))
    for values in maps.values():
        assert values.shape == (60, 80) and values.dtype == np.float32
        assert values.max() == pytest.approx(1.0) and values.min() >= 0.0
        # Cells of 4 pixels, the field's corner 16 pixels before the centre (of a pixel).
        np.testing.assert_allclose(peak(values), [30 - 16 + 2.5 * 4 - 0.5 + 0.5, 40 - 16 + 5.5 * 4], atol=1.0)


def test_maps_are_turned_to_the_decision() -> None:
    both = cell(1, 1, 2.0) - cell(6, 6, 1.0)
    favoured, refused = (saliency_maps(output(p, {"a": both}, {"a": 1.0}))["a"] for p in (0.8, 0.2))
    assert (peak(favoured) < [30, 40]).all()
    assert (peak(refused) > [30, 40]).all()
    assert refused.max() == pytest.approx(1.0)


def test_the_fused_map_adds_before_it_cuts() -> None:
    against = {"a": cell(1, 1, 4.0) + cell(6, 6, 1.0), "b": -cell(1, 1, 6.0)}
    fused = saliency_maps(output(0.8, against, {"a": 0.25, "b": 0.75}))[FUSED]
    assert (peak(fused) > [30, 40]).all(), "where the branches disagree, the weights decide"
    one = saliency_maps(output(0.8, against, {"a": 1.0, "b": 0.0}))
    np.testing.assert_allclose(one[FUSED], one["a"], atol=1e-6)


def test_branches_of_different_resolution_are_fused_on_the_image() -> None:
    fine = np.zeros((16, 16), dtype=np.float32)
    fine[3, 3] = 1.0
    fused = saliency_maps(output(0.8, {"a": cell(6, 6, 1.0), "b": fine}, {"a": 0.5, "b": 0.5}))[FUSED]
    assert fused[20:24, 30:34].max() > 0.5 and fused[38:44, 48:54].max() > 0.5


def test_a_map_without_anything_for_the_decision_is_zero() -> None:
    assert not saliency_maps(output(0.8, {"a": -cell(1, 1, 1.0)}, {"a": 1.0}))["a"].any()


def test_a_system_without_maps_says_so() -> None:
    with pytest.raises(StudyError, match="no activation maps"):
        saliency_maps(output(0.8, {}, {}))
