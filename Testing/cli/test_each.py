"""Many inputs, one after the other: none stops the others, whatever happens to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from TumorResponseLib.cli.each import for_each
from TumorResponseLib.cli.segment import mask_name
from TumorResponseLib.core.errors import StudyError, UsageError

PATHS = [Path("a"), Path("b"), Path("c")]


@pytest.mark.parametrize("error", [StudyError("b is damaged."), ValueError("nobody expected this")], ids=type)
def test_what_fails_is_told_and_the_rest_is_done(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    done = []

    def work(path: Path) -> None:
        if path.name == "b":
            raise error
        done.append(path.name)

    assert for_each(PATHS, work, "Working", debug=False) == 1
    told = capsys.readouterr().err
    assert done == ["a", "c"] and str(error).rstrip(".") in told and "Traceback" not in told
    assert "1 of 3 failed; the others are done." in told
    assert for_each(PATHS[1:2], work, "Working", debug=True) == 1
    assert "Traceback" in capsys.readouterr().err


def test_wrong_use_ends_it_at_once() -> None:
    def work(path: Path) -> None:
        raise UsageError("Give a spacing.")

    with pytest.raises(UsageError):
        for_each(PATHS, work, "Working", debug=False)


def test_the_folder_that_one_is_in_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "series").mkdir()
    monkeypatch.chdir(tmp_path / "series")
    assert mask_name(Path()) == "series.nii.gz"
    assert mask_name(Path("..")) == f"{tmp_path.name}.nii.gz"


def test_a_link_has_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "4f3a.dat").touch()
    (tmp_path / "first.png").symlink_to(tmp_path / "4f3a.dat")
    assert mask_name(tmp_path / "first.png") == "first.png"
