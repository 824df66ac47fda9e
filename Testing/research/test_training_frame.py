"""What the trainings of the four systems share: who is trained on, what is read once, where checkpoints lie."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.command_line import checkpoint_folder, train_from_command_line
from TumorResponseLib.research.training.read_once import Arrays, read_once
from TumorResponseLib.research.training.training_split import is_for_training


@pytest.mark.parametrize(
    ("splits", "chosen"),
    [
        (["train", "test", "train"], [True, False, True]),
        (["train", "", "internal"], [True, False, False]),
        (["", ""], [True, True]),
    ],
)
def test_the_split_train_is_for_training_or_everyone_where_none_is_named(splits: list[str], chosen: list[bool]) -> None:
    assert is_for_training(splits).tolist() == chosen


@pytest.mark.parametrize("splits", [["test", "external"], []])
def test_a_cohort_with_nobody_to_train_on_is_refused(splits: list[str]) -> None:
    with pytest.raises(StudyError, match="of the split train"):
        is_for_training(splits)


class Reader:
    """Reads numbers from a cohort that grows by one each time, and says how often it did."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Arrays:
        self.times += 1
        return {"numbers": np.arange(self.times), "names": np.array(["a", "bc"])}


def test_a_cohort_is_read_once_and_another_one_anew(tmp_path: Path) -> None:
    reader, cache = Reader(), tmp_path / "images.npz"
    for cohort, times in [("first", 1), ("first", 1), ("second", 2), ("second", 2), ("first", 3)]:
        arrays = read_once(cache, cohort, reader)
        assert arrays["numbers"].tolist() == list(range(times)) and arrays["names"].tolist() == ["a", "bc"]
        assert set(arrays) == {"numbers", "names"} and reader.times == times
    assert list(tmp_path.iterdir()) == [cache]


def test_what_was_read_stands_when_reading_fails(tmp_path: Path) -> None:
    cache = tmp_path / "images.npz"
    read_once(cache, "first", Reader())

    def fail() -> Arrays:
        raise StudyError("No image.")

    with pytest.raises(StudyError):
        read_once(cache, "second", fail)
    assert read_once(cache, "first", fail)["numbers"].tolist() == [0]


def test_checkpoints_are_kept_where_asked_and_after_a_failure(tmp_path: Path) -> None:
    out, work = tmp_path / "bundle", tmp_path / "a" / "work"
    with checkpoint_folder(out, work) as folder:
        assert folder == work
    assert work.is_dir()
    with pytest.raises(StudyError), checkpoint_folder(out, None) as hidden:
        raise StudyError("No image.")
    assert hidden.is_dir() and hidden.parent == tmp_path and hidden.name.startswith(".")
    with checkpoint_folder(out, None) as again:
        assert again == hidden
    assert not hidden.exists()


def test_the_command_line_names_cohort_bundle_and_checkpoints(capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[tuple[Path, Path, Path | None]] = []

    def train(cohort: Path, out: Path, progress: Progress, *, work: Path | None) -> None:
        asked.append((cohort, out, work))
        progress(2, 7)

    train_from_command_line(train, "DLRS3", ["--cohort", "a", "--out", "b", "--work", "c"])
    assert asked == [(Path("a"), Path("b"), Path("c"))]
    assert capsys.readouterr().out == "2 7\n"
    with pytest.raises(SystemExit) as ended:
        train_from_command_line(train, "DLRS3", ["--cohort", "a", "--out", "b"])
    assert ended.value.code == 2 and len(asked) == 1
