"""Pictures of the report, as arrays."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image as PillowImage

from Testing.session.stand_ins import make_library
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.study import Study
from TumorResponseLib.report.figures import draw_figures
from TumorResponseLib.report.pictures import (
    HEAT_OPACITY,
    LONG_SIDE,
    blend_heat,
    data_uri,
    draw_outline,
    fit_window,
    grey,
)
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.reading import Reading

YELLOW = (1.0, 1.0, 0.0)


def decode(uri: str) -> np.ndarray:
    return np.asarray(PillowImage.open(BytesIO(base64.b64decode(uri.partition(",")[2]))))


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
