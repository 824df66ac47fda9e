"""Looking for studies beside the user's work, and laboratory values that he types."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from Testing.desk.conftest import MakeDesk, is_fresh, states, wait, wait_case, wait_fresh, wait_quiet
from Testing.desk.studies import make_study
from TumorResponseLib.core.errors import StudyError, UsageError
from TumorResponseLib.desk import worklist_desk
from TumorResponseLib.desk.desk import Desk
from TumorResponseLib.desk.samples import samples
from TumorResponseLib.session.steps import Step
from TumorResponseLib.session.worklist.discover import find_cases


def laboratory(desk: Desk) -> dict[str, float]:
    assert desk.reading is not None and desk.reading.found.study is not None
    return desk.reading.found.study.laboratory


def test_a_large_folder_does_not_hold_up_the_shell(
    make_desk: MakeDesk, studies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    def slowly(paths: list[Path]) -> object:
        assert gate.wait(10)
        return find_cases(paths)

    monkeypatch.setattr(worklist_desk, "find_cases", slowly)
    desk = make_desk()
    desk.open([studies])
    assert desk.entries() == [] and desk.job is not None and desk.job.title == "Looking for studies"
    desk.poll()
    gate.set()
    wait_case(desk)
    assert [entry.name for entry in desk.entries()] == ["case1", "case2", "case3"]
    wait_fresh(desk)


def test_a_place_without_a_study_is_told_and_what_was_there_stays(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no file or folder missing"):
        desk.open([tmp_path / "missing.png"])
    (tmp_path / "empty").mkdir()
    desk.open([tmp_path / "empty"])
    wait(desk, lambda: desk.error != "", "the sentence")
    assert "holds no image or study" in desk.error
    assert desk.entry is not None and desk.entry.number == 1 and is_fresh(desk)


def test_typed_laboratory_values_renew_the_prediction_and_are_kept(make_desk: MakeDesk, tmp_path: Path) -> None:
    folder = make_study(tmp_path / "patient")
    described = json.loads((folder / "study.json").read_text()) | {"lab_crp": 3.0, "lab_ldh": 200.0}
    (folder / "study.json").write_text(json.dumps(described))
    desk = make_desk()
    with pytest.raises(UsageError, match="No case is shown"):
        desk.set_laboratory({"crp": 4.0})
    desk.open([folder])
    wait_case(desk)
    wait_fresh(desk)
    desk.set_laboratory({"crp": 12.0})
    desk.set_laboratory({"ldh": None, "albumin": 41.0})
    assert states(desk)[2] == "ready" and states(desk)[3] != "ready"
    with pytest.raises(UsageError, match="is impossible"):
        desk.set_laboratory({"albumin": 4.1})
    wait_fresh(desk)
    assert laboratory(desk) == {"crp": 12.0, "albumin": 41.0}
    desk.close()
    again = make_desk()
    wait(again, lambda: again.reading is not None and again.reading.is_ready(Step.IMAGE), "the image")
    again.poll()
    assert laboratory(again) == {"crp": 12.0, "albumin": 41.0}
    wait_quiet(again)
    assert again.error == ""


def test_every_sample_is_offered_under_the_title_of_its_system() -> None:
    titles = {sample.name: sample.title for sample in samples()}
    assert titles["dlrs3"].startswith("DLRS3: breast ultrasound") and titles["ceus"].startswith("CEUS: contrast")
    assert all(title.endswith("(simulated)") for title in titles.values())
