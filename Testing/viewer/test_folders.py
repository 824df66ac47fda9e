"""What the open dialog lists of a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.viewer import folders
from TumorResponseLib.viewer.folders import look_into


def test_folders_come_first_and_what_cannot_be_opened_is_left_out(tmp_path: Path) -> None:
    for name in ("b", "A", ".hidden"):
        (tmp_path / name).mkdir()
    for name in ("scan.PNG", "IM0001", "liver.nii.gz", "cohort.csv", "notes.csv", "letter.pdf", ".DS_Store"):
        (tmp_path / name).touch()
    shown = look_into(tmp_path)
    assert [row.name for row in shown.rows] == ["A", "b", "cohort.csv", "IM0001", "liver.nii.gz", "scan.PNG"]
    assert [row.is_folder for row in shown.rows] == [True, True, False, False, False, False]
    assert (shown.path, shown.parent, shown.left_out) == (tmp_path, tmp_path.parent, 0)
    assert look_into(tmp_path / "scan.PNG") == shown
    assert look_into(Path("/")).parent is None


def test_a_folder_of_many_pictures_says_how_many_are_not_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "MOST_ROWS", 3)
    for number in range(5):
        (tmp_path / f"{number}.png").touch()
    shown = look_into(tmp_path)
    assert [row.name for row in shown.rows] == ["0.png", "1.png", "2.png"]
    assert shown.left_out == 2


def test_a_folder_that_is_gone_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^The folder gone cannot be read: No such file or directory\.$"):
        look_into(tmp_path / "gone" / "scan.png")
