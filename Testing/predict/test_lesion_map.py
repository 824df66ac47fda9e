"""The arithmetic around the segmentation network."""

from __future__ import annotations

import numpy as np
import pytest

from TumorResponseLib.predict.lesion_map import lesion_mask, network_input, restore_probability, soft_dice_confidence


def test_extreme_values_are_normalised_as_any_others() -> None:
    pixels = np.linspace(0, 1, 400).reshape(20, 20)
    np.testing.assert_allclose(network_input((1e38 * pixels).astype(np.float32)), network_input(pixels), atol=1e-4)


def test_network_input_is_standardised_whatever_the_gain() -> None:
    pixels = np.random.default_rng(0).integers(0, 200, (90, 140)).astype(np.float64)
    plain = network_input(pixels, 64)
    assert plain.shape == (1, 64, 64)
    assert plain.dtype == np.float32
    assert plain.mean() == pytest.approx(0, abs=1e-5)
    assert plain.std() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(network_input(pixels * 3 + 20, 64), plain, atol=1e-4)


def test_network_input_of_a_constant_image_is_zero() -> None:
    assert not network_input(np.full((30, 30), 7.0), 32).any()


def test_restored_probability_lies_where_it_lay() -> None:
    probability = np.zeros((64, 64), dtype=np.float32)
    probability[16:32, 32:48] = 1.0
    restored = restore_probability(probability, (128, 256))
    assert restored.shape == (128, 256)
    rows, columns = np.nonzero(restored >= 0.5)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (32, 63, 128, 191)


def test_specks_go_and_a_second_lesion_stays() -> None:
    probability = np.zeros((60, 60))
    probability[5:25, 5:25] = 0.9  # 400 pixels
    probability[40:50, 40:50] = 0.8  # 100 pixels, a quarter of the largest
    probability[55:58, 5:8] = 0.9  # 9 pixels
    mask = lesion_mask(probability, 0.5)
    assert mask.sum() == 500
    assert not mask[55:58, 5:8].any()


def test_no_lesion_gives_an_empty_mask() -> None:
    assert not lesion_mask(np.full((20, 20), 0.3), 0.5).any()


def test_confidence_is_the_dice_that_the_map_expects() -> None:
    probability = np.array([[1.0, 0.5], [0.25, 0.25]])
    mask = probability >= 0.5
    assert soft_dice_confidence(probability, mask) == pytest.approx(2 * 1.5 / (2.0 + 2))
    assert soft_dice_confidence(probability, np.zeros_like(mask)) == 0.0
