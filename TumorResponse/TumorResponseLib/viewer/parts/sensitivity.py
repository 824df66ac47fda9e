"""How far the prediction moves with the outline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from TumorResponseLib.viewer.app import Viewer

INPUTS: dict[str, Callable[[Viewer, Any], None]] = {}


def facts(viewer: Viewer) -> dict[str, Any]:
    """One row an outline."""
    found = viewer.desk.sensitivity
    return {
        "sensitivity_rows": []
        if found is None
        else [
            {
                "label": f"{row.offset_mm:+g} mm" if row.offset_mm else "as is",
                "at": None if row.probability is None else 100 * row.probability,
                "text": row.reason or ("…" if row.probability is None else f"{row.probability:.0%}"),
            }
            for row in found.rows
        ],
        "sensitivity_text": "" if found is None else found.text,
        "sensitivity_is_running": found is not None and found.is_running,
    }


def commands(viewer: Viewer) -> dict[str, Callable[..., object]]:
    """Ask for it."""
    return {"sensitivity_start": viewer.desk.start_sensitivity}
