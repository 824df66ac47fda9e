"""The output folder, and packages that are being installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from Testing.panel.hands import Hands


def choose(hands: Hands, folder: Path) -> None:
    """Choose an output folder, as the directory button tells."""
    hands.panel.qt(hands.ui.folderButton).directorySelected.emit(str(folder))
    hands.panel.window.run_events()


def test_a_folder_that_cannot_be_used_leaves_the_old_one_in_use(hands: Hands, studies: Path, tmp_path: Path) -> None:
    hands.open_folder(studies)
    desk, before = hands.desk, hands.panel.widget.panel.workplace.folder
    (tmp_path / "a file").touch()
    choose(hands, tmp_path / "a file")
    assert hands.ui.messageLabel.text
    assert hands.desk is desk and hands.panel.widget.panel.workplace.folder == before
    assert hands.ui.folderButton.directory == str(before)
    hands.click("nextButton")
    hands.wait_until(lambda: hands.desk.entry.number == 2)


def test_another_folder_has_a_worklist_of_its_own(hands: Hands, studies: Path, tmp_path: Path) -> None:
    from PySide6.QtCore import QSettings

    hands.open_folder(studies)
    choose(hands, tmp_path / "elsewhere")
    assert hands.desk.entries() == [] and hands.desk.folder == tmp_path / "elsewhere"
    assert QSettings().value("TumorResponse/OutputFolder") == str(tmp_path / "elsewhere")
    hands.open_folder(studies)
    assert len(hands.desk.entries()) == 3


def test_what_is_being_written_gets_its_time_after_the_panel_was_left(
    hands: Hands, studies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands.open_folder(studies)
    desk, timer = hands.desk, hands.panel.widget.panel._tick._timer
    writing, polled = True, []
    monkeypatch.setattr(type(desk), "is_writing", property(lambda desk: writing))
    monkeypatch.setattr(desk, "poll", lambda: polled.append("while left"))
    hands.panel.exit()
    hands.panel.window.run_events(0.2)
    assert timer.active
    writing = False
    hands.panel.window.run_events(0.2)
    assert not timer.active and polled == []


@pytest.mark.usefixtures("slicer_window")
def test_packages_are_not_installed_twice_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from TumorResponseLib.core.errors import UsageError
    from TumorResponseLib.panel import packages
    from TumorResponseLib.panel.workplace import Workplace

    workplace = Workplace(tmp_path / "requirements.txt", tmp_path / "out")
    asked: list[Any] = []

    def pip_handles_events(path: Path) -> None:
        asked.append(path)
        with pytest.raises(UsageError, match="being installed"):
            workplace.open()  # as a second click does
        raise RuntimeError("declined")

    monkeypatch.setattr(packages, "ensure", pip_handles_events)
    for _ in range(2):
        with pytest.raises(UsageError, match="declined"):
            workplace.open()
    assert len(asked) == 2
