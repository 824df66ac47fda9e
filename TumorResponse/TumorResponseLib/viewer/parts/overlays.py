"""What lies over the image: tumour, rings, diameters, saliency."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.desk.summary import is_volume, spacing_text
from TumorResponseLib.mrml.presenting.diameters import DiameterLengths

if TYPE_CHECKING:
    from TumorResponseLib.viewer.app import Viewer

NO_LAYER = "none"
FIELDS = {
    f"display_{name}": name
    for name in (
        "mask_visible",
        "rings_visible",
        "ring_display",
        "diameters_visible",
        "saliency_layer",
        "saliency_opacity",
        "saliency_threshold",
        "backdrop_visible",
        "auto_update",
    )
}
"""State of the page, by the name of the display option that it shows and sets."""


def facts(viewer: Viewer) -> dict[str, Any]:
    """All choices, as they stand."""
    desk, presenter = viewer.desk, viewer.presenter
    chosen = asdict(desk.display)
    chosen["saliency_layer"] = chosen["saliency_layer"] or NO_LAYER
    image = None if desk.reading is None else desk.reading.found.image
    view = None if desk.reading is None else desk.reading.view
    return {
        **{state: chosen[name] for state, name in FIELDS.items()},
        "overlay_layers": [
            {"value": NO_LAYER, "title": "None"},
            *({"value": layer.key, "title": layer.menu_title} for layer in presenter.layers),
        ],
        "overlay_backdrop": ""
        if view is None or view.backdrop is None
        else f"{view.role.upper()} over {view.backdrop.upper()}",
        "overlay_radii": " ".join(f"{radius:g}" for radius in desk.radii_mm),
        "overlay_spacing": spacing_text(image),
        "overlay_is_volume": is_volume(image),
        "overlay_dragged": lines_text(presenter.diameter_lines()) if desk.shown.diameters else "",
    }


def commands(viewer: Viewer) -> dict[str, Callable[..., object]]:
    """Zooming, and the radii of the rings."""
    return {
        "view_zoom": viewer.views.zoom,
        "overlay_set_radii": lambda text: viewer.desk.set_radii(radii_of(text)),
    }


def radii_of(text: str) -> tuple[float, ...]:
    """``"3 5 10"`` as numbers.

    Raises:
        UsageError: it is no list of numbers.
    """
    try:
        return tuple(float(part) for part in text.replace(",", " ").split())
    except ValueError:
        raise UsageError(f"{text!r} is not a list of radii in mm; write for instance 3 5 10.") from None


def lines_text(lines: DiameterLengths) -> str:
    """The diameters as the lines in the view stand; ``""`` when one is not there."""
    if lines.long_mm is None or lines.short_mm is None:
        return ""
    return f"{lines.long_mm:.1f} × {lines.short_mm:.1f} mm"


def _taker(name: str) -> Callable[[Viewer, Any], None]:
    def take(viewer: Viewer, value: Any) -> None:
        chosen = None if value == NO_LAYER else value
        if getattr(viewer.desk.display, name) != chosen:
            viewer.desk.set_display(**{name: chosen})

    return take


INPUTS: dict[str, Callable[[Viewer, Any], None]] = {state: _taker(name) for state, name in FIELDS.items()}
