"""The small pictures of the worklist."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.session.worklist.thumbnail import thumbnail

YELLOW = (255, 236, 64)


def decoded(png: bytes) -> NDArray[np.uint8]:
    with Pillow.open(BytesIO(png)) as picture:
        assert picture.format == "PNG"
        return np.asarray(picture.convert("RGB"))


def yellow(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray((picture == YELLOW).all(axis=-1))


def test_a_picture_keeps_its_shape_its_greys_and_shows_the_outline() -> None:
    pixels = np.full((384, 768), 100, np.uint8)
    mask = np.zeros(pixels.shape, dtype=bool)
    mask[160:240, 400:560] = True
    picture = decoded(thumbnail(Image(pixels), mask))
    assert picture.shape == (48, 96, 3)
    rows, columns = np.nonzero(yellow(picture))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (19, 30, 49, 70)  # one pixel around [20:30, 50:70]
    assert not yellow(picture)[20:30, 50:70].any()
    assert (picture[~yellow(picture)] == 100).all()


@pytest.mark.parametrize("mask", [None, np.zeros((20, 20), dtype=bool)])
def test_without_a_tumour_it_is_grey(mask: NDArray[np.bool_] | None) -> None:
    picture = decoded(thumbnail(Image(np.arange(400, dtype=np.uint8).reshape(20, 20)), mask))
    assert (picture == picture[..., :1]).all()


def test_pixels_that_are_not_square_are_shown_as_they_measure() -> None:
    image = Image(np.zeros((100, 100), np.uint8), Spacing((0.1, 0.3), "test"))
    assert decoded(thumbnail(image, size=60)).shape == (20, 60, 3)


def test_a_tumour_smaller_than_a_pixel_is_outlined() -> None:
    mask = np.zeros((2000, 2000), dtype=bool)
    mask[1000, 1000] = True
    assert yellow(decoded(thumbnail(Image(np.zeros(mask.shape, np.uint8)), mask))).sum() == 4


def test_a_volume_shows_the_slice_with_most_tumour_or_the_middle_one() -> None:
    pixels = np.repeat(np.arange(9, dtype=np.uint8)[:, None, None] * 20, 40, axis=1).repeat(40, axis=2)
    mask = np.zeros(pixels.shape, dtype=bool)
    mask[2, 10:12, 10:12], mask[6, 10:20, 10:20] = True, True
    assert decoded(thumbnail(Image(pixels), mask))[0, 0, 0] == 120
    assert decoded(thumbnail(Image(pixels)))[0, 0, 0] == 80
    cine = Image(pixels, frame_times_ms=tuple(float(time) for time in range(9)))
    assert decoded(thumbnail(cine))[0, 0, 0] == 0


def test_ct_is_shown_as_soft_tissue_and_other_values_by_their_range() -> None:
    hounsfield = np.full((10, 10), 40.0, np.float32)
    hounsfield[0] = 3000.0
    picture = decoded(thumbnail(Image(hounsfield, modality="CT"), size=10))
    assert picture[5, 5, 0] == 128 and picture[0, 0, 0] == 255
    ramp = np.linspace(-7.0, 9000.0, 10000).reshape(100, 100)
    grey = decoded(thumbnail(Image(ramp, modality="MR")))[..., 0]
    assert grey[0, 0] == 0 and grey[-1, -1] == 255 and abs(int(grey[48, 48]) - 128) < 5


def test_a_uniform_image_does_not_divide_by_nothing() -> None:
    assert (decoded(thumbnail(Image(np.full((5, 5), 7, np.int16)))) == 0).all()
