"""What goes wrong is told in a sentence, and the earlier result stands."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from Testing.desk.conftest import MakeDesk, probability, states, wait, wait_fresh, wait_quiet
from Testing.desk.studies import larger_disc, make_study
from TumorResponseLib.core.errors import TumorResponseError
from TumorResponseLib.desk.desk import Desk
from TumorResponseLib.desk.strip import Action, strip
from TumorResponseLib.session.steps import Status, Step
from TumorResponseLib.worker.client import WorkerClient


def test_a_study_that_cannot_be_read_is_told_and_does_not_stop_the_others(make_desk: MakeDesk, studies: Path) -> None:
    (studies / "case1" / "image.png").write_bytes(b"no picture")
    desk = make_desk()
    desk.open([studies])
    wait(desk, lambda: states(desk)[0] == "failed", "the failure")
    assert desk.error and "image.png" in strip(desk)[0].reason
    assert strip(desk)[0].action is Action.OPEN and not strip(desk)[1].enabled
    wait_quiet(desk)
    make_study(studies / "again", 190)
    (studies / "again" / "image.png").replace(studies / "case1" / "image.png")
    desk.press(Step.IMAGE)
    wait_fresh(desk)
    assert desk.error == "" and desk.next()
    wait_fresh(desk)


def test_cancel_ends_a_run_within_a_second_and_the_earlier_result_stands(
    make_desk: MakeDesk, studies: Path, slow_client: WorkerClient
) -> None:
    desk = make_desk(client=slow_client)
    desk.open([studies / "case1"])
    wait_fresh(desk)
    before = probability(desk)
    desk.edit_mask(larger_disc())
    wait(desk, lambda: strip(desk)[3].status == "running", "the prediction")
    running = strip(desk)[3]
    assert running.button == "Cancel" and running.seconds_left is not None and 0.0 < running.seconds_left < 2.5
    start = time.perf_counter()
    desk.press(Step.PREDICTION)
    wait(desk, lambda: desk.running is None, "the end")
    assert time.perf_counter() - start < 1.0
    assert states(desk)[3] == "stale" and probability(desk) == before
    assert Status.FAILED not in [desk.reading.state(step).status for step in Step]  # type: ignore[union-attr]
    desk.read()
    wait_fresh(desk)
    assert probability(desk) < before


def test_a_crash_of_the_worker_is_told_and_the_earlier_result_stands(
    make_desk: MakeDesk, studies: Path, slow_client: WorkerClient
) -> None:
    desk = make_desk(client=slow_client)
    desk.open([studies / "case1"])
    wait_fresh(desk)
    before = probability(desk)
    desk.edit_mask(larger_disc())
    wait(desk, lambda: strip(desk)[3].status == "running", "the prediction")
    assert slow_client.pid is not None
    os.kill(slow_client.pid, signal.SIGKILL)
    wait(desk, lambda: desk.error != "", "the sentence")
    assert "earlier result stands" in desk.error and probability(desk) == before
    desk.read()
    wait_fresh(desk)
    assert desk.error == "" and probability(desk) < before


def test_a_second_program_on_the_same_folder_is_told(desk: Desk, make_desk: MakeDesk) -> None:
    with pytest.raises(TumorResponseError, match="open in another TumorResponse"):
        make_desk()
