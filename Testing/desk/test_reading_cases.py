"""Open, look, correct, next: cases go through the desk."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from Testing.desk.conftest import (
    MakeDesk,
    can_undo_redo,
    is_fresh,
    mask_of,
    probability,
    states,
    wait,
    wait_case,
    wait_fresh,
    wait_quiet,
)
from Testing.desk.studies import larger_disc, make_study
from Testing.session.stand_ins import disc
from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.desk.desk import Desk
from TumorResponseLib.desk.strip import Action, strip
from TumorResponseLib.desk.summary import summary
from TumorResponseLib.session.mask_source import MaskOrigin
from TumorResponseLib.session.steps import Step
from TumorResponseLib.session.worklist.entries import EntryStatus


def status(desk: Desk) -> EntryStatus:
    assert desk.entry is not None
    return desk.entry.status


def test_an_empty_desk(make_desk: MakeDesk) -> None:
    desk = make_desk()
    assert desk.reading is None and desk.entry is None and desk.entries() == [] and desk.error == ""
    assert states(desk) == ["empty"] * 6 and summary(desk.reading) is None and not desk.shown.mask
    assert not desk.next() and not desk.previous() and not desk.next_unread()
    for command in (desk.read, desk.cancel, desk.undo, lambda: desk.flag("?"), lambda: desk.edit_mask(disc())):
        with pytest.raises(UsageError, match="open a study"):
            command()


def test_opening_shows_the_first_case_and_reads_it(desk: Desk) -> None:
    assert [entry.name for entry in desk.entries()] == ["case1", "case2", "case3"]
    assert desk.entry is not None and desk.entry.number == 1
    assert states(desk) == ["ready"] * 5 + ["empty"]
    assert status(desk) is EntryStatus.READ
    assert desk.entry.result is not None and desk.entry.result["predictions"][0]["system"] == "dlrs3"
    assert desk.entry.has_mask and desk.entry.thumbnail is not None
    assert desk.mask_source is not None and desk.mask_source.origin is MaskOrigin.AUTOMATIC
    assert [entry.status for entry in desk.entries()[1:]] == [EntryStatus.NEW, EntryStatus.NEW]


def test_the_next_case_was_read_ahead_and_counts_as_read_once_it_is_shown(desk: Desk) -> None:
    wait_quiet(desk)
    assert desk.entries()[1].status is EntryStatus.NEW
    before = probability(desk)
    start = time.perf_counter()
    assert desk.next()
    desk.poll()
    assert time.perf_counter() - start < 0.3
    assert is_fresh(desk) and probability(desk) > before
    assert status(desk) is EntryStatus.READ


def test_moving_through_the_worklist(desk: Desk) -> None:
    assert not desk.previous()
    assert desk.next_unread() and desk.entry is not None and desk.entry.number == 2
    desk.show(1)
    wait_fresh(desk)
    assert desk.accept("clear case")
    assert desk.entries()[0].status is EntryStatus.ACCEPTED and desk.entries()[0].comment == "clear case"
    assert desk.entry.number == 2
    desk.flag("look again")
    desk.set_comment("look again, please")
    assert desk.entries()[1].status is EntryStatus.FLAGGED and desk.entries()[1].comment == "look again, please"
    assert desk.next() and desk.entry.number == 3
    wait_fresh(desk)
    assert not desk.next() and not desk.next_unread() and desk.entry.number == 3
    with pytest.raises(UsageError, match="no case 7"):
        desk.show(7)
    assert desk.entry.number == 3


def test_a_stroke_makes_the_rest_stale_and_then_fresh_again(desk: Desk) -> None:
    before = probability(desk)
    desk.edit_mask(larger_disc())
    assert states(desk)[:2] == ["ready", "ready"] and desk.reading is not None
    shown = summary(desk.reading)
    assert shown is not None and shown.stale and "mask changed" in shown.stale_reason and desk.shown.is_stale
    assert shown.mask_source.startswith("corrected: ") and "voxels added" in shown.mask_source
    assert status(desk) is EntryStatus.CORRECTED
    wait_fresh(desk)
    assert probability(desk) < before  # dark tissue came in
    assert desk.mask_source is not None and desk.mask_source.origin is MaskOrigin.CORRECTED
    shown = summary(desk.reading)
    assert shown is not None and not shown.stale and not desk.shown.is_stale


def test_strokes_in_quick_succession_end_in_the_last_one(desk: Desk) -> None:
    for by in (1.0, 2.0, 3.0, 4.0, 5.0):
        desk.edit_mask(larger_disc(by))
        desk.poll()
    wait_fresh(desk)
    assert desk.reading is not None and desk.reading.found.mask is not None and desk.reading.found.image is not None
    expected = desk.reading.found.image.pixels[larger_disc(5.0)].mean() / 255.0
    assert probability(desk) == pytest.approx(expected, abs=1e-3)
    assert desk.reading.found.rings is not None
    assert np.array_equal(desk.reading.found.rings.labels == 1, larger_disc(5.0))


def test_undo_redo_and_back_to_the_model(desk: Desk) -> None:
    automatic = mask_of(desk)
    assert can_undo_redo(desk) == (False, False)
    desk.edit_mask(larger_disc(2))
    desk.edit_mask(larger_disc(4))
    desk.edit_mask(larger_disc(4))  # the same again
    desk.undo()
    assert np.array_equal(mask_of(desk), larger_disc(2)) and can_undo_redo(desk) == (True, True)
    desk.undo()
    assert np.array_equal(mask_of(desk), automatic) and can_undo_redo(desk) == (False, True)
    assert desk.mask_source is not None and desk.mask_source.origin is MaskOrigin.AUTOMATIC
    assert status(desk) is EntryStatus.READ
    desk.redo()
    desk.redo()
    assert np.array_equal(mask_of(desk), larger_disc(4)) and can_undo_redo(desk) == (True, False)
    desk.back_to_model()
    assert np.array_equal(mask_of(desk), automatic)
    assert status(desk) is EntryStatus.READ
    desk.undo()
    assert np.array_equal(mask_of(desk), larger_disc(4))
    wait_fresh(desk)


def test_the_models_outline_is_made_where_the_study_brought_a_mask(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk()
    desk.open([make_study(tmp_path / "outlined", mask=larger_disc(6))])
    wait_fresh(desk)
    assert desk.mask_source is not None and desk.mask_source.origin is MaskOrigin.MANUAL
    assert status(desk) is EntryStatus.READ
    desk.back_to_model()
    wait(desk, lambda: desk.mask_source is not None and desk.mask_source.origin is MaskOrigin.AUTOMATIC, "the outline")
    wait_fresh(desk)
    desk.undo()
    assert np.array_equal(mask_of(desk), larger_disc(6))


def test_an_accepted_case_that_is_edited_is_corrected_and_a_flagged_one_stays_flagged(desk: Desk) -> None:
    desk.accept()
    desk.previous()
    wait_fresh(desk)
    desk.edit_mask(larger_disc())
    assert status(desk) is EntryStatus.CORRECTED
    desk.flag()
    desk.undo()
    assert status(desk) is EntryStatus.FLAGGED


def test_without_auto_update_each_step_has_its_button(make_desk: MakeDesk, studies: Path) -> None:
    desk = make_desk()
    desk.auto_update = False
    desk.open([studies])
    wait(desk, lambda: states(desk)[0] == "ready", "the image")
    wait_quiet(desk)
    assert states(desk)[1:] == ["empty"] * 5 and status(desk) is EntryStatus.NEW
    assert [view.button for view in strip(desk)] == ["", "Outline", "Cut rings", "Predict", "Explain", "Write"]
    assert all(view.enabled for view in strip(desk)[1:])
    desk.press(Step.PREDICTION)
    assert "running" in states(desk)
    wait_fresh(desk)
    assert [view.button for view in strip(desk)] == ["", "", "", "", "", "Write"]
    desk.edit_mask(larger_disc())
    wait_quiet(desk)
    assert states(desk)[2:5] == ["stale"] * 3
    desk.auto_update = True
    wait_fresh(desk)


def test_read_can_be_pressed_before_the_image_is_there(make_desk: MakeDesk, studies: Path) -> None:
    desk = make_desk()
    desk.auto_update = False
    desk.open([studies])
    wait_case(desk)
    desk.read()
    wait_fresh(desk)


def test_other_radii_are_kept_for_all_cases(desk: Desk) -> None:
    wait_quiet(desk)
    desk.set_radii((2.0, 4.0))
    wait_fresh(desk)
    assert desk.reading is not None and [each.name for each in desk.reading.found.measurements][1:] == [
        "0-2 mm",
        "2-4 mm",
    ]
    desk.next()
    wait_fresh(desk)
    assert [each.name for each in desk.reading.found.measurements][1:] == ["0-2 mm", "2-4 mm"]
    with pytest.raises(UsageError):
        desk.set_radii((4.0, 2.0))
    assert desk.radii_mm == (2.0, 4.0)


def test_limits_of_the_rings(desk: Desk) -> None:
    left = np.zeros((120, 160), bool)
    left[:, :80] = True
    desk.set_limits(within=left)
    wait_fresh(desk)
    assert desk.reading is not None and desk.reading.found.rings is not None
    assert not (desk.reading.found.rings.labels[:, 80:] > 1).any()


def test_a_picture_without_spacing_is_calibrated(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk()
    desk.open([make_study(tmp_path / "plain", spacing=False)])
    wait(desk, lambda: desk.running is None and states(desk)[2] == "failed", "the refusal")
    rings = strip(desk)[2]
    assert rings.action is Action.CALIBRATE and rings.enabled and "millimetres" in rings.reason
    desk.press(Step.RINGS)  # the shell's to do
    desk.calibrate((10.0, 5.0), (110.0, 5.0), 20.0)
    wait_fresh(desk)
    assert desk.reading is not None and desk.reading.found.image is not None
    assert desk.reading.found.image.spacing_mm == pytest.approx((0.2, 0.2))
    assert desk.entry is not None and desk.entry.result is not None
    assert desk.entry.result["input"]["spacing_source"] == "line drawn on the scale"
    desk.set_spacing((0.1, 0.1))
    wait_fresh(desk)
    assert desk.reading.found.image.spacing_mm == (0.1, 0.1)


def test_the_time_spent_is_counted_for_the_case_that_is_shown(make_desk: MakeDesk, studies: Path) -> None:
    now = [100.0]
    desk = make_desk(clock=lambda: now[0])
    desk.open([studies])
    wait_case(desk)
    now[0] += 6.0
    desk.poll()
    assert desk.entry is not None and desk.entry.seconds == 6.0
    now[0] += 3.0
    desk.next()
    now[0] += 2.0
    desk.close()
    assert [entry.seconds for entry in make_desk().entries()] == [9.0, 2.0, 0.0]


def test_the_version_grows_with_changes_only(desk: Desk) -> None:
    wait_quiet(desk)
    assert not desk.poll()
    version = desk.version
    desk.set_comment("seen")
    assert desk.version > version and desk.poll() and not desk.poll()
