"""Earlier time points of the same patient: folders in a study folder, rows above in a cohort's table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading import CohortRow, earlier_rows, load_study, read_cohort, write_cohort
from TumorResponseLib.session.study_source import StudySource
from TumorResponseLib.session.worklist.discover import find_cases


def study(folder: Path, level: int, **more: object) -> Path:
    folder.mkdir(parents=True)
    Pillow.fromarray(np.full((8, 9), level, np.uint8)).save(folder / "image.png")
    (folder / "study.json").write_text(json.dumps({"image": "image.png", **more}))
    return folder


def test_earlier_time_points_come_with_the_study_oldest_first(tmp_path: Path) -> None:
    folder = study(tmp_path / "rat-7", 30, earlier=["week-0", "week-1"], timepoint="week-2")
    study(folder / "week-1", 20, timepoint="week-1")
    mask = np.zeros((8, 9), np.uint8)
    mask[2:5, 3:6] = 255
    study(folder / "week-0", 10, mask="mask.png", spacing_mm=0.5)
    Pillow.fromarray(mask).save(folder / "week-0" / "mask.png")

    loaded = load_study(folder)
    assert loaded.name == "rat-7" and loaded.timepoint == "week-2"
    assert [(each.name, each.image().pixels[0, 0]) for each in loaded.earlier] == [("week-0", 10), ("week-1", 20)]
    np.testing.assert_array_equal(loaded.earlier[0].masks["tumour"], mask > 0)
    assert loaded.earlier[0].image().spacing_mm == (0.5, 0.5) and loaded.image().spacing is None
    assert {file.path.parent.name for file in loaded.files} == {"rat-7", "week-0", "week-1"}
    assert [case.name for case in find_cases([tmp_path])] == ["rat-7"]


@pytest.mark.parametrize(
    ("earlier", "sentence"),
    [
        (["week-9"], "column earlier holds 'week-9'; there is no such file"),
        ([".."], "the path must stay inside the folder"),
        (["."], "each must be a folder below"),
        (["image.png"], "each must be a folder below"),
        ([{"week": 0}], "column earlier must be text, a number, or a list of numbers or of names"),
        (["empty"], "study.json of empty: There is no file study.json; check the path"),
        (["empty", "./empty"], "each folder may be named once only"),
        (["loop"], "there can be no such file"),
        (["long" * 1000], "there can be no such file"),
    ],
)
def test_what_is_no_earlier_study_is_refused(tmp_path: Path, earlier: list[object], sentence: str) -> None:
    folder = study(tmp_path / "rat", 30, earlier=earlier)
    (folder / "empty").mkdir()
    (folder / "loop").symlink_to("loop")
    with pytest.raises(StudyError, match=sentence):
        load_study(folder)


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("registr", "yes", "column registr is not known; write register"),
        ("dynamic_range_dB", 50, "column dynamic_range_dB is not known; write dynamic_range_db"),
        ("spacing", 0.5, "column spacing is not known; write spacing_mm"),
        ("register", "ye", "it must be 0 or 1, or no or yes"),
        ("dynamic_range_db", 5000, "it must be at most 200"),
        ("dynamic_range_db", -50, "it must be positive"),
    ],
)
def test_what_would_be_read_as_another_study_is_refused(
    tmp_path: Path, column: str, value: object, sentence: str
) -> None:
    with pytest.raises(StudyError, match=sentence):
        load_study(study(tmp_path / "rat", 30, **{column: value}))


def test_yes_is_yes_in_capitals_and_remarks_are_left_alone(tmp_path: Path) -> None:
    assert load_study(study(tmp_path / "rat", 30, register="Yes", remark="kept", viability=0.4)).register


def test_the_rows_above_of_the_same_patient_are_earlier(tmp_path: Path) -> None:
    rows = []
    for patient, timepoint, level in (("a", "0", 1), ("b", "0", 2), ("a", "1", 3), ("a", "2", 4), ("b", "1", 5)):
        path = tmp_path / f"{patient}{timepoint}.png"
        Pillow.fromarray(np.full((8, 9), level, np.uint8)).save(path)
        rows.append(CohortRow(patient, timepoint, images={"image": path}))
    write_cohort(rows, tmp_path)
    read = read_cohort(tmp_path)
    assert [(row.patient, row.timepoint) for row in earlier_rows(read[3], read)] == [("a", "0"), ("a", "1")]
    loaded = StudySource(tmp_path, patient="a", timepoint="2").load()
    assert [each.image().pixels[0, 0] for each in (*loaded.earlier, loaded)] == [1, 3, 4]
    assert [each.timepoint for each in loaded.earlier] == ["0", "1"]
    assert StudySource(tmp_path, patient="b", timepoint="0").load().earlier == ()
