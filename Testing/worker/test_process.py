"""How a child process ended is told from its exit, not from its pipe, which ends earlier."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator

import pytest

from TumorResponseLib.worker import process
from TumorResponseLib.worker.process import ChildProcess

CLOSE_OUTPUT = "import os, time; os.close(1); "
LONGEST_S = 20.0

Start = Callable[[str], ChildProcess]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a child that runs a line of Python."""
    started: list[ChildProcess] = []

    def run(line: str) -> ChildProcess:
        started.append(ChildProcess([sys.executable, "-c", line]))
        return started[-1]

    yield run
    for child in started:
        child.kill()
        child.wait(LONGEST_S)


def ending_of(child: ChildProcess) -> str:
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        child.read()
        if (ending := child.ending()) is not None:
            return ending
        time.sleep(0.01)
    pytest.fail("the child did not end")


@pytest.mark.parametrize(
    ("last", "told"), [("os.kill(os.getpid(), 9)", "was ended by signal 9"), ("os._exit(3)", "ended with exit code 3")]
)
def test_a_process_whose_pipe_ends_before_it_does_is_told_by_its_exit(start: Start, last: str, told: str) -> None:
    assert ending_of(start(f"{CLOSE_OUTPUT}time.sleep(0.4); {last}")).startswith(told)


def test_a_process_that_lives_on_without_its_output_is_given_up(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LONGEST_EXIT_S", 0.2)
    assert ending_of(start(f"{CLOSE_OUTPUT}time.sleep(60)")) == "closed its output"
