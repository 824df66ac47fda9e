"""The networks' inputs: the same tissue looks the same whatever the image's grid, gain and dynamic range."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from TumorResponseLib.core.errors import MaskError
from TumorResponseLib.predict.dlrs3_crops import (
    CHANNELS,
    MARGINS_MM,
    REGIONS,
    SAMPLES,
    STEP_MM,
    TumourCrop,
    crop_tumour,
    region_input,
)

SPACING = (0.1, 0.1)


def scene(shape: tuple[int, int] = (400, 500), radius: float = 70.0) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Smooth tissue with a dark disc in it; 0.1 mm a pixel."""
    tissue = gaussian_filter(np.random.default_rng(1).standard_normal(shape), 5.0) * 400 + 120
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    disc = np.hypot(rows - shape[0] / 2, columns - shape[1] / 2) <= radius
    return np.where(disc, 40.0, tissue).astype(np.float32), disc


def crop(pixels: NDArray[np.float32], tumour: NDArray[np.bool_], spacing: tuple[float, float] = SPACING) -> TumourCrop:
    return crop_tumour(pixels, tumour, spacing)


def stacked(of: TumourCrop, region: str) -> NDArray[np.float32]:
    return region_input(of.image, of.distance_mm, of.inside, region)


def test_gain_and_dynamic_range_cancel() -> None:
    pixels, tumour = scene()
    np.testing.assert_allclose(crop(0.6 * pixels + 30, tumour).image, crop(pixels, tumour).image, atol=1e-3)


def test_reference_tissue_has_mean_zero_and_deviation_one() -> None:
    one = crop(*scene())
    reference = one.image[one.inside & (one.distance_mm > 10)]
    assert reference.mean() == pytest.approx(0.0, abs=1e-3)
    assert reference.std() == pytest.approx(1.0, abs=1e-3)
    assert one.image[one.distance_mm < -1].mean() < -1


def test_a_tumour_without_tissue_around_is_normalised_by_what_there_is() -> None:
    pixels, tumour = scene((150, 150), 70.0)
    one = crop(pixels, tumour)
    assert np.isfinite(one.image).all() and one.image[one.inside].std() == pytest.approx(1.0, abs=1e-3)


def test_a_flat_image_is_all_zero() -> None:
    _, tumour = scene()
    assert not crop(np.full(tumour.shape, 90.0, dtype=np.float32), tumour).image.any()


def test_each_region_shows_its_tissue_and_nothing_else() -> None:
    one = crop(*scene())
    for region in REGIONS:
        inputs = stacked(one, region)
        assert inputs.shape == (len(CHANNELS), SAMPLES, SAMPLES) and inputs.dtype == np.float32
        shown = one.inside & (one.distance_mm <= MARGINS_MM[region])
        np.testing.assert_array_equal(inputs[1:].sum(axis=0) == 1, shown)
        np.testing.assert_array_equal(inputs[0], np.where(shown, one.image, 0))
    radius = 7.0 + np.array([0, *MARGINS_MM.values()][1:])
    areas = [stacked(one, region)[1:].sum() * STEP_MM**2 for region in REGIONS]
    np.testing.assert_allclose(areas, np.pi * radius**2, rtol=0.05)


def test_the_grid_of_the_image_does_not_matter() -> None:
    pixels, tumour = scene()
    halved = crop(pixels[::2, ::2], tumour[::2, ::2], (0.2, 0.2))
    whole = crop(gaussian_filter(pixels, 0.5), tumour)
    inner = (slice(20, -20), slice(20, -20))
    assert np.corrcoef(halved.image[inner].ravel(), whole.image[inner].ravel())[0, 1] > 0.98


def test_beyond_the_image_there_is_nothing() -> None:
    one = crop(*scene())
    rows = np.flatnonzero(one.inside.any(axis=1))
    assert len(rows) * STEP_MM == pytest.approx(40.0, abs=0.5)
    assert not one.image[~one.inside].any()


def test_a_large_tumour_is_cut_by_the_field_and_counted() -> None:
    tumour = np.ones((100, 800), dtype=np.bool_)
    one = crop(np.random.default_rng(0).random((100, 800), dtype=np.float32), tumour)
    assert one.tumour_in_field == pytest.approx(64.0 / 80.0, abs=0.02)


def test_a_speck_is_refused() -> None:
    pixels, _ = scene()
    speck = np.zeros(pixels.shape, dtype=np.bool_)
    speck[200, 200] = True
    with pytest.raises(MaskError, match="smaller than"):
        crop(pixels, speck)
