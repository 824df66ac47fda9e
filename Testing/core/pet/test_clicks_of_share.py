"""A click with a share of the maximum means what lies under it, or nothing: never another organ."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from Testing.core.pet.test_lesions import BLADDER, HOT, SPACING, bump
from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.pet.clicks import lesion_at
from TumorResponseLib.core.pet.thresholds import of_maximum


@pytest.fixture
def suv() -> NDArray[np.float32]:
    """A body of 1 in air, with a lesion of 12 and a bladder of 40."""
    body = np.zeros((28, 30, 32))
    body[4:] = 1
    return (body + bump(HOT, 11, 4) + bump(BLADDER, 39, 5)).astype(np.float32)


def test_a_lesion_is_taken_alone(suv: NDArray[np.float32]) -> None:
    region = lesion_at(suv, SPACING, of_maximum(4.0), (HOT[0], HOT[1], HOT[2] + 1))
    assert region.hottest(suv) == HOT and region.holds(HOT) and not region.holds(BLADDER)
    assert (suv[region.box.slices][region.mask] >= 0.41 * 12).all()


@pytest.mark.parametrize(
    ("click", "reason"),
    [((0, 2, 2), "There is no uptake within 10 mm"), ((26, 4, 28), "with a hotter place elsewhere")],
    ids=["air", "normal tissue"],
)
def test_a_click_beside_every_lesion_takes_none(
    suv: NDArray[np.float32], click: tuple[int, int, int], reason: str
) -> None:
    with pytest.raises(UsageError, match=reason):
        lesion_at(suv, SPACING, of_maximum(4.0), click)
