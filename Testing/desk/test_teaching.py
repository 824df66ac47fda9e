"""Predict, then reveal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from Testing.desk.conftest import MakeDesk, is_fresh, mask_of, probability, wait, wait_case, wait_fresh, wait_quiet
from Testing.desk.studies import SPACING_MM, larger_disc, make_study
from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.desk.comparison import dice, hausdorff_95_mm
from TumorResponseLib.desk.desk import Desk
from TumorResponseLib.desk.display import Shown
from TumorResponseLib.desk.strip import strip
from TumorResponseLib.desk.summary import summary
from TumorResponseLib.session.steps import Step
from TumorResponseLib.session.worklist.entries import Entry, EntryStatus


def assert_nothing_of_the_ai(desk: Desk) -> None:
    """Through whatever a shell asks the desk."""
    assert desk.teaching.hidden and desk.teaching.comparison is None and desk.teaching.steps == ()
    assert desk.reading is not None
    found = desk.reading.found
    assert found.segmentation is None and found.rings is None and not found.outputs and not found.saliency
    assert desk.shown in (Shown(), Shown(mask=True))
    assert [view.status for view in strip(desk)][2:] == ["empty"] * 4
    assert not any(view.enabled for view in strip(desk)[1:5])
    shown = summary(desk.reading)
    assert shown is None or not (shown.predictions or shown.regions or shown.shares or shown.diameters)
    assert desk.sensitivity is None and desk.entry is not None
    assert desk.entry.result is None and not desk.entry.has_mask
    assert desk.entries()[desk.entry.number - 1] == desk.entry
    for command in (desk.read, desk.back_to_model, desk.start_sensitivity):
        with pytest.raises(UsageError, match="Hidden"):
            command()


def is_hidden(desk: Desk) -> bool:
    return desk.teaching.hidden


def is_compared(desk: Desk) -> bool:
    return desk.teaching.comparison is not None


def entry_of(desk: Desk) -> Entry:
    assert desk.entry is not None
    return desk.entry


def wait_image(desk: Desk) -> None:
    wait(desk, lambda: desk.reading is not None and desk.reading.is_ready(Step.IMAGE), "the image")


def test_the_ai_is_hidden_until_the_learner_has_outlined(desk: Desk) -> None:
    model_mask = mask_of(desk)
    said = probability(desk)
    desk.teaching.start()
    assert_nothing_of_the_ai(desk)
    assert desk.reading is not None and desk.reading.found.image is not None and desk.reading.found.mask is None
    with pytest.raises(UsageError, match="Outline the tumour first"):
        desk.teaching.reveal()
    mine = larger_disc(4)
    desk.edit_mask(larger_disc(2))
    desk.edit_mask(mine)
    assert_nothing_of_the_ai(desk)
    assert desk.shown == Shown(mask=True) and np.array_equal(mask_of(desk), mine)
    desk.undo()
    assert np.array_equal(desk.teaching.outline, larger_disc(2)) and desk.can_redo  # type: ignore[arg-type]
    desk.redo()
    comparison = desk.teaching.reveal()
    assert comparison is not None and comparison.reference == "model"
    assert comparison.dice == dice(mine, model_mask)
    assert comparison.hd95_mm == hausdorff_95_mm(mine, model_mask, (SPACING_MM, SPACING_MM))
    assert desk.entry is not None and desk.entry.result is not None and desk.entry.has_mask
    assert f"Dice {comparison.dice:.2f}" in comparison.text and "mm against the model's outline" in comparison.text
    assert np.array_equal(mask_of(desk), model_mask)  # the model's reading, untouched by the learner
    assert is_fresh(desk) and probability(desk) == said and desk.shown.result
    assert np.array_equal(desk.teaching.outline, mine)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="Nothing is hidden"):
        desk.teaching.reveal()


def test_every_following_case_is_hidden_even_when_it_was_read_ahead(desk: Desk) -> None:
    desk.teaching.start()
    wait_quiet(desk)
    desk.next()
    assert_nothing_of_the_ai(desk)
    wait_quiet(desk)
    assert_nothing_of_the_ai(desk)
    before = entry_of(desk)
    assert before.thumbnail is not None and before.status is EntryStatus.NEW
    desk.edit_mask(larger_disc())
    desk.teaching.reveal()
    wait_fresh(desk)
    after = entry_of(desk)
    assert is_compared(desk) and after.status is EntryStatus.READ and after.thumbnail != before.thumbnail
    desk.previous()
    assert is_hidden(desk)
    desk.next()
    wait_fresh(desk)
    assert not is_hidden(desk) and is_compared(desk)  # revealed once, revealed for good
    desk.teaching.stop()
    desk.previous()
    wait_fresh(desk)
    assert not is_hidden(desk) and desk.shown.mask


def test_revealed_before_the_model_is_done(make_desk: MakeDesk, studies: Path) -> None:
    desk = make_desk()
    desk.auto_update = False
    desk.teaching.start()
    desk.open([studies])
    wait_case(desk)
    assert_nothing_of_the_ai(desk)
    wait_image(desk)
    desk.edit_mask(larger_disc())
    desk.teaching.reveal()
    wait(desk, lambda: desk.teaching.comparison is not None, "the comparison")
    wait_fresh(desk)


def test_a_reference_mask_is_compared_with(make_desk: MakeDesk, tmp_path: Path) -> None:
    reference = larger_disc(6)
    desk = make_desk()
    desk.teaching.start()
    desk.open([make_study(tmp_path / "outlined", mask=reference)])
    wait_image(desk)
    assert_nothing_of_the_ai(desk)
    desk.edit_mask(larger_disc())
    comparison = desk.teaching.reveal()
    assert comparison is not None and comparison.reference == "reference mask"
    assert comparison.dice == dice(larger_disc(), reference)


def test_without_spacing_there_is_no_distance(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk()
    desk.teaching.start()
    desk.open([make_study(tmp_path / "plain", spacing=False)])
    wait_image(desk)
    wait_quiet(desk)
    desk.edit_mask(larger_disc())
    comparison = desk.teaching.reveal()
    assert comparison is not None and comparison.hd95_mm is None and "HD95" not in comparison.text


def test_a_learner_may_calibrate(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk()
    desk.teaching.start()
    desk.open([make_study(tmp_path / "plain", spacing=False)])
    wait_image(desk)
    desk.edit_mask(larger_disc())
    desk.calibrate((10.0, 5.0), (110.0, 5.0), 20.0)
    assert desk.reading is not None and desk.reading.found.image is not None
    assert desk.reading.found.image.spacing_mm == pytest.approx((0.2, 0.2))
    wait_quiet(desk)
    assert_nothing_of_the_ai(desk)
    comparison = desk.teaching.reveal()
    assert comparison is not None and comparison.hd95_mm is not None


def test_what_the_model_saw_step_by_step(desk: Desk) -> None:
    desk.teaching.start()
    desk.edit_mask(larger_disc())
    desk.teaching.reveal()
    wait(desk, lambda: bool(desk.teaching.steps), "the steps")
    steps = desk.teaching.steps
    assert [step.title for step in steps] == [
        "Normalised image",
        "Outline",
        "Crop: Tumour",
        "Crop: Tumour + 3 mm",
        "Activation: Tumour",
        "Activation: Tumour + 3 mm",
        "Fused map",
    ]
    for step in steps:
        assert step.picture.dtype == np.uint8 and step.picture.ndim == 3 and step.picture.shape[2] == 3
        assert step.picture.std() > 0 and step.explanation.endswith(".") and step.png().startswith(b"\x89PNG")
    outline = steps[1].picture.reshape(-1, 3)
    assert (outline == 255).all(axis=1).any()  # the learner's line is white
    assert desk.teaching.steps is steps  # drawn once


def test_an_outline_and_what_is_hidden_outlive_the_program(desk: Desk, make_desk: MakeDesk) -> None:
    wait_quiet(desk)
    desk.teaching.start()
    desk.edit_mask(larger_disc())
    desk.close()
    again = make_desk()
    assert_nothing_of_the_ai(again)
    wait_image(again)
    assert np.array_equal(again.teaching.outline, larger_disc())  # type: ignore[arg-type]
    again.teaching.reveal()
    wait(again, lambda: again.teaching.comparison is not None, "the comparison")


def test_the_report_of_a_hidden_case_holds_nothing_of_the_ai(desk: Desk, tmp_path: Path) -> None:
    desk.teaching.start()
    desk.write_report(tmp_path / "report.html")
    wait(desk, lambda: desk.job is None, "the report")
    assert "Non-responder" not in (tmp_path / "report.html").read_text(encoding="utf-8").replace("non-responder", "")


def test_what_was_written_before_is_hidden_too(desk: Desk, tmp_path: Path) -> None:
    number = entry_of(desk).number
    desk.press(Step.REPORT)
    wait_quiet(desk)
    of_the_ai = desk.report_of(number)
    assert of_the_ai is not None
    page = of_the_ai.read_text(encoding="utf-8")
    desk.teaching.start()
    assert desk.report_of(number) is None
    desk.edit_mask(larger_disc(2))
    desk.press(Step.REPORT)
    wait_quiet(desk)
    of_the_learner = desk.report_of(number)
    assert of_the_learner is not None and of_the_learner != of_the_ai
    assert of_the_ai.read_text(encoding="utf-8") == page
    table = desk.export(tmp_path / "export")
    wait_quiet(desk)
    assert "responder" not in table.read_text(encoding="utf-8-sig").partition("\n")[2].lower()
    assert not list((tmp_path / "export" / "masks").glob(f"{number:03d}.*"))
