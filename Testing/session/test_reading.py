"""A reading's results, step by step."""

from __future__ import annotations

import numpy as np
import pytest

from Testing.session.stand_ins import RADIUS, STEP_MM, BrightnessSystem, disc, make_study, systems
from TumorResponseLib.core.errors import MaskError, SpacingError, StudyError, UsageError
from TumorResponseLib.core.image import Spacing
from TumorResponseLib.models.runtime import ModelLibrary
from TumorResponseLib.session.mask_source import MaskOrigin
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.reading import NO_LESION, Reading
from TumorResponseLib.session.steps import Status, Step

COMPUTED = (Step.IMAGE, Step.MASK, Step.RINGS, Step.PREDICTION, Step.SALIENCY)


def statuses(reading: Reading) -> list[Status]:
    return [reading.state(step).status for step in COMPUTED]


def test_run_brings_every_step_from_image_to_saliency(reading: Reading) -> None:
    reading.open(make_study(), seconds=0.25)
    assert reading.run() == ()
    found = reading.found
    assert statuses(reading) == [Status.READY] * 5
    assert reading.state(Step.REPORT).status is Status.EMPTY
    assert found.mask is not None and found.mask_source is not None
    overlap = 2 * (found.mask & disc()).sum() / (found.mask.sum() + disc().sum())
    assert overlap > 0.95
    assert found.mask_source.origin is MaskOrigin.AUTOMATIC
    assert found.mask_source.bundle == "breast-us-segmentation"
    assert [each.name for each in found.measurements] == ["tumour", "0-3 mm", "3-5 mm", "5-10 mm"]
    assert found.measurements[0].long_diameter_mm == pytest.approx(2 * RADIUS * STEP_MM, abs=2 * STEP_MM)
    assert found.outputs["dlrs3"].prediction.decision == "Responder"
    assert {"intratumoral", "margin3", "fused"} <= set(found.saliency)
    assert all(values.shape == (120, 160) for values in found.saliency.values())
    assert all(sum(shares.values()) == pytest.approx(1.0) for shares in found.shares.values())
    assert reading.timing_s.keys() == {"image", "mask", "rings", "prediction", "saliency"}
    assert reading.timing_s["image"] == 0.25
    assert reading.warnings == ()


def test_run_repeats_nothing_that_is_ready(reading: Reading, system: BrightnessSystem) -> None:
    reading.open(make_study())
    reading.run()
    reading.run()
    assert system.asked == ["case"]


def test_new_radii_make_the_rings_and_what_follows_stale_and_a_run_renews_them(reading: Reading) -> None:
    reading.open(make_study())
    reading.run()
    reading.set_radii((2.0, 4.0))
    assert statuses(reading) == [Status.READY, Status.READY, Status.STALE, Status.STALE, Status.STALE]
    assert reading.state(Step.RINGS).reason == "The ring radii changed."
    assert len(reading.found.measurements) == 4
    assert reading.run() == ()
    assert [each.name for each in reading.found.measurements] == ["tumour", "0-2 mm", "2-4 mm"]
    assert statuses(reading) == [Status.READY] * 5


def test_a_system_without_a_model_that_outlines_says_to_draw(reading: Reading, system: BrightnessSystem) -> None:
    system.segmentation = None
    reading.open(make_study())
    assert reading.run() == (Step.MASK,)
    assert reading.state(Step.MASK).reason.endswith("draw the outline.")
    reading.set_mask(disc(), MaskOrigin.MANUAL)
    assert reading.run() == ()
    assert reading.is_ready(Step.SALIENCY)


def test_a_corrected_mask_counts_what_was_changed_and_outdates_what_follows(reading: Reading) -> None:
    reading.open(make_study())
    reading.run()
    automatic = reading.found.mask
    assert automatic is not None
    corrected = automatic.copy()
    corrected[10, 10:15] = True
    corrected[60, 78:80] = False
    reading.set_mask(corrected, "corrected")
    source = reading.found.mask_source
    assert source is not None
    assert (source.origin, source.added, source.removed) == (MaskOrigin.CORRECTED, 5, 2)
    assert source.bundle == "breast-us-segmentation"
    assert statuses(reading) == [Status.READY, Status.READY, Status.STALE, Status.STALE, Status.STALE]
    reading.set_mask(corrected & ~automatic)
    assert reading.found.mask_source is not None
    assert reading.found.mask_source.removed == automatic.sum()


def test_a_mask_drawn_without_an_automatic_one_is_not_compared(reading: Reading) -> None:
    reading.open(make_study())
    reading.set_mask(disc(), MaskOrigin.CORRECTED)
    source = reading.found.mask_source
    assert source is not None and source.added is None and source.bundle is None


def test_a_mask_of_another_shape_is_refused_and_changes_nothing(reading: Reading) -> None:
    reading.open(make_study())
    reading.run()
    before = reading.found.mask
    with pytest.raises(MaskError, match="shape"):
        reading.set_mask(np.ones((5, 5), dtype=bool))
    assert reading.found.mask is before
    assert statuses(reading) == [Status.READY] * 5


def test_the_studys_own_mask_is_taken_and_not_segmented_over(reading: Reading) -> None:
    reading.open(make_study(masks={"tumour": disc(radius=9.0)}))
    assert reading.run() == ()
    assert reading.found.mask_source is not None
    assert reading.found.mask_source.origin is MaskOrigin.MANUAL
    assert reading.found.measurements[0].voxels == disc(radius=9.0).sum()
    assert reading.found.segmentation is None


def test_rings_stay_within_and_keep_out_of_masks(reading: Reading) -> None:
    left = np.zeros((120, 160), dtype=bool)
    left[:, :80] = True
    reading.open(make_study(masks={"tumour": disc(), "exclude": left}))
    reading.run()
    rings = reading.found.rings
    assert rings is not None
    assert not (rings.band(1) & left).any() and rings.band(1).any()
    reading.set_limits(within=left)
    assert reading.state(Step.RINGS).status is Status.STALE
    reading.compute_rings()
    assert reading.found.rings is not None
    assert not (reading.found.rings.band(1) & ~left).any()
    with pytest.raises(MaskError, match="exclude mask"):
        reading.set_limits(exclude=np.ones((2, 2), dtype=bool))


def test_without_spacing_only_what_needs_millimetres_is_refused(reading: Reading) -> None:
    reading.open(make_study(None))
    assert reading.run() == (Step.RINGS, Step.PREDICTION)
    assert statuses(reading) == [Status.READY, Status.READY, Status.FAILED, Status.FAILED, Status.EMPTY]
    reason = reading.state(Step.RINGS).reason
    assert "millimetres" in reason
    assert reading.state(Step.PREDICTION).reason == reason
    assert reading.state(Step.SALIENCY).reason == reason
    assert reading.warnings == (reason,)
    mask = reading.found.mask
    reading.set_spacing(Spacing((0.2, 0.2), "drawn on the scale"))
    assert reading.state(Step.RINGS).status is Status.EMPTY
    assert reading.run() == ()
    assert reading.found.mask is mask
    assert statuses(reading) == [Status.READY] * 5
    assert reading.found.study is not None
    assert reading.found.study.image() is reading.found.image


def test_a_spacing_of_the_wrong_length_is_refused_and_changes_nothing(reading: Reading) -> None:
    reading.open(make_study())
    reading.run()
    with pytest.raises(SpacingError):
        reading.set_spacing(Spacing((1.0, 1.0, 1.0), "given by the user"))
    assert statuses(reading) == [Status.READY] * 5


def test_no_lesion_is_neither_failed_nor_cancelled(reading: Reading, system: BrightnessSystem) -> None:
    reading.open(make_study(lesion=False))
    assert reading.run() == ()
    assert reading.state(Step.MASK).status is Status.READY
    assert reading.state(Step.MASK).reason == NO_LESION
    assert reading.found.mask is not None and not reading.found.mask.any()
    assert statuses(reading)[2:] == [Status.EMPTY] * 3
    assert reading.state(Step.PREDICTION).reason == NO_LESION
    assert system.asked == []
    reading.set_mask(disc(), "corrected")
    assert reading.run() == ()
    assert statuses(reading) == [Status.READY] * 5


def test_erasing_the_whole_mask_forgets_what_was_found_around_it(reading: Reading) -> None:
    reading.open(make_study())
    reading.run()
    reading.set_mask(np.zeros((120, 160), dtype=bool))
    assert statuses(reading)[2:] == [Status.EMPTY] * 3
    assert reading.found.rings is None and not reading.found.outputs and not reading.found.saliency


def test_a_failed_prediction_leaves_the_previous_one_standing(reading: Reading, system: BrightnessSystem) -> None:
    reading.open(make_study())
    reading.run()
    before = reading.found.outputs
    system.refusal = StudyError("The image is too small; give a larger one.")
    reading.set_radii((3.0,))
    assert reading.run() == (Step.PREDICTION,)
    assert reading.state(Step.PREDICTION).reason == "The image is too small; give a larger one."
    assert reading.found.outputs is before
    assert reading.state(Step.SALIENCY).status is Status.STALE
    assert reading.found.saliency
    system.refusal = None
    assert reading.run() == ()


def test_a_command_raises_what_its_step_failed_of(reading: Reading, system: BrightnessSystem) -> None:
    reading.open(make_study())
    reading.segment()
    system.refusal = StudyError("No.")
    with pytest.raises(StudyError, match=r"No\."):
        reading.predict()
    assert reading.state(Step.PREDICTION).status is Status.FAILED


def test_an_error_that_is_a_bug_is_not_taken_for_a_failed_step(reading: Reading, system: BrightnessSystem) -> None:
    reading.open(make_study())
    system.refusal = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        reading.run()
    assert reading.state(Step.PREDICTION).status is Status.EMPTY


def test_of_several_systems_those_that_answer_are_kept(library: ModelLibrary) -> None:
    refusing = BrightnessSystem("ceus", refusal=StudyError("The study is no cine; give a cine."))
    library.bundles["ceus"] = library.bundles["dlrs3"]
    reading = Reading(library, systems(BrightnessSystem(), refusing), ReadingOptions(systems=("dlrs3", "ceus")))
    reading.open(make_study())
    assert reading.run() == ()
    assert list(reading.found.outputs) == ["dlrs3"]
    assert reading.state(Step.PREDICTION).reason == "The study is no cine; give a cine."
    refusing.refusal = None
    reading.set_radii((3.0,))
    reading.run()
    assert {"dlrs3-fused", "ceus-fused"} <= set(reading.found.saliency)


def test_a_command_before_its_input_is_wrong_use(reading: Reading) -> None:
    with pytest.raises(UsageError, match="No study is open"):
        reading.segment()
    reading.open(make_study())
    with pytest.raises(UsageError, match="without the mask"):
        reading.compute_rings()
    assert statuses(reading)[1:] == [Status.EMPTY] * 4


def test_an_unknown_system_is_refused_at_once(library: ModelLibrary) -> None:
    with pytest.raises(UsageError, match="no system 'other'; choose from dlrs3"):
        Reading(library, systems(BrightnessSystem()), ReadingOptions(systems=("other",)))


def test_opening_another_study_leaves_nothing_of_the_first(reading: Reading) -> None:
    reading.open(make_study())
    reading.run()
    reading.open(make_study(name="next"))
    assert statuses(reading) == [Status.READY, *[Status.EMPTY] * 4]
    assert reading.found.mask is None and not reading.found.outputs and not reading.found.bundles
    assert reading.timing_s.keys() == {"image"}


def test_the_report_is_a_step_like_the_others(reading: Reading) -> None:
    reading.open(make_study())
    seen: list[Reading] = []
    reading.report(seen.append)
    assert seen == [reading]
    assert reading.state(Step.REPORT).status is Status.READY
    reading.run()
    assert reading.state(Step.REPORT).status is Status.STALE
