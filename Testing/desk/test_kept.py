"""Nothing is lost: reports, exports, and a program that is killed."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from Testing.desk.conftest import MakeDesk, probability, wait, wait_fresh, wait_quiet
from Testing.desk.studies import larger_disc
from TumorResponseLib.desk.desk import Desk
from TumorResponseLib.desk.strip import strip
from TumorResponseLib.desk.summary import summary
from TumorResponseLib.session.mask_source import MaskOrigin
from TumorResponseLib.session.steps import Status, Step
from TumorResponseLib.session.worklist.entries import EntryStatus

USES_A_DESK_UNTIL_IT_IS_KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from Testing.desk.conftest import command, wait_fresh
from Testing.desk.studies import larger_disc
from Testing.session.stand_ins import BrightnessSystem, systems
from TumorResponseLib.desk.desk import Desk
from TumorResponseLib.worker.client import WorkerClient

folder, bundles = Path(sys.argv[1]), Path(sys.argv[2])
desk = Desk(WorkerClient(command(bundles)), folder / "out", systems=systems(BrightnessSystem()))
desk.open([folder / "studies"])
wait_fresh(desk)
desk.accept("fine")
wait_fresh(desk)
desk.set_comment("a comment")
desk.set_display(ring_display="margins", saliency_opacity=0.25)
desk.set_radii((2.0, 4.0))
desk.set_spacing((0.25, 0.25))
desk.set_limits(exclude=np.tile(np.arange(160) >= 80, (120, 1)))
wait_fresh(desk)
desk.edit_mask(larger_disc())
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_program_comes_back_to_the_same_place(
    make_desk: MakeDesk, studies: Path, tmp_path: Path, bundles: Path, importable: None
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", USES_A_DESK_UNTIL_IT_IS_KILLED, str(tmp_path), str(bundles)], timeout=60, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    desk = make_desk()
    assert desk.entry is not None and desk.entry.number == 2 and desk.entry.comment == "a comment"
    assert desk.entry.status is EntryStatus.CORRECTED
    first = desk.entries()[0]
    assert first.status is EntryStatus.ACCEPTED and first.comment == "fine" and first.result is not None
    assert desk.display.ring_display == "margins" and desk.display.saliency_opacity == 0.25
    assert desk.radii_mm == (2.0, 4.0)
    wait(desk, lambda: desk.reading is not None and desk.reading.is_ready(Step.IMAGE), "the image")
    # At once the mask, and the earlier result as a stale one.
    assert desk.reading is not None and np.array_equal(desk.reading.found.mask, larger_disc())  # type: ignore[arg-type]
    assert desk.reading.state(Step.PREDICTION).status is Status.STALE
    shown = summary(desk.reading)
    assert shown is not None and shown.stale and shown.predictions[0].decision == "Responder"
    earlier = shown.predictions[0].probability
    wait_fresh(desk)
    assert probability(desk) < earlier  # the result of the stroke that was its last act
    source = desk.mask_source
    assert source is not None and source.origin is MaskOrigin.CORRECTED and source.added and source.bundle
    assert desk.reading.found.image is not None and desk.reading.found.image.spacing_mm == (0.25, 0.25)
    assert desk.reading.found.rings is not None and not (desk.reading.found.rings.labels[:, 80:] > 1).any()
    desk.back_to_model()  # its mask was kept, too
    assert desk.mask_source is not None and desk.mask_source.origin is MaskOrigin.AUTOMATIC
    wait_fresh(desk)
    assert probability(desk) == pytest.approx(earlier, abs=1e-6)


def test_an_image_that_changed_since_is_told(desk: Desk, make_desk: MakeDesk, studies: Path) -> None:
    from PIL import Image

    desk.edit_mask(larger_disc())
    wait_fresh(desk)
    desk.close()
    Image.fromarray(np.zeros((50, 60), np.uint8)).save(studies / "case1" / "image.png")
    again = make_desk()
    wait(again, lambda: again.error != "", "the sentence")
    assert "does not fit" in again.error and "case 1" in again.error


def test_the_report_is_written_beside_and_becomes_stale(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.html"
    desk.write_report(path)
    assert desk.job is not None and desk.job.title == "Writing the report"
    wait(desk, lambda: desk.job is None, "the report")
    assert str(path) in desk.message and "Research use only" in path.read_text(encoding="utf-8")
    assert strip(desk)[5].status == "ready"
    desk.edit_mask(larger_disc())
    assert strip(desk)[5].status == "stale"


def test_a_report_that_is_overtaken_is_not_called_ready(desk: Desk, tmp_path: Path) -> None:
    desk.write_report(tmp_path / "report.html")
    desk.edit_mask(larger_disc())
    wait(desk, lambda: desk.job is None, "the report")
    wait_fresh(desk)
    assert (tmp_path / "report.html").exists() and strip(desk)[5].status == "empty"


def test_a_report_that_cannot_be_written_is_told(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    desk.write_report(tmp_path / "file" / "report.html")
    wait(desk, lambda: desk.job is None, "the failure")
    assert "cannot be made" in desk.error and strip(desk)[5].status == "empty"


def test_the_report_button_saves_all_files_under_the_cases_number(desk: Desk) -> None:
    desk.press(Step.REPORT)
    wait(desk, lambda: desk.job is None, "the files")
    folder = desk.folder / "cases" / "001"
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
        "regions.seg.nrrd",
        "report.html",
        "result.json",
        "saliency-fused.nrrd",
        "saliency-intratumoral.nrrd",
        "saliency-margin3.nrrd",
    ]
    document = json.loads((folder / "result.json").read_text())
    assert document["predictions"][0]["probabilities"][-1] == probability(desk)


def test_the_export_holds_every_case(desk: Desk, tmp_path: Path) -> None:
    desk.edit_mask(larger_disc())
    wait_fresh(desk)
    desk.accept("=1+1")
    wait_fresh(desk)
    table = desk.export(tmp_path / "export")
    wait(desk, lambda: desk.job is None, "the export")
    assert str(table) in desk.message
    with table.open(newline="", encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["status"] for row in rows] == ["accepted", "read", "new"]
    assert rows[0]["origin"] == "corrected" and rows[0]["comment"] == "'=1+1"
    assert float(rows[1]["dlrs3_probability_responder"]) == pytest.approx(probability(desk), abs=1e-5)
    assert (tmp_path / "export" / "masks" / "001.png").exists()


def test_closing_finishes_what_is_being_written(desk: Desk, tmp_path: Path) -> None:
    wait_quiet(desk)
    desk.write_report(tmp_path / "report.html")
    desk.close()
    desk.close()
    assert (tmp_path / "report.html").exists()


def test_the_same_command_comes_back_to_the_same_place(make_desk: MakeDesk, studies: Path) -> None:
    desk = make_desk()
    desk.open([studies])
    wait_fresh(desk)
    assert desk.next()
    desk.close()
    again = make_desk()
    again.open([studies])
    assert again.entry is not None and again.entry.number == 2
