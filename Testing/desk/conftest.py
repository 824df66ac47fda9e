"""Desks over the real worker, which runs rule-made models."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from Testing.desk.studies import make_studies
from Testing.session.stand_ins import BrightnessSystem, make_bundle, systems
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.desk.desk import Desk
from TumorResponseLib.desk.strip import strip
from TumorResponseLib.session.steps import Step
from TumorResponseLib.worker.client import WorkerClient

REPOSITORY = Path(__file__).resolve().parents[2]
LONGEST_WAIT_S = 60.0

MakeDesk = Callable[..., Desk]


def command(bundles: Path, seconds: float = 0.0) -> list[str]:
    """Starts the worker over rule-made models, whose system takes so long for each prediction."""
    return [sys.executable, "-m", "Testing.desk.child", str(bundles), str(seconds)]


def wait(desk: Desk, until: Callable[[], bool], what: str = "") -> None:
    """Poll as a shell does until something holds."""
    end = time.monotonic() + LONGEST_WAIT_S
    while True:
        desk.poll()
        if until():
            return
        assert time.monotonic() < end, (
            f"never came: {what}; {desk.error} {desk.reading and [desk.reading.state(step) for step in Step]}"
        )
        time.sleep(0.005)


def wait_case(desk: Desk) -> None:
    """Poll until the studies that were looked for are there and one is shown."""
    wait(desk, lambda: desk.entry is not None, "a case")


def is_fresh(desk: Desk) -> bool:
    """Whether all that the worker does for the present case is done."""
    return desk.reading is not None and desk.reading.is_ready(Step.SALIENCY) and desk.running is None


def wait_fresh(desk: Desk) -> None:
    wait(desk, lambda: is_fresh(desk), "a fresh result")
    desk.poll()


def wait_quiet(desk: Desk, seconds: float = 0.4) -> None:
    """Poll until the worker has said nothing for a while: what is read ahead is there, too."""
    version, since = desk.version, time.monotonic()
    end = since + LONGEST_WAIT_S
    while time.monotonic() - since < seconds:
        desk.poll()
        if desk.version != version:
            version, since = desk.version, time.monotonic()
        assert time.monotonic() < end
        time.sleep(0.005)


def probability(desk: Desk) -> float:
    """What the system says now."""
    assert desk.reading is not None
    return desk.reading.found.outputs["dlrs3"].prediction.probabilities[-1]


def mask_of(desk: Desk) -> MaskArray:
    """The present mask."""
    assert desk.reading is not None and desk.reading.found.mask is not None
    return desk.reading.found.mask


def can_undo_redo(desk: Desk) -> tuple[bool, bool]:
    return desk.can_undo, desk.can_redo


def states(desk: Desk) -> list[str]:
    """The statuses in the strip, image first."""
    return [view.status for view in strip(desk)]


@pytest.fixture(scope="package")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles")
    for name in ("breast-us-segmentation", "dlrs3"):
        make_bundle(folder, name)
    return folder


@pytest.fixture(scope="package")
def importable() -> Iterator[None]:
    """Lets child processes import the tests, wherever pytest was started."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{REPOSITORY / 'TumorResponse'}:{REPOSITORY}")
        patch.setenv("OMP_NUM_THREADS", "1")
        yield


@pytest.fixture(scope="package")
def client(bundles: Path, importable: None) -> Iterator[WorkerClient]:
    """One worker for all desks, one after another."""
    client = WorkerClient(command(bundles))
    yield client
    client.close()


@pytest.fixture
def slow_client(bundles: Path, importable: None) -> Iterator[WorkerClient]:
    """A worker that takes 1.5 seconds for a prediction."""
    client = WorkerClient(command(bundles, 1.5))
    yield client
    client.close()


@pytest.fixture
def make_desk(client: WorkerClient, tmp_path: Path) -> Iterator[MakeDesk]:
    """Makes desks on one output folder; those that are open at the end are closed."""
    made: list[Desk] = []

    def make(**more: object) -> Desk:
        arguments = {"client": client, "folder": tmp_path / "out", "systems": systems(BrightnessSystem())} | more
        made.append(Desk(**arguments))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for desk in made:
        desk.close()


@pytest.fixture
def studies(tmp_path: Path) -> Path:
    """A folder of three studies."""
    return make_studies(tmp_path / "studies")


@pytest.fixture
def desk(make_desk: MakeDesk, studies: Path) -> Desk:
    """A desk with three studies, the first one read."""
    desk = make_desk()
    desk.open([studies])
    wait_fresh(desk)
    return desk
