"""What systems lay beside their predictions, as ``result.json`` holds it and as tables for a spreadsheet."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

import numpy as np

from TumorResponseLib.core.exhibits import Bars, Cell, Line, Overlay, Plot, Table
from TumorResponseLib.session.findings import Findings
from TumorResponseLib.session.json_values import gaps_as_null, json_values

OVERLAY = "overlay-{layer}.nrrd"
SHEET = "exhibit-{kind}-{name}.csv"

Rows = list[list[Cell]]

Place = tuple[float, int]
"""An x, and how many values the line had there before."""


def exhibits_document(found: Findings) -> dict[str, Any]:
    """Plots, bars and tables as data, overlays by their file, by system; systems that show nothing are left out."""
    return {
        system: {
            "plots": [gaps_as_null(json_values(asdict(plot))) for plot in exhibits.plots],
            "bars": [gaps_as_null(json_values(asdict(bars))) for bars in exhibits.bars],
            "tables": [gaps_as_null(json_values(asdict(table))) for table in exhibits.tables],
            "overlays": [_overlay(overlay, found.layer_of(system, overlay.name)) for overlay in exhibits.overlays],
        }
        for system, exhibits in found.exhibits.items()
        if exhibits.plots or exhibits.bars or exhibits.tables or exhibits.overlays
    }


def sheets(found: Findings) -> dict[str, Rows]:
    """A table for a spreadsheet of each plot, bar chart and table, by file name: ``exhibit-curves-<name>.csv``, ...."""
    rows: dict[str, Rows] = {}
    for system, exhibits in found.exhibits.items():
        each = (
            *(("curves", plot.name, curve_rows(plot)) for plot in exhibits.plots),
            *(("bars", bars.name, bar_rows(bars)) for bars in exhibits.bars),
            *(("table", table.name, table_rows(table)) for table in exhibits.tables),
        )
        rows |= {SHEET.format(kind=kind, name=found.layer_of(system, name)): values for kind, name, values in each}
    return rows


def curve_rows(plot: Plot) -> Rows:
    """One row each x that any line has, one column a line, and two more where it has a band; empty where a gap is.

    Where a line stands upright, such as a mark, its x has as many rows as it has values there.
    """
    columns: list[tuple[str, dict[Place, float]]] = []
    for line in plot.lines:
        columns += _columns_of(line)
    places = sorted({place for _, values in columns for place in values})
    header: list[Cell] = [plot.x_label, *(f"{name}: {plot.y_label}" for name, _ in columns)]
    rows: Rows = [[place[0], *(values.get(place) for _, values in columns)] for place in places]
    return [header, *rows]


def bar_rows(bars: Bars) -> Rows:
    """One row a bar."""
    rows: Rows = [[bar.name, bar.value] for bar in bars.bars]
    return [["", bars.label], *rows]


def table_rows(table: Table) -> Rows:
    """The headings and the rows."""
    return [list(table.columns), *(list(row) for row in table.rows)]


def _columns_of(line: Line) -> list[tuple[str, dict[Place, float]]]:
    found = [(line.name, _by_place(line.x, line.y))]
    if line.low and line.high:
        found += [
            (f"{line.name}, lower", _by_place(line.x, line.low)),
            (f"{line.name}, upper", _by_place(line.x, line.high)),
        ]
    return found


def _by_place(x: tuple[float, ...], y: tuple[float, ...]) -> dict[Place, float]:
    seen: Counter[float] = Counter()
    values = {}
    for at, value in zip(x, y, strict=True):
        values[at, seen[at]] = value
        seen[at] += 1
    return {place: value for place, value in values.items() if np.isfinite(value)}


def _overlay(overlay: Overlay, layer: str) -> dict[str, Any]:
    return {
        "name": overlay.name,
        "title": overlay.title,
        "unit": overlay.unit,
        "low": overlay.low,
        "high": overlay.high,
        "colours": overlay.colours,
        "file": OVERLAY.format(layer=layer),
    }
