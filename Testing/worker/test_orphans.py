"""The worker ends with its parent, and leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest

from Testing.session.stand_ins import make_study
from Testing.worker.conftest import Behave
from Testing.worker.slow_child import told_systems
from Testing.worker.waiting import finish, poll_until
from TumorResponseLib.session.steps import Step
from TumorResponseLib.worker.background import BackgroundReading
from TumorResponseLib.worker.client import WorkerClient

PARENT = """
import sys, time
from pathlib import Path
from Testing.session.stand_ins import make_study
from Testing.worker.slow_child import told_systems
from Testing.worker.waiting import poll_until
from TumorResponseLib.session.steps import Step
from TumorResponseLib.worker.background import BackgroundReading
from TumorResponseLib.worker.client import WorkerClient

client = WorkerClient([sys.executable, "-m", "Testing.worker.slow_child", sys.argv[1]])
background = BackgroundReading(client, told_systems(Path(sys.argv[1])))
background.open(make_study())
background.run()
poll_until(client, lambda: background.running.step is Step.PREDICTION)
print(client.pid, client._child._folder, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_in_the_middle_of_a_run_ends_with_its_parent(end: int, tmp_path: Path, behave: Behave) -> None:
    behave("sleep 60")
    path = ":".join(sys.path)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": path}
    )
    assert parent.stdout is not None
    pid, folder = parent.stdout.readline().split()
    worker = psutil.Process(int(pid))
    assert worker.is_running() and Path(folder).is_dir()
    parent.send_signal(end)
    parent.wait(5)
    parent.stdout.close()
    assert psutil.wait_procs([worker], timeout=2)[1] == []
    assert not Path(folder).exists()


def test_closing_ends_the_worker_and_removes_its_folder(background: BackgroundReading, client: WorkerClient) -> None:
    background.open(make_study())
    background.run()
    finish(background)
    assert client.pid is not None and client._child is not None
    worker, folder = psutil.Process(client.pid), client._child._folder
    assert list(folder.iterdir()) == []  # every array was taken
    start = monotonic()
    client.close()
    assert monotonic() - start < 1.0
    assert not worker.is_running() and not folder.exists()
    assert not client.is_alive


def test_cancelling_leaves_no_process_and_no_folder(
    background: BackgroundReading, client: WorkerClient, behave: Behave
) -> None:
    behave("sleep 60")
    background.open(make_study())
    folders, workers = [], []
    for _ in range(3):
        background.run()
        poll_until(client, lambda: background.running is not None and background.running.step is Step.PREDICTION)
        assert client.pid is not None and client._child is not None
        folders.append(client._child._folder)
        workers.append(psutil.Process(client.pid))
        background.cancel()
    client.close()
    sleep(0.05)
    assert not any(folder.exists() for folder in folders)
    assert not any(worker.is_running() for worker in workers)


def test_two_readings_end_with_the_same_worker(client: WorkerClient, tmp_path: Path) -> None:
    readings = [BackgroundReading(client, told_systems(tmp_path)) for _ in range(2)]
    for reading in readings:
        reading.open(make_study())
        reading.run()
    client.close()
    assert not client.is_alive and not client.poll()
