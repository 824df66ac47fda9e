"""Progress, cancelling and observing a reading."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from Testing.session.stand_ins import BrightnessSystem, make_library, make_study, systems
from TumorResponseLib.core.errors import TumorResponseError
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Cancelled, Status, Step, StepState


def test_a_bundle_that_holds_other_values_is_told_in_one_sentence(tmp_path: Path) -> None:
    system = BrightnessSystem(refusal=TypeError("'float' object is not iterable"))
    reading = Reading(make_library(tmp_path, "breast-us-segmentation", "dlrs3"), systems(system))
    reading.open(make_study())
    reading.run()
    reason = reading.state(Step.PREDICTION).reason
    assert "The bundle dlrs3 does not fit what it is used for (TypeError: 'float' object" in reason


def test_progress_names_each_step_and_ends_with_one(reading: Reading) -> None:
    reading.open(make_study())
    told: list[tuple[Step, float]] = []
    reading.run(lambda step, fraction: told.append((step, fraction)))
    assert told == [
        (Step.MASK, 0.0),
        (Step.RINGS, 0.25),
        (Step.PREDICTION, 0.5),
        (Step.SALIENCY, 0.75),
        (Step.SALIENCY, 1.0),
    ]


def test_a_cancelled_run_keeps_what_was_there_and_can_be_taken_up_again(reading: Reading) -> None:
    reading.open(make_study())
    reading.run()
    before = reading.found.outputs
    reading.set_radii((2.0,))
    asked: list[bool] = []

    def cancelled() -> bool:
        asked.append(True)
        return len(asked) == 3  # before the prediction

    with pytest.raises(Cancelled):
        reading.run(cancelled=cancelled)
    assert reading.state(Step.RINGS).status is Status.READY
    assert reading.state(Step.PREDICTION).status is Status.STALE
    assert reading.found.outputs is before
    assert all(reading.state(step).status is not Status.FAILED for step in Step)
    assert reading.run() == ()
    assert reading.is_ready(Step.SALIENCY)


def test_cancelled_is_no_failure() -> None:
    assert not issubclass(Cancelled, TumorResponseError)


def test_an_observer_is_told_of_new_results_and_changed_states_until_it_leaves(reading: Reading) -> None:
    reading.open(make_study())
    reading.segment()
    told: list[tuple[Step, Status]] = []
    leave = reading.observe(lambda step, state: told.append((step, state.status)))
    reading.compute_rings()
    assert told == [(Step.RINGS, Status.READY)]
    told.clear()
    assert reading.found.mask is not None
    reading.set_mask(reading.found.mask)
    assert told == [(Step.MASK, Status.READY), (Step.RINGS, Status.STALE)]
    told.clear()
    leave()
    leave()
    reading.compute_rings()
    assert told == []


def test_an_observer_that_raises_hides_nothing_from_the_others_nor_from_the_state(reading: Reading) -> None:
    reading.open(make_study())
    reading.segment()
    told: list[Step] = []

    def fail(step: Step, state: StepState) -> None:
        raise RuntimeError(f"cannot show {step}")

    reading.observe(fail)
    reading.observe(lambda step, state: told.append(step))
    with pytest.raises(RuntimeError, match="cannot show rings"):
        reading.compute_rings()
    assert told == [Step.RINGS]
    assert reading.is_ready(Step.RINGS)
    assert reading.found.rings is not None


def test_an_observer_may_give_commands(reading: Reading) -> None:
    reading.open(make_study())

    def follow(step: Step, state: StepState) -> None:
        if step is Step.MASK and state.status is Status.READY:
            reading.compute_rings()

    reading.observe(follow)
    reading.segment()
    assert reading.is_ready(Step.RINGS)


def test_importing_the_session_is_light() -> None:
    code = (
        "import sys; import TumorResponseLib.session.reading, TumorResponseLib.session.files; "
        "print([name for name in ('torch', 'monai', 'sklearn', 'matplotlib', 'vtk', 'vtkmodules', 'trame', "
        "'jsonschema', 'jinja2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().strip() == "[]"
