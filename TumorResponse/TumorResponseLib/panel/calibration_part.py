"""Pixel size from a line that the user draws on the depth scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.panel.commands import Commands
from TumorResponseLib.panel.views import Views

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk


class CalibrationPart:
    """The button Calibrate and the frame that opens below it."""

    def __init__(self, ui: Any, commands: Commands, views: Views) -> None:
        self._ui = ui
        self._commands = commands
        self._views = views
        self._is_on = False
        self._reading: Any = None
        ui.calibrationFrame.setVisible(False)
        ui.calibrateButton.connect("clicked()", self.start)
        ui.applyCalibrationButton.connect("clicked()", lambda: commands.run(self._apply))
        ui.cancelCalibrationButton.connect("clicked()", lambda: commands.run(lambda desk: self.end()))

    def start(self) -> None:
        """Let the user draw the line."""
        self._commands.run(self._start)

    def show(self, desk: Desk) -> None:
        """Enable what makes sense; a line of another case is of no use."""
        reading = desk.reading
        image = None if reading is None else reading.found.image
        self._ui.calibrateButton.enabled = image is not None and len(image.spatial_shape) == 2 and not self._is_on
        if self._is_on and reading is not self._reading:
            self.end()
        if self._is_on:
            drawn = self._views.presenter.calibration_ends() is not None
            self._ui.applyCalibrationButton.enabled = drawn
            tip = _("Take the pixel size from this line.") if drawn else _("Draw the line first.")
            self._ui.applyCalibrationButton.toolTip = tip

    def end(self) -> None:
        """Remove the line."""
        if self._is_on:
            self._is_on = False
            self._views.presenter.end_calibration()
            self._ui.calibrationFrame.setVisible(False)

    @property
    def is_on(self) -> bool:
        """Whether the line is being drawn, so that it has to be looked at."""
        return self._is_on

    def _start(self, desk: Desk) -> None:
        self._views.presenter.start_calibration()
        self._is_on, self._reading = True, desk.reading
        self._ui.overlaysSection.collapsed = False
        self._ui.calibrationFrame.setVisible(True)
        self._ui.applyCalibrationButton.enabled = False

    def _apply(self, desk: Desk) -> None:
        ends = self._views.presenter.calibration_ends()
        if ends is None:
            raise UsageError(_("Click both ends of the line first."))
        desk.calibrate(*ends, self._ui.lengthSpinBox.value)
        self.end()
