"""Exporting, model cards, the report."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from TumorResponseLib.desk.card import card_html
from TumorResponseLib.models.bundle import default_folders, find_bundles

if TYPE_CHECKING:
    from TumorResponseLib.viewer.app import Viewer

EXPORT = "export"
INPUTS: dict[str, Callable[[Viewer, Any], None]] = {}


def facts(viewer: Viewer) -> dict[str, Any]:
    """Where everything is saved, and whether there is a report."""
    desk = viewer.desk
    entry = desk.entry
    has_report = entry is not None and desk.report_of(entry.number) is not None
    return {
        "dialog_report": f"report/{entry.number}" if entry is not None and has_report else "",
        "dialog_folder": str(desk.folder),
    }


def commands(viewer: Viewer) -> dict[str, Callable[..., object]]:
    """Export, show a card."""
    desk, state = viewer.desk, viewer.state

    def show_card(bundle: str) -> None:
        state.dialog_card_html = card_html(find_bundles(default_folders()).bundles[bundle])
        state.dialog_card_shown = True

    return {
        "dialog_export": lambda: desk.export(desk.folder / EXPORT),
        "dialog_show_card": show_card,
    }
