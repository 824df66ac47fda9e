"""Which frame of a cine is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from TumorResponseLib.panel.commands import Commands
from TumorResponseLib.panel.views import Views

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk


class CinePart:
    """The line Frame of the section Rings and overlays; Slicer's own sequence browser moves the same frames."""

    def __init__(self, ui: Any, commands: Commands, views: Views) -> None:
        self._ui = ui
        self._views = views
        ui.frameSlider.connect("valueChanged(double)", self._select)

    def show(self, desk: Desk) -> None:
        """Show the line for a cine, with the frame that is in the views."""
        from TumorResponseLib.mrml.reading import cine_of

        cine = None if desk.reading is None else cine_of(desk.reading.found)
        frame, times = self._views.presenter.frame, () if cine is None else cine.frame_times_ms or ()
        is_cine = frame is not None and len(times) > 1
        for widget in (self._ui.frameCaption, self._ui.frameSlider):
            widget.setVisible(is_cine)
        if frame is None or not is_cine:
            return
        slider = self._ui.frameSlider
        blocked = slider.blockSignals(True)
        slider.maximum = len(times)
        slider.value = frame + 1
        slider.blockSignals(blocked)
        slider.toolTip = _("Frame {frame} of {count}, at {seconds} s; the outline and all measures stay.").format(
            frame=frame + 1, count=len(times), seconds=f"{times[frame] / 1000:.2f}"
        )

    def _select(self, value: float) -> None:
        self._views.presenter.select_frame(round(value) - 1)
