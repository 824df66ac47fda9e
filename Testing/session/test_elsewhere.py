"""A reading that takes what another one found, and what it says when that did not work out."""

from __future__ import annotations

import pytest

from Testing.session.stand_ins import BrightnessSystem, disc, make_study, systems
from TumorResponseLib.core.errors import MaskError, UsageError
from TumorResponseLib.models.runtime import ModelLibrary
from TumorResponseLib.session.findings import RESULTS, UsedBundle
from TumorResponseLib.session.mask_source import MaskOrigin
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Status, Step, StepState

COMPUTED = tuple(RESULTS)
READY = StepState(Status.READY)


class NoModels:
    def open(self, name: str) -> None:
        raise UsageError("no models here")


def origin_of(reading: Reading) -> MaskOrigin:
    assert reading.found.mask_source is not None
    return reading.found.mask_source.origin


def warnings_of(reading: Reading) -> tuple[str, ...]:
    return reading.found.bundles["dlrs3"].warnings


@pytest.fixture
def other() -> Reading:
    """A reading in another place, with a study open and no models."""
    reading = Reading(NoModels(), systems(BrightnessSystem()))  # type: ignore[arg-type]
    reading.open(make_study())
    return reading


@pytest.fixture
def done(reading: Reading) -> Reading:
    reading.open(make_study())
    reading.run()
    return reading


def test_adopted_results_stand_as_if_they_were_made_here(other: Reading, done: Reading) -> None:
    told: list[tuple[Step, Status]] = []
    other.observe(lambda step, state: told.append((step, state.status)))
    for step in COMPUTED:
        other.adopt(step, done.state(step), done.found.results(step), 0.5)
    assert told == [(step, Status.READY) for step in COMPUTED]
    assert [other.state(step) for step in Step] == [done.state(step) for step in Step]
    assert other.found.mask is done.found.mask and other.found.tumour_found
    assert other.found.outputs is done.found.outputs and other.found.saliency is done.found.saliency
    assert other.timing_s == {"image": other.timing_s["image"], **{step.value: 0.5 for step in COMPUTED}}
    assert other.warnings == done.warnings


def test_an_adopted_mask_makes_what_follows_stale_and_an_empty_one_drops_it(other: Reading, done: Reading) -> None:
    for step in COMPUTED:
        other.adopt(step, READY, done.found.results(step))
    other.adopt(Step.MASK, READY, done.found.results(Step.MASK))
    assert [other.state(step).status for step in COMPUTED] == [Status.READY, *[Status.STALE] * 3]
    done.set_mask(disc() & False)
    other.adopt(Step.MASK, done.state(Step.MASK), done.found.results(Step.MASK))
    assert [other.state(step).status for step in COMPUTED] == [Status.READY, *[Status.EMPTY] * 3]
    assert other.state(Step.RINGS).reason == done.state(Step.MASK).reason
    assert other.found.rings is None and not other.found.outputs


def test_a_failure_elsewhere_leaves_the_earlier_result(other: Reading, done: Reading) -> None:
    for step in COMPUTED:
        other.adopt(step, READY, done.found.results(step))
    other.adopt(Step.RINGS, StepState(Status.FAILED, "No room."), {})
    other.fail(Step.PREDICTION, "The worker ended.")
    assert other.state(Step.RINGS) == StepState(Status.FAILED, "No room.")
    assert other.state(Step.PREDICTION) == StepState(Status.FAILED, "The worker ended.")
    assert other.state(Step.SALIENCY).status is Status.STALE
    assert other.found.rings is done.found.rings and other.found.outputs is done.found.outputs
    assert {"No room.", "The worker ended."} <= set(other.warnings)


def test_a_step_that_was_given_up_says_so_and_is_not_failed(other: Reading, done: Reading) -> None:
    other.leave(Step.MASK, "Cancelled.")
    assert other.state(Step.MASK) == StepState(Status.EMPTY, "Cancelled.")
    other.adopt(Step.MASK, READY, done.found.results(Step.MASK))
    other.leave(Step.MASK, "Cancelled.")
    assert other.state(Step.MASK) == READY  # the mask fits as before


def test_a_run_begins_where_it_is_told(reading: Reading) -> None:
    reading.open(make_study())
    reading.set_mask(disc(), MaskOrigin.MANUAL)
    told: list[tuple[Step, float]] = []
    reading.run(lambda step, fraction: told.append((step, fraction)), first=Step.PREDICTION)
    assert told == [(Step.PREDICTION, 0.0), (Step.SALIENCY, 0.5), (Step.SALIENCY, 1.0)]
    assert reading.state(Step.RINGS).status is Status.EMPTY
    assert reading.is_ready(Step.SALIENCY)


def test_a_step_that_is_ready_is_made_again_only_when_asked(done: Reading) -> None:
    done.set_mask(disc(radius=5.0), MaskOrigin.MANUAL)
    done.run()
    assert origin_of(done) is MaskOrigin.MANUAL
    done.run(again=True)
    assert origin_of(done) is MaskOrigin.AUTOMATIC
    assert all(done.is_ready(step) for step in COMPUTED)


def test_predicting_for_another_mask_changes_no_step(done: Reading, system: BrightnessSystem) -> None:
    before = done.found.outputs
    other = done.predict_for(disc(radius=25.0))["dlrs3"].prediction
    assert other != before["dlrs3"].prediction
    assert done.found.outputs is before
    assert all(done.is_ready(step) for step in COMPUTED)
    with pytest.raises(MaskError):
        done.predict_for(disc((9, 9)))


def test_a_bundle_is_remembered_as_it_was_when_it_last_ran(done: Reading, library: ModelLibrary) -> None:
    opened = library.open("dlrs3")
    assert done.found.bundles["dlrs3"] == UsedBundle(opened.bundle, opened.device, ())
    opened.warnings.append("The GPU's memory was too small.")
    assert warnings_of(done) == ()  # this result came before
    done.predict()
    assert warnings_of(done) == ("The GPU's memory was too small.",)
    assert "The GPU's memory was too small." in done.warnings
