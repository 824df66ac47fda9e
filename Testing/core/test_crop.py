from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from TumorResponseLib.core.crop import CropGrid, resample, restore
from TumorResponseLib.core.errors import MaskError, SpacingError, StudyError


def smooth_blob(
    shape: tuple[int, ...], spacing: tuple[float, ...], centre_mm: tuple[float, ...], width_mm: float
) -> NDArray[np.float32]:
    squared = np.zeros(shape)
    for index, step, centre in zip(np.indices(shape), spacing, centre_mm, strict=True):
        squared += (index * step - centre) ** 2
    return np.exp(-squared / (2 * width_mm**2)).astype(np.float32)


def moments_mm(values: NDArray[np.float32], step: tuple[float, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    axes = tuple(range(1, values.ndim + 1))
    positions = np.indices(values.shape) * np.reshape(step, (-1, *(1,) * values.ndim))
    centre = (positions * values).sum(axis=axes) / values.sum()
    offset = positions - np.reshape(centre, (-1, *(1,) * values.ndim))
    return centre, np.sqrt((offset**2 * values).sum(axis=axes) / values.sum())


@pytest.mark.parametrize(
    ("shape", "spacing", "crop"),
    [
        ((300, 200), (0.1, 0.2), (64, 80)),
        ((40, 160, 150), (1.5, 0.4, 0.3), (50, 48, 52)),
        ((30, 40), (2.0, 1.5), (64, 64)),
    ],
)
def test_a_blob_keeps_its_place_and_size_in_mm(
    shape: tuple[int, ...], spacing: tuple[float, ...], crop: tuple[int, ...]
) -> None:
    step = 0.8
    centre = tuple(size * mm * 0.5 + 0.7 for size, mm in zip(shape, spacing, strict=True))
    image = smooth_blob(shape, spacing, centre, 3.0)
    grid = CropGrid.around(image > 0.5, spacing, crop, step)
    place, width = moments_mm(resample(image, grid), (step,) * len(shape))
    grid_start = np.asarray(grid.centre) * spacing - (np.asarray(crop) - 1) / 2 * step
    np.testing.assert_allclose(place + grid_start, centre, atol=0.05)
    np.testing.assert_allclose(width, 3.0, rtol=0.08)


def test_a_grid_on_the_pixels_copies_them() -> None:
    image = np.random.default_rng(0).random((11, 13)).astype(np.float32)
    grid = CropGrid((5.0, 6.0), (5, 7), 0.5, image.shape, (0.5, 0.5))
    np.testing.assert_allclose(resample(image, grid), image[3:8, 3:10], atol=1e-6)
    np.testing.assert_allclose(restore(resample(image, grid), grid)[3:8, 3:10], image[3:8, 3:10], atol=1e-6)


def test_samples_outside_the_image_are_filled() -> None:
    image = np.full((10, 10), 7.0, dtype=np.float32)
    mask = np.zeros((10, 10), dtype=np.bool_)
    mask[0, 0] = True
    grid = CropGrid.around(mask, (1.0, 1.0), (9, 9), 1.0)
    sampled = resample(image, grid, fill=-1.0)
    assert (sampled[4:, 4:] == 7.0).all()
    assert (sampled[:4] == -1.0).all()
    assert (sampled[:, :4] == -1.0).all()


def test_a_grid_beside_the_image_is_all_fill() -> None:
    grid = CropGrid((100.0, 5.0), (4, 4), 1.0, (10, 10), (1.0, 1.0))
    assert (resample(np.ones((10, 10)), grid, fill=2.0) == 2.0).all()
    assert not restore(np.ones((4, 4), dtype=np.float32), grid).any()


def test_a_finer_image_is_smoothed_and_labels_are_not() -> None:
    checks = (np.indices((200, 200)).sum(axis=0) % 2).astype(np.float32)
    grid = CropGrid((100.0, 100.0), (20, 20), 0.8, checks.shape, (0.1, 0.1))
    np.testing.assert_allclose(resample(checks, grid), 0.5, atol=0.02)
    assert set(np.unique(resample(checks, grid, order=0))) <= {0.0, 1.0}


def test_smoothing_takes_the_pixels_just_outside_the_field() -> None:
    image = np.random.default_rng(1).random((120, 120)).astype(np.float32)
    small = CropGrid((60.0, 60.0), (10, 10), 1.0, image.shape, (0.2, 0.2))
    large = CropGrid((60.0, 60.0), (20, 20), 1.0, image.shape, (0.2, 0.2))
    np.testing.assert_allclose(resample(image, small), resample(image, large)[5:15, 5:15], atol=1e-5)


@pytest.mark.parametrize(("samples", "tolerance"), [((64, 64), 0.02), ((16, 16), 0.05), ((8, 8), 0.25)])
def test_coarse_values_return_to_their_place(samples: tuple[int, int], tolerance: float) -> None:
    spacing = (0.1, 0.15)
    grid = CropGrid((200.0, 150.0), (64, 64), 0.4, (400, 300), spacing)
    sample_mm = tuple(field / count for field, count in zip(grid.field_mm, samples, strict=True))
    middle = tuple((count - 1) / 2 * mm for count, mm in zip(samples, sample_mm, strict=True))
    blob_mm = tuple(centre + offset for centre, offset in zip(middle, (2.0, -3.0), strict=True))
    restored = restore(smooth_blob(samples, sample_mm, blob_mm, 2.5), grid)
    place, width = moments_mm(restored, spacing)
    np.testing.assert_allclose(place, (200 * 0.1 + 2.0, 150 * 0.15 - 3.0), atol=0.1)
    np.testing.assert_allclose(width, 2.5, rtol=tolerance)


def test_the_round_trip_keeps_the_field_and_leaves_the_rest_zero() -> None:
    spacing = (1.2, 0.5, 0.5)
    image = 1.0 + smooth_blob((30, 90, 100), spacing, (18.0, 22.0, 25.0), 5.0)
    grid = CropGrid((15.0, 44.0, 50.0), (32, 40, 48), 0.6, image.shape, spacing)
    restored = restore(resample(image, grid), grid)
    assert restored.shape == image.shape
    field = tuple(
        np.abs(np.arange(size) - centre) * mm <= extent / 2
        for size, centre, mm, extent in zip(image.shape, grid.centre, spacing, grid.field_mm, strict=True)
    )
    inside = np.logical_and.reduce(np.meshgrid(*field, indexing="ij"))
    assert not restored[~inside].any()
    # Half a step at the field's edge repeats the last sample: at most 0.3 mm of a slope of at most 0.12 a mm.
    np.testing.assert_allclose(restored[inside], image[inside], atol=0.036)


def test_a_grid_that_reaches_over_the_border_comes_back() -> None:
    image = 1.0 + smooth_blob((50, 50), (1.0, 1.0), (5.0, 44.0), 8.0)
    grid = CropGrid((3.0, 46.0), (40, 40), 0.7, image.shape, (1.0, 1.0))
    restored = restore(resample(image, grid), grid)
    np.testing.assert_allclose(restored[1:16, 34:49], image[1:16, 34:49], atol=0.05)


def test_what_does_not_fit_is_refused() -> None:
    mask = np.zeros((10, 10), dtype=np.bool_)
    with pytest.raises(MaskError):
        CropGrid.around(mask, (1.0, 1.0), (4, 4), 1.0)
    mask[5, 5] = True
    with pytest.raises(SpacingError):
        CropGrid.around(mask, (1.0, 1.0, 1.0), (4, 4), 1.0)
    grid = CropGrid.around(mask, (1.0, 1.0), (4, 4), 1.0)
    with pytest.raises(StudyError):
        resample(np.zeros((11, 10)), grid)
    with pytest.raises(StudyError):
        restore(np.zeros((4, 4, 4), dtype=np.float32), grid)


@pytest.mark.parametrize("centre", [(9.5, 12.0), (-1.0, 3.0), (40.0, 40.0)])
def test_the_field_box_is_what_restoring_fills(centre: tuple[float, float]) -> None:
    grid = CropGrid(centre, (10, 8), 0.9, (20, 26), (1.0, 0.5))
    filled = np.zeros(grid.image_shape, dtype=bool)
    filled[grid.field_box.slices] = True
    np.testing.assert_array_equal(restore(np.ones((5, 4), dtype=np.float32), grid) > 0, filled)


def test_steps_may_differ_by_axis() -> None:
    spacing = (1.2, 0.5, 0.5)
    image = 1.0 + smooth_blob((14, 60, 64), spacing, (8.0, 14.0, 16.0), 4.0)
    grid = CropGrid((6.0, 28.0, 32.0), (5, 33, 33), (1.2, 0.5, 0.5), image.shape, spacing)
    np.testing.assert_allclose(resample(image, grid), image[4:9, 12:45, 16:49], atol=1e-5)
    assert grid.field_mm == pytest.approx((6.0, 16.5, 16.5))
    coarse = CropGrid((6.0, 28.0, 32.0), (5, 16, 16), (1.2, 1.0, 1.0), image.shape, spacing)
    restored = restore(resample(image, coarse), coarse)
    np.testing.assert_allclose(restored[4:9, 16:40, 20:44], image[4:9, 16:40, 20:44], atol=0.02)
    assert not restored[3].any() and not restored[9].any()
    with pytest.raises(SpacingError):
        CropGrid((6.0, 28.0, 32.0), (5, 16, 16), (1.2, 1.0), image.shape, spacing)
