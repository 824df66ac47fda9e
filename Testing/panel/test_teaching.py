"""Outline first, then reveal."""

from __future__ import annotations

from pathlib import Path

from Testing.panel.hands import Hands
from Testing.session.stand_ins import disc


def test_model_stays_hidden_until_the_learner_has_outlined(hands: Hands, studies: Path) -> None:
    ui = hands.ui
    ui.teachingSection.collapsed = False
    hands.panel.window.run_events()
    hands.click("teachingCheckBox")
    hands.panel.window.choose(studies)
    hands.click("openFolderButton")
    hands.wait_until(lambda: hands.states()["image"] == "ready")
    hands.panel.window.run_events(1.0)
    assert ui.resultLabel.text == "No result yet."
    assert not hands.sees_rings()
    assert not ui.revealButton.enabled
    assert not ui.readButton.enabled
    hands.click("drawButton")
    assert hands.effect() == "Paint"
    hands.paint(disc(radius=15.0))
    hands.wait_until(lambda: ui.revealButton.enabled)
    hands.panel.screenshot("panel-teaching-hidden")
    hands.click("revealButton")
    hands.wait_until(lambda: "Dice" in ui.comparisonLabel.text)
    hands.wait_for_result()
    assert hands.sees_rings()
    hands.wait_until(lambda: hands.panel.qt(ui.stepPictureLabel).isVisible())
    assert ui.stepNumberLabel.text.startswith("1 of ")
    first = ui.stepTextLabel.text
    hands.click("nextStepButton")
    assert ui.stepTextLabel.text != first
    hands.panel.screenshot("panel-teaching")
    hands.click("teachingCheckBox")
    hands.wait_for_result()
    assert not hands.desk.teaching.enabled
