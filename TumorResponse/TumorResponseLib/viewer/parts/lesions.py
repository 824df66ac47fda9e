"""The little panel in which lesions on a PET are taken in and out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.pet.thresholds import METHODS
from TumorResponseLib.desk.lesion_hint import FIRST_MEASURED, lesion_hint
from TumorResponseLib.desk.pet_lesions import LesionTool

if TYPE_CHECKING:
    from TumorResponseLib.viewer.app import Viewer


def facts(viewer: Viewer) -> dict[str, Any]:
    """The threshold, and what the next click does."""
    tool = viewer.desk.lesion_tool if viewer.desk.reading is not None else None
    shown = tool or LesionTool()
    return {
        "lesions_offered": tool is not None,
        "lesions_active": viewer.lesions.active,
        "lesions_methods": list(METHODS),
        "lesions_method": shown.method,
        "lesions_suv": f"{shown.suv:g}",
        "lesions_hint": lesion_hint(shown),
        "lesions_is_measured": shown.method in FIRST_MEASURED and not shown.needs_region,
    }


def commands(viewer: Viewer) -> dict[str, Callable[..., object]]:
    """Begin, end, and measure healthy tissue anew."""

    def take_suv(text: str) -> None:
        tool = viewer.desk.lesion_tool
        try:
            suv = float(str(text).replace(",", "."))
        except ValueError:
            raise UsageError(f"{text!r} is not an SUV; write for instance 4.") from None
        if tool is not None and suv != tool.suv:
            viewer.desk.set_lesion_tool(tool.method, suv)

    return {
        "lesions_start": lambda: viewer.lesions.start(viewer.desk),
        "lesions_stop": viewer.lesions.stop,
        "lesions_set_suv": take_suv,
        "lesions_measure_again": viewer.desk.measure_again,
    }


def _take_method(viewer: Viewer, method: str) -> None:
    tool = viewer.desk.lesion_tool
    if tool is not None and method != tool.method:
        viewer.desk.set_lesion_tool(method, tool.suv)


INPUTS: dict[str, Callable[[Viewer, Any], None]] = {"lesions_method": _take_method}
