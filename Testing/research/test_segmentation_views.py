"""Whole images and crops that the segmentation network is shown in training."""

from __future__ import annotations

import numpy as np
import pytest

from TumorResponseLib.research.training.segmentation_recipe import Recipe
from TumorResponseLib.research.training.segmentation_views import TRAINING_SIZE, whole_or_crop

SIZE = 2 * TRAINING_SIZE


def disc(radius: int) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.ogrid[:SIZE, :SIZE]
    mask = ((rows - SIZE // 3) ** 2 + (columns - SIZE // 4) ** 2 < radius**2)[None].astype(np.float32)
    image = np.random.default_rng(1).normal(size=mask.shape).astype(np.float32) - 3 * mask
    return image, mask


def test_the_whole_image_keeps_its_lesion_and_is_normalised() -> None:
    image, mask = disc(60)
    seen, lesion = whole_or_crop(image, mask, 0.0, np.random.default_rng(0))
    assert seen.shape == lesion.shape == (1, TRAINING_SIZE, TRAINING_SIZE)
    assert float(seen.mean()) == pytest.approx(0, abs=1e-5)
    assert float(seen.std()) == pytest.approx(1, abs=1e-5)
    assert lesion.sum() == pytest.approx(mask.sum() / 4, rel=0.02)


def test_a_crop_holds_all_of_a_lesion_or_nothing_of_it() -> None:
    image, mask = disc(40)
    random = np.random.default_rng(0)
    shares = [float(whole_or_crop(image, mask, 1.0, random)[1].mean()) for _ in range(200)]
    free = [share for share in shares if share == 0]
    assert 60 <= len(free) <= 160
    assert min(share for share in shares if share) >= mask.mean() * 0.95


def test_a_lesion_that_fills_the_image_leaves_room_for_no_crop_beside_it() -> None:
    image, mask = disc(2 * SIZE)
    random = np.random.default_rng(0)
    assert all(whole_or_crop(image, mask, 1.0, random)[1].all() for _ in range(20))


def test_the_refining_part_crops_and_repeats_normals_and_the_first_part_does_not() -> None:
    recipe = Recipe()
    refining = recipe.refining(7)
    assert (recipe.crop_probability, recipe.normal_repeats) == (0.0, 1)
    assert refining.epochs == 7
    assert refining.crop_probability > 0
    assert refining.normal_repeats == 2
    assert refining.learning_rate < recipe.learning_rate
