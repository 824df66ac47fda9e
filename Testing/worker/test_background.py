"""A background reading shows what a reading in this process would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import numpy as np
import pytest

from Testing.session.stand_ins import disc, make_study
from Testing.worker.conftest import Behave
from Testing.worker.same import assert_same
from Testing.worker.slow_child import told_systems
from Testing.worker.states import READY, statuses
from Testing.worker.waiting import finish, poll_until
from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.image import Spacing
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.models.bundle import default_folders
from TumorResponseLib.models.runtime import ModelLibrary, resolve_device
from TumorResponseLib.predict.registry import systems as real_systems
from TumorResponseLib.session.mask_source import MaskOrigin
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Status, Step
from TumorResponseLib.session.study_source import StudySource
from TumorResponseLib.worker.background import BackgroundReading
from TumorResponseLib.worker.client import WorkerClient

SAMPLE = StudySource(resources_folder() / "SampleData" / "dlrs3")
CINE = StudySource(resources_folder() / "SampleData" / "ceus")


@pytest.fixture
def real_client() -> Iterator[WorkerClient]:
    client = WorkerClient(device="cpu")
    yield client
    client.close()


def test_the_sample_reads_as_in_this_process(real_client: WorkerClient) -> None:
    background = BackgroundReading(real_client, real_systems())
    background.open(SAMPLE)
    background.run()
    finish(background)
    here = Reading(ModelLibrary(default_folders(), resolve_device("cpu")), real_systems())
    here.open(SAMPLE.load())
    here.run()
    assert background.error == ""
    assert statuses(background.reading) == READY
    assert_same(background.reading.found, here.found)
    assert background.reading.warnings == here.warnings
    assert background.reading.timing_s.keys() == here.timing_s.keys()
    mask = disc((here.found.mask.shape[0], here.found.mask.shape[1]), 30.0) if here.found.mask is not None else None
    assert mask is not None
    for reading in (background.reading, here):
        reading.set_mask(mask, MaskOrigin.CORRECTED)
        reading.set_radii((2.0, 8.0))
    background.run()
    finish(background)
    here.run()
    assert_same(background.reading.found, here.found)
    ticket = background.run_aside(~mask & (np.arange(mask.shape[1]) < 200))
    poll_until(real_client, lambda: ticket.done)
    assert ticket.prediction is None or ticket.prediction.system == "dlrs3"
    assert bool(ticket.error) is (ticket.prediction is None)


def test_a_cine_is_read_by_the_system_that_it_is_for_also_by_the_next_worker(real_client: WorkerClient) -> None:
    background = BackgroundReading(real_client, real_systems())
    background.open(CINE)
    background.run()
    finish(background)
    here = Reading(ModelLibrary(default_folders(), resolve_device("cpu")), real_systems())
    here.open(CINE.load())
    here.run()
    assert background.error == "" and statuses(background.reading) == READY
    assert list(background.reading.found.outputs) == ["ceus"] and background.reading.view == here.view
    assert_same(background.reading.found, here.found)
    real_client.restart()
    for reading in (background.reading, here):
        assert reading.found.image is not None
        reading.set_spacing(Spacing(tuple(step * 1.1 for step in reading.found.image.spacing_mm), "test"))
    background.run()
    finish(background)
    here.run()
    assert statuses(background.reading) == READY
    assert_same(background.reading.found, here.found)


def test_results_for_a_mask_that_was_edited_meanwhile_are_dropped(
    background: BackgroundReading, client: WorkerClient, behave: Behave
) -> None:
    background.open(make_study())
    behave("sleep 0.3")
    background.run()
    poll_until(client, lambda: background.running is not None and background.running.step is Step.PREDICTION)
    drawn = disc(radius=9.0)
    background.reading.set_mask(drawn, MaskOrigin.CORRECTED)
    finish(background)
    assert statuses(background.reading)[2:] == [Status.STALE, Status.EMPTY, Status.EMPTY]
    background.run()
    finish(background)
    assert statuses(background.reading) == READY
    assert background.reading.found.measurements[0].voxels == drawn.sum()


def test_a_new_run_takes_the_place_of_an_old_one(
    background: BackgroundReading, client: WorkerClient, behave: Behave
) -> None:
    background.open(make_study())
    behave("sleep 0.2")
    background.run()
    pid = client.pid
    for radius in (9.0, 8.0, 7.0, 6.0):
        poll_until(client, lambda: background.running is not None and background.running.step is Step.PREDICTION)
        background.reading.set_mask(disc(radius=radius), MaskOrigin.CORRECTED)
        background.run()
    start = monotonic()
    finish(background)
    assert monotonic() - start < 3.0
    assert client.pid == pid
    assert background.reading.found.measurements[0].voxels == disc(radius=6.0).sum()
    assert statuses(background.reading) == READY


def test_a_single_step_runs_alone_and_the_model_outlines_again_when_asked(background: BackgroundReading) -> None:
    background.open(make_study())
    background.reading.set_mask(disc(radius=5.0), MaskOrigin.MANUAL)
    background.run(Step.PREDICTION)
    finish(background)
    assert statuses(background.reading) == [*READY[:2], Status.EMPTY, Status.READY, Status.READY]
    background.run()
    finish(background)
    assert statuses(background.reading) == READY
    source = background.reading.found.mask_source
    assert source is not None and source.origin is MaskOrigin.MANUAL
    background.run(again=True)
    finish(background)
    source = background.reading.found.mask_source
    assert source is not None and source.origin is MaskOrigin.AUTOMATIC
    assert statuses(background.reading) == READY


def test_an_aside_changes_nothing(background: BackgroundReading, client: WorkerClient) -> None:
    background.open(make_study())
    background.run()
    finish(background)
    before = background.reading.found.outputs
    small, empty, alien = (background.run_aside(mask) for mask in (disc(radius=4.0), disc() & False, disc((9, 9))))
    poll_until(client, lambda: small.done and empty.done and alien.done)
    assert small.prediction is not None and small.error == ""
    assert small.prediction.probabilities[-1] > before["dlrs3"].prediction.probabilities[-1] - 0.01
    assert empty.prediction is None and "holds no tumour" in empty.error
    assert alien.prediction is None and "shape" in alien.error
    assert background.reading.found.outputs is before
    assert statuses(background.reading) == READY and background.error == ""


def test_a_study_that_cannot_be_loaded_fails_at_the_image(background: BackgroundReading, tmp_path: Path) -> None:
    background.open(StudySource(tmp_path / "missing.png"))
    background.run()
    finish(background)
    state = background.reading.state(Step.IMAGE)
    assert state.status is Status.FAILED and "missing.png" in state.reason
    assert background.error == state.reason
    with pytest.raises(UsageError, match="open one first"):
        background.run()


def test_the_report_is_no_work_for_the_worker(background: BackgroundReading) -> None:
    background.open(make_study())
    with pytest.raises(UsageError, match="report"):
        background.run(Step.REPORT)


def test_a_refusal_is_the_steps_own_and_no_error(background: BackgroundReading) -> None:
    background.open(make_study(spacing=None))
    background.run()
    finish(background)
    assert background.error == ""
    assert background.reading.state(Step.RINGS).status is Status.FAILED
    assert "millimetres" in background.reading.state(Step.RINGS).reason


def test_no_model_runs_in_this_process(background: BackgroundReading) -> None:
    background.open(make_study())
    with pytest.raises(UsageError, match="worker"):
        background.reading.segment()


def test_what_is_looked_at_goes_before_what_is_read_ahead(client: WorkerClient, tmp_path: Path, behave: Behave) -> None:
    present, ahead, later = (BackgroundReading(client, told_systems(tmp_path), ahead=number > 0) for number in range(3))
    for each in (ahead, later, present):
        each.open(make_study())
    behave("sleep 0.4")
    ahead.run()
    later.run()
    poll_until(client, lambda: ahead.running is not None and ahead.running.step is Step.PREDICTION)
    present.run()
    finish(present)
    assert statuses(present.reading) == READY
    assert ahead.running is not None and not ahead.reading.is_ready(Step.SALIENCY)  # was stopped for it
    assert later.running is not None and later.reading.state(Step.MASK).status is Status.EMPTY
    later.ahead = False
    finish(later)
    finish(ahead)
    assert statuses(ahead.reading) == statuses(later.reading) == READY
    assert ahead.error == later.error == ""


def test_progress_says_how_long_it_takes_once_it_is_known(
    background: BackgroundReading, client: WorkerClient, behave: Behave
) -> None:
    behave("sleep 0.5")
    background.open(make_study())
    background.run()
    first = background.running
    assert first is not None and first.seconds_left is None
    finish(background)
    background.reading.set_mask(disc(radius=6.0), MaskOrigin.CORRECTED)
    background.run()
    poll_until(client, lambda: background.running is not None and background.running.step is Step.PREDICTION)
    early = background.running
    assert early is not None and early.seconds_left is not None
    poll_until(client, lambda: background.running is not None and background.running.fraction > 0.6)
    late = background.running
    assert late is not None and late.seconds_left is not None
    assert 0.0 < late.seconds_left < early.seconds_left < 1.0
    finish(background)
