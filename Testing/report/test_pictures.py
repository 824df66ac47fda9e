"""Pictures of the report, as arrays."""

from __future__ import annotations

import numpy as np
import pytest

from Testing.report.page import decode
from Testing.session.stand_ins import make_library
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.study import Study
from TumorResponseLib.report.figures import draw_figures
from TumorResponseLib.report.pictures import (
    HEAT_OPACITY,
    LONG_SIDE,
    MAP_OPACITY,
    UPTAKE_OPACITY,
    blend_heat,
    blend_map,
    blend_uptake,
    data_uri,
    draw_outline,
    fit_window,
    grey,
)
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.reading import Reading

YELLOW = (1.0, 1.0, 0.0)


def test_a_picture_has_the_proportions_of_the_part_in_mm() -> None:
    window = fit_window(slice(10, 30), slice(0, 40), (3.0, 0.5))
    assert window.shape == (LONG_SIDE, LONG_SIDE // 3)


def test_a_point_stays_on_its_pixel() -> None:
    plane = np.zeros((30, 40), dtype=np.uint8)
    plane[12, 25] = 255
    window = fit_window(slice(5, 25), slice(10, 40), (1.0, 2.0))
    picture = grey(plane, window, (0.0, 255.0))[..., 0]
    brightest = np.argwhere(picture > 0.95 * picture.max()).mean(axis=0)
    assert brightest == pytest.approx(window.place((12.0, 25.0)), abs=0.6)


def test_an_outline_lies_on_the_border_and_nowhere_else() -> None:
    inside = np.zeros((60, 60), dtype=bool)
    inside[20:40, 20:40] = True
    drawn = draw_outline(np.full((60, 60, 3), 0.5, np.float32), inside, YELLOW, width=3.0)
    np.testing.assert_allclose(drawn[20, 30], YELLOW, atol=1e-6)
    np.testing.assert_allclose(drawn[19, 30], YELLOW, atol=1e-6)
    np.testing.assert_allclose(drawn[30, 30], 0.5)
    np.testing.assert_allclose(drawn[5, 5], 0.5)


def test_heat_is_laid_over_in_proportion() -> None:
    table = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    picture = np.full((1, 2, 3), 0.5, np.float32)
    blended = blend_heat(picture, np.array([[0.0, 1.0]], np.float32), table)
    np.testing.assert_allclose(blended[0, 0], 0.5)
    expected = 0.5 + HEAT_OPACITY * (np.array([1.0, 0.0, 0.0]) - 0.5)
    np.testing.assert_allclose(blended[0, 1], expected, atol=1e-6)


def test_a_map_is_laid_over_evenly_where_it_is_known() -> None:
    table = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    picture = np.full((1, 4, 3), 0.5, np.float32)
    blended = blend_map(picture, np.array([[-1.0, np.nan, 1.0, 7.0]], np.float32), table)
    low, high = (0.5 + MAP_OPACITY * (table - 0.5)).astype(np.float32)
    np.testing.assert_allclose(blended[0], [low, [0.5] * 3, high, high], atol=1e-6)


def test_uptake_hides_the_anatomy_the_more_the_higher_it_is() -> None:
    table = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    picture = np.full((1, 3, 3), 0.5, np.float32)
    blended = blend_uptake(picture, np.array([[0.0, 0.25, 2.0]], np.float32), table)[0, :, 0]
    np.testing.assert_allclose(blended, [0.5, 0.5 - UPTAKE_OPACITY / 2 * 0.5, 0.5 + UPTAKE_OPACITY * 0.5], atol=1e-6)


def test_what_is_not_known_neither_spreads_nor_shrinks() -> None:
    values = np.full((20, 20), np.nan, np.float32)
    values[5:15, 5:15] = 3.0
    cut = fit_window(slice(0, 20), slice(0, 20), (1.0, 1.0)).cut_known(values)
    known = np.isfinite(cut)
    np.testing.assert_allclose(cut[known], 3.0, rtol=1e-5)
    assert known.mean() == pytest.approx(0.25, abs=0.01)
    assert known[LONG_SIDE // 2, LONG_SIDE // 2] and not known[LONG_SIDE // 5, LONG_SIDE // 2]


def test_a_png_gives_back_what_was_drawn() -> None:
    levels = np.linspace(0, 1, 12, dtype=np.float32).reshape(2, 2, 3)
    np.testing.assert_array_equal(decode(data_uri(levels)), np.rint(levels * 255))
    assert decode(data_uri(np.full((2, 2, 3), 0.2, np.float32))).shape == (2, 2)


def test_a_volume_shows_the_slice_with_the_largest_tumour_enlarged(tmp_path_factory: pytest.TempPathFactory) -> None:
    tumour = np.zeros((8, 200, 200), dtype=bool)
    tumour[4, 100:104, 100:104] = True
    tumour[5, 98:108, 98:108] = True
    pixels = np.zeros(tumour.shape, dtype=np.int16)
    pixels[5] = 100
    image = Image(pixels, Spacing((5.0, 1.0, 1.0), "DICOM PixelSpacing"), modality="CT")
    library = make_library(tmp_path_factory.mktemp("bundles"))
    reading = Reading(library, {}, ReadingOptions(systems=()))
    reading.open(Study("volume", {"image": image}, {"tumour": tumour}))
    reading.run()
    plain, regions = draw_figures(reading)
    assert "Slice 6 of 8" in plain.caption and "enlarged" in plain.caption
    assert decode(plain.picture)[0, 0] == pytest.approx(255 * 260 / 400, abs=1.5)
    assert regions.scale_bar_mm == 10
    shown_mm = 10 / regions.scale_bar_percent * 100
    assert 35 < shown_mm < 60  # the tumour and its rings measure 30 mm


def test_a_reading_without_image_has_no_pictures(tmp_path_factory: pytest.TempPathFactory) -> None:
    library = make_library(tmp_path_factory.mktemp("bundles"))
    assert draw_figures(Reading(library, {}, ReadingOptions(systems=()))) == []
