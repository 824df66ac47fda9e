"""Which frame of a cine is looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from TumorResponseLib.mrml.reading import cine_of

if TYPE_CHECKING:
    from TumorResponseLib.viewer.app import Viewer


def facts(viewer: Viewer) -> dict[str, Any]:
    """The frame, counted from 1, and its time; a count of 0 where there is no cine."""
    reading, frame = viewer.desk.reading, viewer.presenter.frame
    cine = None if reading is None else cine_of(reading.found)
    if frame is None or cine is None or cine.frame_times_ms is None or reading is None:
        return {"cine_count": 0, "cine_frame": 1, "cine_text": ""}
    count, measured = len(cine.frame_times_ms), reading.view.frame if reading.view else None
    said = f"Frame {frame + 1} of {count}, {cine.frame_times_ms[frame] / 1000:.2f} s"
    return {
        "cine_count": count,
        "cine_frame": frame + 1,
        "cine_text": f"{said}, measured" if frame == measured else said,
    }


def commands(viewer: Viewer) -> dict[str, Callable[..., object]]:
    """One frame on or back."""

    def step(by: int) -> None:
        if viewer.presenter.frame is not None:
            viewer.presenter.select_frame(viewer.presenter.frame + int(by))

    return {"cine_step": step}


def _select(viewer: Viewer, frame: Any) -> None:
    if viewer.presenter.frame is not None:
        viewer.presenter.select_frame(int(frame) - 1)


INPUTS: dict[str, Callable[[Viewer, Any], None]] = {"cine_frame": _select}
