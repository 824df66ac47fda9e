"""The dialog that opens studies: by path, by looking through folders, or a sample."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.desk.samples import samples
from TumorResponseLib.viewer.folders import Folder, look_into

if TYPE_CHECKING:
    from TumorResponseLib.viewer.app import Viewer


def facts(viewer: Viewer) -> dict[str, Any]:
    """The samples; what a folder holds is looked up when it is shown."""
    return {"opening_samples": [{"name": sample.name, "title": sample.title} for sample in samples()]}


def commands(viewer: Viewer) -> dict[str, Callable[..., object]]:
    """Look into a folder; open what was chosen."""
    desk, state = viewer.desk, viewer.state

    def open_path(text: str | None) -> None:
        desk.open([_typed(text)])
        state.opening_shown = False

    def open_sample(name: str) -> None:
        desk.open([next(sample.source.path for sample in samples() if sample.name == name)])
        state.opening_shown = False

    return {
        "opening_look": lambda text: _show(viewer, look_into(_typed(text))),
        "opening_path": open_path,
        "opening_sample": open_sample,
    }


def _look_around(viewer: Viewer, shown: bool) -> None:
    """Where the last study was chosen, beside the present one, or at home."""
    if not shown:
        return
    entry = viewer.desk.entry
    beside = Path.home() if entry is None else entry.source.path.parent
    _show(viewer, look_into(Path(viewer.state.opening_folder or beside)))


def _show(viewer: Viewer, folder: Folder) -> None:
    viewer.state.opening_folder = viewer.state.opening_typed = str(folder.path)
    viewer.state.opening_parent = "" if folder.parent is None else str(folder.parent)
    viewer.state.opening_left_out = folder.left_out
    viewer.state.opening_rows = [
        {"name": row.name, "path": str(row.path), "is_folder": row.is_folder} for row in folder.rows
    ]


def _typed(text: str | None) -> Path:
    typed = (text or "").strip().strip("\"'")
    if not typed:
        raise UsageError("Type or paste the path of a study, a folder of studies or a cohort.csv.")
    return Path(typed).expanduser()


INPUTS: dict[str, Callable[[Viewer, Any], None]] = {"opening_shown": _look_around}
