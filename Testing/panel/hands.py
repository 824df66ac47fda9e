"""What a user does in the panel, and what he sees there."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slicer import vtkSlicerSegmentationsModuleLogic

from Testing.mrml.test_segmentations import paint
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.mrml.segmentations import read_tumour

if TYPE_CHECKING:
    from Testing.panel.standin.module_panel import Panel

LONGEST_RUN_S = 60.0
"""The models may share two cores with other work."""

STEPS = ("image", "mask", "rings", "prediction", "saliency", "report")


class Hands:
    """A user of the panel."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel

    @property
    def ui(self) -> Any:
        """The widgets."""
        return self.panel.ui

    @property
    def desk(self) -> Any:
        """The desk behind the panel."""
        return self.panel.widget.panel.workplace.desk

    @property
    def presenter(self) -> Any:
        """What is in the scene."""
        return self.panel.widget.panel.views.presenter

    def click(self, name: str) -> None:
        """Click a button."""
        self.panel.click(getattr(self.ui, name))

    def type(self, name: str, text: str) -> None:
        """Type over what a field holds."""
        from PySide6.QtTest import QTest

        field = self.panel.qt(getattr(self.ui, name))
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)

    def open_folder(self, folder: Path) -> None:
        """Open a folder and wait for its first result."""
        self.panel.window.choose(folder)
        self.click("openFolderButton")
        self.wait_for_result()

    def open_sample(self, name: str = "DLRS3") -> None:
        """Choose a sample from the button's menu."""
        actions = self.ui.sampleButton.menu().actions()
        next(action for action in actions if name in action.text).trigger()
        self.panel.window.run_events()

    def states(self) -> dict[str, str]:
        """What the strip says of each step."""
        texts = {step: getattr(self.ui, f"{step}StatusLabel").text for step in STEPS}
        return {step: re.sub(r"<span.*?</span>\s*", "", text) for step, text in texts.items()}

    def wait_until(self, condition: Callable[[], bool], seconds: float = LONGEST_RUN_S) -> None:
        """Let the panel work until something is so."""
        self.panel.window.wait_until(condition, seconds)

    def wait_for_result(self) -> None:
        """Until image, mask, rings, prediction and saliency are ready, nothing runs, and all of it is shown."""
        self.wait_until(lambda: list(self.states().values())[:5] == ["ready"] * 5 and self.desk.running is None)
        self.panel.window.run_events(0.15)

    def sees_rings(self) -> bool:
        """Whether rings are in the scene."""
        return self.presenter.rings_node is not None

    def mask(self) -> MaskArray:
        """The outline as it lies in the scene."""
        return read_tumour(self.presenter.tumour_node, self.presenter.volume_node)

    def paint(self, mask: MaskArray) -> None:
        """Make the outline another one, as a stroke of the segment editor does."""
        self.ui.segmentEditor.saveStateForUndo()
        node, volume = self.presenter.tumour_node, self.presenter.volume_node
        paint(node, volume, mask, vtkSlicerSegmentationsModuleLogic.MODE_REPLACE)

    def effect(self) -> str:
        """The segment editor's effect in hand; ``""`` for none."""
        node = self.panel.window.scene.GetSingletonNode("TumorResponse", "vtkMRMLSegmentEditorNode")
        return node.GetActiveEffectName() or ""

    def model_card(self) -> str:
        """What the dialog with the model card says."""
        from PySide6.QtWidgets import QApplication, QTextBrowser

        browsers = [found for top in QApplication.topLevelWidgets() for found in top.findChildren(QTextBrowser)]
        return str(browsers[-1].toPlainText())

    def timed_ticks(self) -> list[float]:
        """From now on, how many seconds of work each change of the panel takes; the list grows."""
        taken: list[float] = []
        tick = self.panel.widget.panel._tick
        show = tick._show

        def timed(desk: Any) -> None:
            start = time.process_time()
            show(desk)
            taken.append(time.process_time() - start)

        tick._show = timed
        return taken

    def on_another_day(self) -> Hands:
        """A new widget in a new scene, after this one was closed."""
        from Testing.panel.standin.module_panel import Panel

        self.panel.window.scene.Clear()
        return Hands(Panel(self.panel.window))
