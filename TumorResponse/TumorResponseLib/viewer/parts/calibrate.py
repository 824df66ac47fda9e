"""The little panel in which the length of the calibration line is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from TumorResponseLib.core.errors import UsageError

if TYPE_CHECKING:
    from TumorResponseLib.viewer.app import Viewer

INPUTS: dict[str, Callable[[Viewer, Any], None]] = {}


def facts(viewer: Viewer) -> dict[str, Any]:
    """How far the line is."""
    return {
        "calibrate_active": viewer.calibration.active,
        "calibrate_is_drawn": viewer.calibration.is_drawn,
    }


def commands(viewer: Viewer) -> dict[str, Callable[..., object]]:
    """Draw, take, drop."""

    def apply(length: str) -> None:
        try:
            length_mm = float(str(length).replace(",", "."))
        except ValueError:
            raise UsageError(f"{length!r} is not a length in mm; write for instance 20.") from None
        viewer.calibration.apply(viewer.desk, length_mm)

    return {
        "calibrate_start": viewer.calibration.start,
        "calibrate_apply": apply,
        "calibrate_stop": viewer.calibration.stop,
    }
