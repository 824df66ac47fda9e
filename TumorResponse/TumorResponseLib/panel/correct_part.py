"""Correcting the outline, and how far the prediction moves with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from TumorResponseLib.panel.commands import Commands
from TumorResponseLib.panel.views import Views
from TumorResponseLib.session.mask_source import MaskOrigin

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk
    from TumorResponseLib.desk.sensitivity import Sensitivity


class CorrectPart:
    """The section Correct the outline."""

    def __init__(self, ui: Any, commands: Commands, views: Views) -> None:
        self._ui = ui
        self._views = views
        ui.drawButton.connect("clicked()", lambda: commands.run(lambda desk: views.draw_by_hand()))
        ui.backToModelButton.connect("clicked()", lambda: commands.run(self._back_to_model))
        ui.sensitivityButton.connect("clicked()", lambda: commands.run(lambda desk: desk.start_sensitivity()))

    def show(self, desk: Desk) -> None:
        """Show who drew the outline and what can be done with it."""
        from TumorResponseLib.desk.summary import mask_source_text

        source, reading, sensitivity = desk.mask_source, desk.reading, desk.sensitivity
        has_image = reading is not None and reading.found.image is not None
        said = mask_source_text(source)
        self._ui.maskSourceLabel.text = _("Outline: {source}").format(source=said) if said else _("No outline yet.")
        self._ui.drawButton.enabled = has_image
        is_own = source is not None and source.origin is not MaskOrigin.AUTOMATIC
        self._ui.backToModelButton.enabled = is_own and not desk.teaching.hidden
        self._ui.sensitivityButton.enabled = desk.shown.result and desk.running is None
        self._ui.sensitivityLabel.text = (
            _("How far the probability moves with the outline.")
            if sensitivity is None
            else sensitivity_text(sensitivity)
        )

    def _back_to_model(self, desk: Desk) -> None:
        self._views.keep_for_undo()
        desk.back_to_model()


def sensitivity_text(sensitivity: Sensitivity) -> str:
    """All rows, and how far apart they are."""
    return "\n".join(filter(None, [*(row.text for row in sensitivity.rows), sensitivity.text]))
