"""What goes wrong in the worker is one sentence, and the worker goes on."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from Testing.session.stand_ins import disc, make_study
from Testing.worker.conftest import Behave
from Testing.worker.slow_child import told_systems
from Testing.worker.waiting import finish, poll_until
from TumorResponseLib.session.mask_source import MaskOrigin
from TumorResponseLib.session.steps import Status, Step
from TumorResponseLib.worker.background import CANCELLED, BackgroundReading
from TumorResponseLib.worker.client import WorkerClient


@pytest.fixture
def read(background: BackgroundReading) -> BackgroundReading:
    """A reading whose first run succeeded, with another mask since."""
    background.open(make_study())
    background.run()
    finish(background)
    background.reading.set_mask(disc(radius=10.0), MaskOrigin.CORRECTED)
    return background


def is_one_sentence(text: str) -> bool:
    return text.endswith(".") and text.count(". ") == 0 and "\n" not in text and "Traceback" not in text


def test_a_run_is_cancelled_within_a_second_and_what_was_there_stands(
    read: BackgroundReading, client: WorkerClient, behave: Behave
) -> None:
    before, pid = read.reading.found.outputs, client.pid
    assert pid is not None
    behave("sleep 60")
    read.run()
    poll_until(client, lambda: read.running is not None and read.running.step is Step.PREDICTION)
    start = time.monotonic()
    read.cancel()
    assert time.monotonic() - start < 0.1
    assert read.running is None
    poll_until(client, lambda: not psutil.pid_exists(pid), 1.0)
    assert time.monotonic() - start < 1.0
    state = read.reading.state(Step.PREDICTION)
    assert (state.status, state.reason) == (Status.STALE, CANCELLED)
    assert read.reading.found.outputs is before
    assert read.error == ""
    assert client.is_alive
    poll_until(client, lambda: client.is_warm)  # by itself
    behave("")
    read.run()
    finish(read)
    assert read.reading.is_ready(Step.SALIENCY)


def test_cancelling_a_load_leaves_the_step_as_it_was(client: WorkerClient, tmp_path: Path, behave: Behave) -> None:
    first, second = (BackgroundReading(client, told_systems(tmp_path)) for _ in range(2))
    first.open(make_study())
    behave("sleep 60")
    first.run()
    second.open(make_study())
    second.run()
    second.cancel()  # only waits: the first one goes on in the same process
    pid = client.pid
    client.poll()
    assert second.running is None and first.running is not None and client.pid == pid


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        ("signal SIGKILL", "signal 9"),
        ("signal SIGSEGV", "signal 11"),
        ("crash of a library", "exit code 1"),
        ("fill", "memory is too small"),
    ],
)
def test_the_end_of_the_worker_is_one_sentence_and_the_next_run_succeeds(
    read: BackgroundReading, client: WorkerClient, behave: Behave, behaviour: str, told: str
) -> None:
    before, pid = read.reading.found.outputs, client.pid
    behave(behaviour)
    read.run()
    finish(read)
    assert told in read.error and is_one_sentence(read.error)
    state = read.reading.state(Step.PREDICTION)
    assert (state.status, state.reason) == (Status.FAILED, read.error)
    assert read.reading.found.outputs is before
    assert read.reading.is_ready(Step.RINGS)
    assert client.is_alive and client.pid != pid
    behave("")
    read.run()
    finish(read)
    assert read.error == ""
    assert read.reading.is_ready(Step.SALIENCY)
    assert read.reading.found.outputs is not before


def test_a_worker_killed_while_idle_is_started_again(read: BackgroundReading, client: WorkerClient) -> None:
    assert client.pid is not None
    os.kill(client.pid, signal.SIGKILL)
    killed = client.pid
    poll_until(client, lambda: client.is_warm and client.pid != killed)
    assert read.error == ""
    read.run()
    finish(read)
    assert read.reading.is_ready(Step.SALIENCY)


def test_what_is_asked_of_a_worker_that_leaves_goes_to_the_next_one(tmp_path: Path) -> None:
    client = WorkerClient([sys.executable, "-m", "Testing.worker.leaving_child", str(tmp_path)])
    background = BackgroundReading(client, told_systems(tmp_path))
    background.open(make_study())
    client.start()
    leaving = client._child
    assert leaving is not None
    poll_until(client, lambda: leaving.is_mute)
    background.run()
    finish(background)
    assert background.error == "" and client.life == 2
    assert background.reading.is_ready(Step.SALIENCY)
    client.close()


def test_the_end_of_a_run_that_was_given_up_is_no_failure(
    read: BackgroundReading, client: WorkerClient, behave: Behave
) -> None:
    behave("sleep 0.5")
    read.run()
    poll_until(client, lambda: read.running is not None and read.running.step is Step.PREDICTION)
    behave("")
    read.reading.set_mask(disc(radius=7.0), MaskOrigin.CORRECTED)
    read.run()  # in the place of the one under way
    assert client.pid is not None
    os.kill(client.pid, signal.SIGKILL)
    finish(read)
    assert read.error == ""
    assert read.reading.is_ready(Step.SALIENCY)


def test_what_libraries_print_does_not_disturb_the_pipe(read: BackgroundReading, behave: Behave) -> None:
    behave("noise not a message")
    read.run()
    finish(read)
    assert read.reading.is_ready(Step.SALIENCY) and read.error == ""


@pytest.mark.parametrize(
    "answer",
    [
        "segmentation fault",
        "[1, 2]",
        '{"id": 999, "event": "end"}',
        '{"id": ID, "event": "end", "end": {"outcome": "excellent", "sentence": ""}}',
        '{"id": ID, "event": "step", "step": "mask", "state": {"status": "ready", "reason": ""}, "results": {}}',
        '{"id": ID, "event": "step", "step": "mask", "results": {"mask": {"array": "../../etc/passwd"}}}',
    ],
)
def test_garbage_from_the_worker_is_one_sentence(answer: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    client = WorkerClient([sys.executable, "-m", "Testing.worker.garbage_child", answer, str(log)])
    background = BackgroundReading(client, told_systems(tmp_path))
    background.open(make_study())
    background.run()
    finish(background)
    assert "makes no sense" in background.error and is_one_sentence(background.error)
    assert background.reading.state(Step.MASK).status is Status.FAILED
    poll_until(client, lambda: log.read_text() == "started\n" * 2)
    client.close()


def test_garbage_to_the_worker_is_an_answer(read: BackgroundReading, client: WorkerClient) -> None:
    pid = client.pid
    child = client._child
    assert child is not None
    child._stdin.write(b"\xff\xfe no message\n[]\n")
    child.send({"task": "drop", "drop": {}})
    read.run()
    finish(read)
    assert read.reading.is_ready(Step.SALIENCY) and client.pid == pid


def test_a_worker_that_does_not_start_says_so_once(tmp_path: Path) -> None:
    missing = WorkerClient([str(tmp_path / "no-python")])
    background = BackgroundReading(missing, told_systems(tmp_path))
    background.open(make_study())
    background.run()
    assert background.running is None and not missing.is_alive
    assert background.reading.state(Step.MASK).status is Status.FAILED
    assert "cannot be started" in background.error and is_one_sentence(background.error)
    broken = WorkerClient([sys.executable, "-c", "raise SystemExit(5)"])
    broken.start()
    poll_until(broken, lambda: bool(broken.problem))
    assert "exit code 5" in broken.problem and is_one_sentence(broken.problem)
    assert not broken.is_alive and broken.life == 1
    broken.close()


def test_a_worker_behind_a_launcher_is_killed_with_it() -> None:
    """PythonSlicer is a launcher: it starts the Python that works, and killing the launcher alone would leave that."""
    launcher = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"
    worker = [sys.executable, "-m", "TumorResponseLib.worker", "--device", "cpu"]
    client = WorkerClient([sys.executable, "-c", launcher, *worker])
    client.start()
    poll_until(client, lambda: client.is_warm)
    assert client.pid is not None
    (inside,) = psutil.Process(client.pid).children()
    client.close()
    until = time.monotonic() + 2.0  # killed is not gone yet on a busy machine
    while _lives(inside) and time.monotonic() < until:
        time.sleep(0.01)
    assert not _lives(inside)


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
