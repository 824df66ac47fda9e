"""The panel as it comes up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from Testing.panel.hands import Hands

if TYPE_CHECKING:
    from Testing.panel.standin.module_panel import Panel


def test_comes_up_with_research_use_only_in_sight(panel: Panel) -> None:
    assert "Research use only" in panel.ui.disclaimerLabel.text
    panel.screenshot("panel-empty")


def test_refusal_is_a_sentence_and_no_dialog(hands: Hands, studies: Path) -> None:
    hands.open_folder(studies)
    hands.panel.window.choose(studies / "nothing here")
    hands.click("openFolderButton")
    assert "nothing here" in hands.ui.messageLabel.text
    assert not [text for kind, text in hands.panel.window.shown if kind == "message"]
    hands.click("nextButton")
    assert not hands.panel.qt(hands.ui.messageLabel).isVisible()


def test_what_nobody_expected_is_shown_once(hands: Hands, studies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hands.open_folder(studies)
    monkeypatch.setattr(type(hands.desk), "poll", broken)
    hands.panel.window.run_events(0.3)
    assert [text for kind, text in hands.panel.window.shown if "torn" in text] == [
        "Tumor Response met an unexpected error.\n\nthe wire is torn"
    ]
    assert [str(error) for error in hands.panel.window.errors] == ["the wire is torn"]
    hands.panel.window.errors.clear()


def broken(desk: object) -> bool:
    """In place of the desk's poll."""
    raise RuntimeError("the wire is torn")
