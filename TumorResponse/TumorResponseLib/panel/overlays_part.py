"""Rings, saliency and diameters: what is not bound to the parameter node in the .ui."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

from TumorResponseLib.panel.choices import hand_radii
from TumorResponseLib.panel.commands import Commands
from TumorResponseLib.panel.parameters import Parameters
from TumorResponseLib.panel.views import Views

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk

PAUSE_MS = 350
"""After the last key, before typed radii count."""


class OverlaysPart:
    """The section Rings and overlays, without the calibration.

    Args:
        parameters: the present parameter node, None while there is none.
    """

    def __init__(self, ui: Any, commands: Commands, views: Views, parameters: Callable[[], Parameters | None]) -> None:
        self._ui = ui
        self._views = views
        self._parameters = parameters
        self._layers: list[tuple[str, str]] | None = None
        self._typed = qt.QTimer()
        self._typed.setSingleShot(True)
        self._typed.setInterval(PAUSE_MS)
        self._typed.connect("timeout()", lambda: commands.run(self._hand_radii))
        ui.radiiEdit.connect("textEdited(QString)", lambda text: self._typed.start())
        ui.layerComboBox.connect("currentIndexChanged(int)", self._choose_layer)

    def show(self, desk: Desk) -> None:
        """Show the layers that can be chosen, sizes, and the chosen layer."""
        from TumorResponseLib.desk.summary import is_volume, spacing_text

        layers = [(layer.key, layer.menu_title) for layer in self._views.presenter.layers]
        if layers != self._layers:
            self._layers = layers
            self._offer(layers)
        self._select()
        self.follow_lines(desk)
        image = None if desk.reading is None else desk.reading.found.image
        self._ui.spacingCaption.text = _("Voxel size:") if is_volume(image) else _("Pixel size:")
        self._ui.spacingLabel.text = spacing_text(image)
        view = None if desk.reading is None else desk.reading.view
        self._ui.backdropVisibleCheckBox.enabled = view is not None and view.backdrop is not None

    def follow_lines(self, desk: Desk) -> None:
        """Show what the lines in the view measure, while the user drags them too."""
        self._ui.diametersLabel.text = self._diameters() if desk.shown.diameters else ""

    def close(self) -> None:
        """Let no timer fire any more."""
        self._typed.stop()

    def _offer(self, layers: list[tuple[str, str]]) -> None:
        box = self._ui.layerComboBox
        blocked = box.blockSignals(True)
        box.clear()
        for key, title in layers:
            box.addItem(title, key)
        box.addItem(_("none"), "")
        box.enabled = bool(layers)
        box.blockSignals(blocked)

    def _select(self) -> None:
        """Select the chosen layer, and the last entry, ``none``, when it is not there."""
        parameters, box = self._parameters(), self._ui.layerComboBox
        if parameters is None:
            return
        index = box.findData(parameters.saliencyLayer)
        blocked = box.blockSignals(True)
        box.setCurrentIndex(index if index >= 0 else box.count - 1)
        box.blockSignals(blocked)

    def _choose_layer(self, index: int) -> None:
        parameters = self._parameters()
        if parameters is not None and index >= 0:
            parameters.saliencyLayer = self._ui.layerComboBox.itemData(index)

    def _hand_radii(self, desk: Desk) -> None:
        parameters = self._parameters()
        if parameters is not None:
            hand_radii(parameters, desk)

    def _diameters(self) -> str:
        lines = self._views.presenter.diameter_lines()
        return " × ".join(f"{mm:.1f} mm" for mm in (lines.long_mm, lines.short_mm) if mm is not None)
