"""What is shown dark and bright."""

from __future__ import annotations

import numpy as np
import pytest

from TumorResponseLib.core.display_window import HIGHEST_SUV, SOFT_TISSUE_HU, display_window, is_ct, is_pet, pet_window
from TumorResponseLib.core.image import Image

RISING = np.arange(1001, dtype=np.float32).reshape(7, 143)


@pytest.mark.parametrize(
    ("image", "window"),
    [
        (Image(RISING, modality="CT"), SOFT_TISSUE_HU),
        (Image(RISING, units="HU"), SOFT_TISSUE_HU),
        (Image(RISING, units="SUVbw"), (0.0, HIGHEST_SUV)),
        (Image(RISING / 250, modality="PT", units="SUVlbm(Janma)"), (0.0, 4.0)),
        (Image(RISING, modality="PT"), (0.0, 1000.0)),  # not in SUV: its own maximum
        (Image(np.zeros((3, 3)), modality="PT"), (0.0, 1e-3)),
        (Image((RISING / 10).astype(np.uint8), modality="US"), (0.0, 255.0)),
        (Image(RISING, modality="MR"), (5.0, 995.0)),
    ],
)
def test_the_window_follows_what_the_values_are(image: Image, window: tuple[float, float]) -> None:
    assert display_window(image, image.pixels) == pytest.approx(window)


def test_only_what_is_shown_decides_by_its_range() -> None:
    assert display_window(Image(RISING, modality="MR"), np.full((2, 2), 7.0)) == (7.0, 7.0)


def test_modalities_are_told_apart() -> None:
    ct, pet, other = Image(RISING, units="HU"), Image(RISING, modality="PT"), Image(RISING, modality="MR")
    assert [is_ct(each) for each in (ct, pet, other)] == [True, False, False]
    assert [is_pet(each) for each in (ct, pet, other)] == [False, True, False]
    assert pet_window(pet) == (0.0, 1000.0)
