"""The user's choices between the scene's parameter node and the desk, which remembers them from one day to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _
from slicer.util import NodeModify

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.panel.parameters import Parameters, RingStyle

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk

SAME_NAME = {
    "mask_visible": "maskVisible",
    "rings_visible": "ringsVisible",
    "diameters_visible": "diametersVisible",
    "backdrop_visible": "backdropVisible",
    "auto_update": "autoUpdate",
    "saliency_opacity": "saliencyOpacity",
    "saliency_threshold": "saliencyThreshold",
}
"""Fields of ``DisplayOptions`` with the parameter that holds the same value."""


def radii_of(text: str) -> tuple[float, ...]:
    """Radii as typed, parted by commas, semicolons or blanks.

    Raises:
        UsageError: that is no list of numbers.
    """
    try:
        return tuple(float(part) for part in text.replace(";", " ").replace(",", " ").split())
    except ValueError as error:
        raise UsageError(_("Type the ring radii in mm as in 3, 5, 10.")) from error


def radii_text(radii_mm: tuple[float, ...]) -> str:
    """Radii as they are typed."""
    return ", ".join(f"{radius:g}" for radius in radii_mm)


def agree(parameters: Parameters, desk: Desk) -> None:
    """At the beginning of a scene: choices that came with it hold, otherwise those that the desk remembers."""
    if parameters.isChosen:
        hand_display(parameters, desk)
        hand_radii(parameters, desk)
        return
    display = desk.display
    with NodeModify(parameters):
        for field, name in SAME_NAME.items():
            setattr(parameters, name, getattr(display, field))
        parameters.ringStyle = RingStyle(display.ring_display)
        parameters.saliencyLayer = display.saliency_layer or ""
        parameters.ringRadii = radii_text(desk.radii_mm)
        parameters.isChosen = True


def hand_display(parameters: Parameters, desk: Desk) -> None:
    """Tell the desk what the user changed of the display."""
    wanted: dict[str, Any] = {field: getattr(parameters, name) for field, name in SAME_NAME.items()}
    wanted["ring_display"] = parameters.ringStyle.value
    wanted["saliency_layer"] = parameters.saliencyLayer or None
    changes = {field: value for field, value in wanted.items() if value != getattr(desk.display, field)}
    if changes:
        desk.set_display(**changes)


def hand_radii(parameters: Parameters, desk: Desk) -> None:
    """Tell the desk which rings the user typed.

    Raises:
        UsageError: that is no list of growing radii.
    """
    radii = radii_of(parameters.ringRadii)
    if radii != desk.radii_mm:
        desk.set_radii(radii)


class Curtain:
    """Hides all that lies over the image, and brings it back."""

    def __init__(self) -> None:
        self._before: dict[str, Any] = {}

    def toggle(self, parameters: Parameters) -> None:
        """Hide what is seen, or show what was hidden."""
        bare = {"maskVisible": False, "ringsVisible": False, "diametersVisible": False, "saliencyLayer": ""}
        present = {name: getattr(parameters, name) for name in bare}
        wanted = bare if present != bare else self._before
        self._before = present
        with NodeModify(parameters):
            for name, value in wanted.items():
                setattr(parameters, name, value)
