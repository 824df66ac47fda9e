"""Opening studies, exporting, model cards, the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.desk.card import card_html
from TumorResponseLib.desk.samples import samples
from TumorResponseLib.models.bundle import default_folders, find_bundles

if TYPE_CHECKING:
    from TumorResponseLib.viewer.app import Viewer

EXPORT = "export"
INPUTS: dict[str, Callable[[Viewer, Any], None]] = {}


def facts(viewer: Viewer) -> dict[str, Any]:
    """What can be opened, and whether there is a report."""
    desk = viewer.desk
    entry = desk.entry
    has_report = entry is not None and desk.report_of(entry.number) is not None
    return {
        "dialog_samples": [{"name": sample.name, "title": sample.title} for sample in samples()],
        "dialog_report": f"report/{entry.number}" if entry is not None and has_report else "",
        "dialog_folder": str(desk.folder),
    }


def commands(viewer: Viewer) -> dict[str, Callable[..., object]]:
    """Open, export, show a card."""
    desk, state = viewer.desk, viewer.state

    def open_path(text: str | None) -> None:
        path = Path((text or "").strip().strip("\"'")).expanduser()
        if not (text or "").strip():
            raise UsageError("Type or paste the path of a study, a folder of studies or a cohort.csv.")
        desk.open([path])
        state.dialog_open_shown = False

    def open_sample(name: str) -> None:
        desk.open([next(sample.source.path for sample in samples() if sample.name == name)])
        state.dialog_open_shown = False

    def show_card(bundle: str) -> None:
        state.dialog_card_html = card_html(find_bundles(default_folders()).bundles[bundle])
        state.dialog_card_shown = True

    return {
        "dialog_open_path": open_path,
        "dialog_open_sample": open_sample,
        "dialog_export": lambda: desk.export(desk.folder / EXPORT),
        "dialog_show_card": show_card,
    }
