"""What the interface waits for when the models run in the worker, with the sample study."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from scipy.ndimage import binary_dilation

from Testing.benchmarks.row import Row
from TumorResponseLib.core.errors import TumorResponseError
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.desk.desk import Desk
from TumorResponseLib.session.steps import Step
from TumorResponseLib.worker.client import WorkerClient

PERIOD_S = 0.05
"""How often a shell polls."""

STROKES = 9
CASES = 6
LONGEST_S = 60.0


def rows() -> list[Row]:
    """Seconds with a warm worker, polled as a shell does, and the longest time that a call kept the shell."""
    with tempfile.TemporaryDirectory() as folder:
        client = WorkerClient(device="cpu")
        try:
            return _measure(client, Path(folder))
        finally:
            client.close()


def _measure(client: WorkerClient, folder: Path) -> list[Row]:
    sample = resources_folder() / "SampleData" / "dlrs3"
    cases = [folder / f"case-{number}" for number in range(CASES)]
    for case in cases:
        shutil.copytree(sample, case)
    desk = Desk(client, folder / "out")
    held: list[float] = []

    def timed(call: Callable[[], object]) -> None:
        start = time.perf_counter()
        call()
        held.append(time.perf_counter() - start)

    def seconds_until(condition: Callable[[], bool]) -> float:
        start = time.perf_counter()
        while not condition():
            if time.perf_counter() - start > LONGEST_S:
                raise TumorResponseError(f"The worker did not finish within {LONGEST_S:g} s: {desk.error}")
            timed(desk.poll)
            time.sleep(PERIOD_S)
        return time.perf_counter() - start

    def is_fresh() -> bool:
        return desk.running is None and desk.reading is not None and desk.reading.is_ready(Step.SALIENCY)

    desk.open(cases)
    seconds_until(lambda: client.is_warm and is_fresh())
    assert desk.reading is not None and desk.reading.found.mask is not None
    strokes = [binary_dilation(desk.reading.found.mask, iterations=2), desk.reading.found.mask]
    after_stroke = []
    for number in range(STROKES):
        start = time.perf_counter()
        timed(lambda: desk.edit_mask(strokes[number % 2]))  # noqa: B023 (called at once)
        seconds_until(is_fresh)
        after_stroke.append(time.perf_counter() - start)
    after_next = []
    for _ in range(CASES - 1):
        _look(desk)
        start = time.perf_counter()
        before = desk.entry
        timed(desk.next)
        if before is None or desk.entry is None or desk.entry.number == before.number:
            raise TumorResponseError("There was no next case to measure.")
        seconds_until(is_fresh)
        after_next.append(time.perf_counter() - start)
    desk.close()
    return [
        Row("a brush stroke to a fresh result through the worker, 2-D", median(after_stroke), 0.5, "s", at_least=False),
        Row("next case, read ahead", median(after_next), 0.3, "s", at_least=False),
        Row("the longest that one call of the desk keeps a shell", max(held) * 1e3, 100.0, "ms", at_least=False),
    ]


def _look(desk: Desk) -> None:
    """Look at a case for a while, as a reader does; the next one is read ahead meanwhile."""
    end = time.perf_counter() + 3.0
    while time.perf_counter() < end:
        desk.poll()
        time.sleep(PERIOD_S)
