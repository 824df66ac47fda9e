"""Taking lesions on a PET in and out by clicks in the views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.panel.commands import Commands
from TumorResponseLib.panel.views import Views

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk


class LesionsPart:
    """The frame Lesions by click of the section Correct the outline, there for a PET in SUV alone."""

    def __init__(self, ui: Any, commands: Commands, views: Views) -> None:
        self._ui = ui
        self._commands = commands
        self._views = views
        ui.lesionsFrame.setVisible(False)
        ui.lesionClickButton.connect("clicked(bool)", lambda checked: commands.run(self._switch))
        ui.lesionMethodComboBox.connect("currentIndexChanged(int)", lambda index: commands.run(self._choose))
        ui.lesionSuvSpinBox.connect("valueChanged(double)", lambda suv: commands.run(self._choose))
        ui.measureAgainButton.connect("clicked()", lambda: commands.run(lambda desk: desk.measure_again()))

    def show(self, desk: Desk) -> None:
        """Show the threshold and what the next click does."""
        from TumorResponseLib.desk.lesion_hint import FIRST_MEASURED, lesion_hint

        tool, ui = desk.lesion_tool, self._ui
        ui.lesionsFrame.setVisible(tool is not None)
        if tool is None:
            return
        self._offer()
        for widget, value in ((ui.lesionMethodComboBox, tool.method), (ui.lesionSuvSpinBox, tool.suv)):
            blocked = widget.blockSignals(True)
            if widget is ui.lesionMethodComboBox:
                widget.setCurrentIndex(widget.findText(value))
            else:
                widget.value = value
            widget.blockSignals(blocked)
        ui.lesionSuvSpinBox.enabled = tool.method not in FIRST_MEASURED
        ui.measureAgainButton.enabled = tool.method in FIRST_MEASURED and not tool.needs_region
        ui.lesionClickButton.checked = self._views.presenter.takes_clicks
        ui.lesionHintLabel.text = lesion_hint(tool) if self._views.presenter.takes_clicks else ""

    @property
    def is_on(self) -> bool:
        """Whether clicks are to be looked for."""
        return self._views.has_presenter and self._views.presenter.takes_clicks

    def take(self) -> None:
        """Hand a click to the desk."""
        voxel = self._views.presenter.clicked_voxel()
        if voxel is not None:
            self._commands.run(lambda desk: desk.click_pet(voxel))
        if not self.is_on:
            self._ui.lesionClickButton.checked = False
            self._ui.lesionHintLabel.text = ""

    def end(self) -> None:
        """Take no more clicks."""
        if self.is_on:
            self._views.presenter.end_clicks()
            self._ui.lesionClickButton.checked = False

    def _offer(self) -> None:
        from TumorResponseLib.core.pet.thresholds import METHODS

        box = self._ui.lesionMethodComboBox
        if box.count == 0:
            blocked = box.blockSignals(True)
            for method in METHODS:
                box.addItem(method)
            box.blockSignals(blocked)

    def _switch(self, desk: Desk) -> None:
        if self._views.presenter.takes_clicks:
            self.end()
        elif desk.lesion_tool is None:
            raise UsageError(_("Lesions are clicked on a PET volume in SUV; open one."))
        else:
            self._views.presenter.start_clicks()
        self.show(desk)

    def _choose(self, desk: Desk) -> None:
        if desk.lesion_tool is not None:
            desk.set_lesion_tool(self._ui.lesionMethodComboBox.currentText, self._ui.lesionSuvSpinBox.value)
