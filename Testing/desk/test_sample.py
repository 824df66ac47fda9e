"""The whole story once with the shipped sample, the shipped bundles and the worker as it is delivered."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from Testing.desk.conftest import is_fresh, wait
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.saving import write_volume
from TumorResponseLib.desk.desk import Desk
from TumorResponseLib.desk.samples import samples
from TumorResponseLib.desk.summary import summary
from TumorResponseLib.models.bundle import default_folders
from TumorResponseLib.models.runtime import ModelLibrary, resolve_device
from TumorResponseLib.predict.registry import systems
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step
from TumorResponseLib.session.worklist.entries import EntryStatus
from TumorResponseLib.worker.client import WorkerClient

LONGEST_CALL_S = 0.1
"""Of a shell's thread; its own time, so that other programs do not count."""


@pytest.fixture(scope="module")
def real_client(importable: None) -> Iterator[WorkerClient]:
    client = WorkerClient(device="cpu")
    yield client
    client.close()


def timed(call: Callable[[], object]) -> float:
    """Seconds of this thread that a call took."""
    start = time.thread_time()
    call()
    return time.thread_time() - start


def test_the_sample_from_opening_to_acceptance(real_client: WorkerClient, tmp_path: Path) -> None:
    (sample, *_) = [sample for sample in samples() if sample.name == "dlrs3"]
    desk = Desk(real_client, tmp_path / "out")
    calls = [timed(lambda: desk.open([sample.source.path]))]

    def polled() -> bool:
        calls.append(timed(desk.poll))
        return is_fresh(desk)

    wait(desk, polled, "the sample's result")
    assert desk.reading is not None
    shown = summary(desk.reading)
    assert shown is not None and shown.disclaimer == "Research use only" and not shown.stale
    (said,) = shown.predictions
    assert said.evidence_text.startswith("Virtual cohort") and said.decision in ("Responder", "Non-responder")
    assert said.interval[0] <= said.probability <= said.interval[1] and "90 % interval" in said.probability_text
    assert [title for title, _ in said.branches] == ["Tumour", "Tumour + 3 mm", "Tumour + 5 mm", "Tumour + 10 mm"]
    assert sum(share.share for share in shown.shares) == pytest.approx(1.0) and shown.diameters.endswith(" mm")
    assert [row.name for row in shown.regions] == ["tumour", "0-3 mm", "3-5 mm", "5-10 mm"]

    alone = Reading(ModelLibrary(default_folders(), resolve_device("cpu")), systems())
    alone.open(load_study(sample.source.path))
    alone.run()
    expected, told = (reading.found.outputs["dlrs3"].prediction for reading in (alone, desk.reading))
    assert told.probabilities == pytest.approx(expected.probabilities, abs=1e-6) and told.decision == expected.decision
    np.testing.assert_allclose(alone.found.saliency["fused"], desk.reading.found.saliency["fused"], atol=1e-6)

    before = said.probability
    assert desk.reading.found.mask is not None
    stroke = binary_dilation(desk.reading.found.mask, iterations=6)
    calls.append(timed(lambda: desk.edit_mask(stroke)))
    wait(desk, polled, "the result of the stroke")
    shown = summary(desk.reading)
    assert shown is not None and shown.predictions[0].probability != before
    desk.start_sensitivity()
    wait(desk, lambda: desk.sensitivity is not None and not desk.sensitivity.is_running, "the sensitivity")
    assert desk.sensitivity is not None and all(row.probability is not None for row in desk.sensitivity.rows)
    calls.append(timed(desk.undo))
    wait(desk, polled, "the earlier result")
    shown = summary(desk.reading)
    assert shown is not None and shown.predictions[0].probability == pytest.approx(before)
    assert not desk.accept() and desk.entry is not None and desk.entry.status is EntryStatus.ACCEPTED
    desk.close()
    assert max(calls) < LONGEST_CALL_S


def test_a_large_volume_does_not_hold_up_the_shell(real_client: WorkerClient, tmp_path: Path) -> None:
    """DLRS3 refuses volumes; the image, a drawn mask, its rings and the refusal go through all the same."""
    from TumorResponseLib.core.image import Image, Spacing

    shape = (120, 384, 384)
    pixels = np.random.default_rng(0).integers(0, 200, shape).astype(np.int16)
    write_volume(pixels, Image(pixels, Spacing((1.0, 0.8, 0.8), "test")), tmp_path / "volume.nrrd")
    desk = Desk(real_client, tmp_path / "out")
    calls = [timed(lambda: desk.open([tmp_path / "volume.nrrd"]))]

    def polled() -> None:
        calls.append(timed(desk.poll))

    def is_ready(step: Step) -> bool:
        polled()
        return desk.reading is not None and desk.reading.is_ready(step) and desk.running is None

    wait(desk, lambda: is_ready(Step.IMAGE), "the volume")
    assert desk.reading is not None and "3 axes" in desk.reading.state(Step.MASK).reason
    slices, rows, columns = np.ogrid[: shape[0], : shape[1], : shape[2]]
    ball = (slices - 60) ** 2 + (rows - 190) ** 2 + (columns - 190) ** 2 < 15**2
    calls.append(timed(lambda: desk.edit_mask(ball)))
    wait(desk, lambda: is_ready(Step.RINGS), "the rings")
    shown = summary(desk.reading)
    assert shown is not None and shown.mask_source == "manual" and shown.regions[0].size_text.endswith(" ml")
    desk.close()
    assert max(calls) < LONGEST_CALL_S
