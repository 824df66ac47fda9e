"""Polling as a shell does, with a limit."""

from __future__ import annotations

import time
from collections.abc import Callable

from TumorResponseLib.worker.background import BackgroundReading
from TumorResponseLib.worker.client import WorkerClient

PERIOD_S = 0.01


def poll_until(client: WorkerClient, condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Poll the client until the condition holds; fails after ``seconds``."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s"
        client.poll()
        time.sleep(PERIOD_S)


def finish(background: BackgroundReading, seconds: float = 30.0) -> None:
    """Poll until the reading has nothing under way."""
    poll_until(background.client, lambda: background.running is None, seconds)
