"""Moving an outline, and what becomes of the prediction."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from Testing.desk.conftest import probability, wait
from Testing.session.stand_ins import disc
from TumorResponseLib.core.errors import MaskError, UsageError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.desk.desk import Desk
from TumorResponseLib.desk.sensitivity import OFFSETS_MM, moved_outline
from TumorResponseLib.session.steps import Step

SPACING = (0.2, 0.3)


@pytest.mark.parametrize("offset", [1.0, 2.0])
def test_a_mask_grows_and_shrinks_by_distance_in_mm(offset: float) -> None:
    mask = disc()
    far = distance_transform_edt(~mask, sampling=SPACING)
    deep = distance_transform_edt(mask, sampling=SPACING)
    assert np.array_equal(moved_outline(mask, offset, SPACING), far <= offset + 1e-9)
    assert np.array_equal(moved_outline(mask, -offset, SPACING), deep > offset + 1e-9)


def test_a_tumour_at_the_border_does_not_shrink_from_the_side_where_the_image_ends() -> None:
    mask = np.zeros((40, 40), dtype=bool)
    mask[:, :20] = True
    shrunk = moved_outline(mask, -1.0, (0.5, 0.5))
    assert np.array_equal(np.flatnonzero(shrunk[0]), np.arange(18))
    assert shrunk[:, 0].all()


def test_volumes_move_along_all_axes() -> None:
    mask = np.zeros((9, 20, 20), dtype=bool)
    mask[4, 10, 10] = True
    grown = moved_outline(mask, 2.0, (2.0, 1.0, 1.0))
    assert grown[3, 10, 10] and grown[5, 10, 10] and grown[4, 8, 10] and not grown[4, 7, 10]
    assert int(grown.sum()) == 15


def test_a_tumour_that_vanishes_is_told_of() -> None:
    mask: MaskArray = disc(radius=3)
    with pytest.raises(MaskError, match="2 mm"):
        moved_outline(mask, -2.0, (0.5, 0.5))


def test_the_prediction_is_asked_for_each_outline(desk: Desk) -> None:
    desk.start_sensitivity()
    assert desk.sensitivity is not None and desk.sensitivity.is_running
    wait(desk, lambda: desk.sensitivity is not None and not desk.sensitivity.is_running, "the sensitivity")
    rows = desk.sensitivity.rows
    assert tuple(row.offset_mm for row in rows) == OFFSETS_MM
    by_offset = {row.offset_mm: row.probability for row in rows}
    assert by_offset[0.0] == probability(desk)
    # The disc is evenly bright, and the tissue around it is dark.
    assert by_offset[-1.0] == pytest.approx(by_offset[0.0], abs=0.02)
    assert by_offset[2.0] is not None and by_offset[1.0] is not None and by_offset[0.0] is not None
    assert by_offset[2.0] < by_offset[1.0] < by_offset[0.0]
    assert desk.sensitivity.span == (by_offset[2.0], max(value for value in by_offset.values() if value is not None))
    assert "2 mm" in desk.sensitivity.text
    assert rows[-1].text == f"2 mm larger: {by_offset[2.0]:.0%}"


def test_it_belongs_to_one_outline(desk: Desk) -> None:
    desk.start_sensitivity()
    desk.edit_mask(disc(radius=8))
    assert desk.sensitivity is None
    with pytest.raises(UsageError, match="Read"):
        desk.start_sensitivity()


def test_an_outline_that_leaves_nothing_has_a_reason_in_its_row(desk: Desk) -> None:
    desk.edit_mask(disc(radius=7))  # 1.4 mm
    wait(desk, lambda: desk.reading is not None and desk.reading.is_ready(Step.PREDICTION), "the prediction")
    desk.start_sensitivity()
    wait(desk, lambda: desk.sensitivity is not None and not desk.sensitivity.is_running, "the sensitivity")
    assert desk.sensitivity is not None
    smallest = desk.sensitivity.rows[0]
    assert smallest.probability is None and "Nothing is left" in smallest.reason
