"""What the systems lay beside their predictions: curves, bars, tables."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from TumorResponseLib.core.exhibits import Bars, Plot
from TumorResponseLib.desk.exhibits_summary import exhibits_summary
from TumorResponseLib.desk.narrow_table import narrow
from TumorResponseLib.report.charts.bars import bars_svg
from TumorResponseLib.report.charts.plot import plot_svg
from TumorResponseLib.report.table_text import TableText

if TYPE_CHECKING:
    from TumorResponseLib.viewer.app import Viewer

INPUTS: dict[str, Callable[[Viewer, Any], None]] = {}
WIDTH = 288.0
"""Of a chart, in pixels of the page."""


def facts(viewer: Viewer) -> dict[str, Any]:
    """Charts as SVG and tables as text, where results may be seen."""
    desk = viewer.desk
    shown = exhibits_summary(desk.reading) if desk.reading is not None and desk.shown.result else ()
    charts = [_chart(each, plot_svg) for system in shown for each in system.plots]
    charts += [_chart(each, bars_svg) for system in shown for each in system.bars]
    return {
        "details_charts": charts,
        "details_tables": [_table(narrow(each)) for system in shown for each in system.tables],
    }


def commands(viewer: Viewer) -> dict[str, Callable[..., object]]:
    """There is nothing to press."""
    return {}


@lru_cache(maxsize=64)
def _drawn(exhibit: Any, draw: Callable[[Any, float], str]) -> str:
    """Drawn once: the page is renewed many times while nothing of a chart changes."""
    return draw(exhibit, WIDTH)


def _chart(exhibit: Plot | Bars, draw: Callable[..., str]) -> dict[str, Any]:
    return {"name": exhibit.name, "title": exhibit.title, "note": exhibit.note, "svg": _drawn(exhibit, draw)}


def _table(table: TableText) -> dict[str, Any]:
    return {
        "name": table.name,
        "title": table.title,
        "note": table.note,
        "columns": [
            {"text": text, "numeric": numeric} for text, numeric in zip(table.columns, table.numeric, strict=True)
        ],
        "rows": [
            [
                {"text": text, "numeric": table.numeric[column], "marked": (row, column) in table.marked}
                for column, text in enumerate(cells)
            ]
            for row, cells in enumerate(table.rows)
        ],
    }
