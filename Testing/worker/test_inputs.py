"""What a background reading is given reaches its worker, and the next one after that."""

from __future__ import annotations

from pathlib import Path

from Testing.session.stand_ins import disc, make_study
from Testing.worker.conftest import Behave
from Testing.worker.same import assert_same
from Testing.worker.slow_child import told_systems
from Testing.worker.states import READY, statuses
from Testing.worker.waiting import finish, poll_until
from TumorResponseLib.core.image import Spacing
from TumorResponseLib.session.mask_source import MaskOrigin
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.worker.background import BackgroundReading
from TumorResponseLib.worker.client import WorkerClient


def test_everything_that_the_reading_is_given_reaches_the_worker(
    background: BackgroundReading, reading: Reading
) -> None:
    within = disc(radius=25.0)
    for each in (background.reading, reading):
        each.open(make_study())
        each.set_spacing(Spacing((0.3, 0.25), "line drawn on the scale"))
        each.set_radii((1.0, 2.0))
        each.set_limits(within=within, exclude=~disc(radius=40.0))
        each.set_mask(disc(radius=12.0), MaskOrigin.MANUAL)
    background.run()
    finish(background)
    reading.run()
    assert statuses(background.reading) == READY
    assert_same(background.reading.found.rings, reading.found.rings)
    assert_same(background.reading.found.outputs, reading.found.outputs)
    assert_same(background.reading.found.saliency, reading.found.saliency)
    for each in (background.reading, reading):
        each.set_limits()
        each.set_spacing(Spacing((0.2, 0.2), "given by the user"))
    background.run()
    finish(background)
    reading.run()
    assert_same(background.reading.found.measurements, reading.found.measurements)
    assert_same(background.reading.found.shares, reading.found.shares)


def test_typed_laboratory_values_reach_the_worker(client: WorkerClient, tmp_path: Path, behave: Behave) -> None:
    background = BackgroundReading(client, told_systems(tmp_path))
    behave("albumin")
    background.open(make_study(laboratory={"crp": 3.0, "albumin": 40.0, "age": 61.0}))
    for value in (40.0, 30.0, 35.0):
        background.reading.set_laboratory({"albumin": value, "ldh": None})
        background.run()
        finish(background)
        assert background.reading.found.outputs["dlrs3"].prediction.distance == value
    client.restart()
    ticket = background.run_aside(disc(radius=12.0))
    poll_until(client, lambda: ticket.done)
    assert ticket.prediction is not None and ticket.prediction.distance == 35.0


def test_the_masks_of_a_worker_that_was_killed_are_known_to_the_next(
    background: BackgroundReading, client: WorkerClient
) -> None:
    background.open(make_study())
    background.run()
    finish(background)
    background.reading.set_mask(disc(radius=8.0), MaskOrigin.CORRECTED)
    client.restart()
    background.run()
    finish(background)
    found = background.reading.found
    assert found.mask_source is not None and found.mask_source.origin is MaskOrigin.CORRECTED
    assert found.measurements[0].voxels == disc(radius=8.0).sum()
    assert statuses(background.reading) == READY


def test_what_became_of_the_studys_own_masks_is_known_to_the_next_worker(
    background: BackgroundReading, reading: Reading, client: WorkerClient
) -> None:
    study = make_study(masks={"tumour": disc(radius=10.0), "within": disc(radius=12.0), "other": disc(radius=3.0)})
    for each in (background.reading, reading):
        each.open(study)
        each.set_limits()
        each.set_mask(disc(radius=11.0), MaskOrigin.MANUAL)
    background.run()
    finish(background)
    client.restart()
    background.reading.set_radii((2.0,))
    background.run()
    finish(background)
    reading.set_radii((2.0,))
    reading.run()
    assert_same(background.reading.found.rings, reading.found.rings)
    assert_same(background.reading.found.outputs, reading.found.outputs)


def test_options_go_along(client: WorkerClient, tmp_path: Path) -> None:
    background = BackgroundReading(client, told_systems(tmp_path), ReadingOptions(radii_mm=(1.5,)))
    background.open(make_study())
    background.run()
    finish(background)
    assert [each.name for each in background.reading.found.measurements] == ["tumour", "0-1.5 mm"]
