"""Workers that do as they are told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from Testing.packaging.imports import REPOSITORY
from Testing.session.stand_ins import BrightnessSystem, make_library, systems
from Testing.worker.slow_child import BEHAVIOUR, SYSTEM, told_systems
from Testing.worker.waiting import poll_until
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.worker.background import BackgroundReading
from TumorResponseLib.worker.client import WorkerClient


class Behave(Protocol):
    def __call__(self, what: str) -> None: ...


@pytest.fixture(autouse=True)
def _modules_of_tests_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    return [sys.executable, "-m", "Testing.worker.slow_child", str(tmp_path)]


@pytest.fixture
def behave(tmp_path: Path) -> Behave:
    """Tells the worker's system what to do when it is asked next."""

    def tell(what: str) -> None:
        (tmp_path / BEHAVIOUR).write_text(what)

    return tell


@pytest.fixture
def client(command: list[str]) -> Iterator[WorkerClient]:
    """A warm worker."""
    client = WorkerClient(command)
    client.start()
    poll_until(client, lambda: client.is_warm)
    yield client
    client.close()


@pytest.fixture
def background(client: WorkerClient, tmp_path: Path) -> BackgroundReading:
    """A reading with no study open."""
    return BackgroundReading(client, told_systems(tmp_path))


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """A reading in this process, with no study open."""
    library = make_library(tmp_path / "here", "breast-us-segmentation", SYSTEM)
    return Reading(library, systems(BrightnessSystem()))
