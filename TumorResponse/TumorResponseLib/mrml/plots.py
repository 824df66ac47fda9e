"""Plots and bar charts as Slicer's plot nodes, each with the table that holds its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from slicer import vtkMRMLPlotChartNode, vtkMRMLPlotSeriesNode, vtkMRMLScene, vtkMRMLTableNode

from TumorResponseLib.core.exhibits import Bars, Line, Plot
from TumorResponseLib.core.line_colours import COLOURS, colour_of
from TumorResponseLib.core.polylines import corners
from TumorResponseLib.mrml.nodes import ROLE, ensure_node
from TumorResponseLib.mrml.tables import MISSING, Column, add_table

WIDTH, BAND_WIDTH = 2.0, 1.0


@dataclass(frozen=True)
class Curve:
    """One drawn curve: a line of the plot, or a bound of the band around it."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    line: Line
    colour: str
    is_bound: bool


def add_plot(scene: vtkMRMLScene, role: str, name: str, plot: Plot) -> set[str]:
    """A plot as a chart with its series and their table, made once and then updated; returns the roles of all nodes.

    Steps are drawn by their corners, and a band by its bounds, since Slicer's plots know neither. The table holds what
    is drawn: a column of x and one of y for each curve, NaN below the shorter ones.
    """
    curves = [curve for index, line in enumerate(plot.lines) for curve in _curves(line, index)]
    columns = []
    length = max((len(curve.x) for curve in curves), default=0)
    for curve in curves:
        columns.append(Column(f"{curve.name}: {plot.x_label}", _filled(curve.x, length)))
        columns.append(Column(curve.name, _filled(curve.y, length)))
    table = _table(scene, role, name, columns, plot.note)
    series = []
    for curve in curves:
        node = _series(scene, f"{role}-{curve.name}", curve.name, table)
        node.SetPlotType(vtkMRMLPlotSeriesNode.PlotTypeScatter)
        node.SetXColumnName(f"{curve.name}: {plot.x_label}")
        node.SetYColumnName(curve.name)
        _style(node, curve)
        series.append(node)
    chart = _chart(scene, role, name, plot.note, plot.x_label, plot.y_label, series)
    return {each.GetAttribute(ROLE) for each in (table, chart, *series)}


def add_bars(scene: vtkMRMLScene, role: str, name: str, bars: Bars) -> set[str]:
    """A bar chart with its table, made once and then updated; returns the roles of all nodes.

    Slicer draws the bars upright and in one colour.
    """
    columns = [
        Column("Name", [each.name for each in bars.bars]),
        Column(bars.label, [float(each.value) for each in bars.bars]),
    ]
    table = _table(scene, role, name, columns, bars.note)
    series = _series(scene, f"{role}-bars", bars.label, table)
    series.SetPlotType(vtkMRMLPlotSeriesNode.PlotTypeBar)
    series.SetLabelColumnName("Name")
    series.SetYColumnName(bars.label)
    series.SetColor(*_rgb(next((each.colour for each in bars.bars if each.colour), COLOURS[0])))
    chart = _chart(scene, role, name, bars.note, "", bars.label, [series])
    chart.SetLegendVisibility(False)
    return {each.GetAttribute(ROLE) for each in (table, chart, series)}


def _curves(line: Line, index: int) -> list[Curve]:
    bounds = [("low", line.low), ("high", line.high)] if line.low and line.high else []
    named = [(line.name, line.y), *((f"{line.name}, {which}", values) for which, values in bounds)]
    colour = colour_of(line.colour, index)
    return [Curve(name, *_drawn(line, values), line, colour, name != line.name) for name, values in named]


def _drawn(line: Line, y: tuple[float, ...]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The points to join: of steps both ends of each level."""
    points = corners(list(zip(line.x, y, strict=True)), steps=line.style == "steps")
    return tuple(x for x, _ in points), tuple(level for _, level in points)


def _filled(values: Sequence[float], length: int) -> list[float]:
    return [*(float(value) for value in values), *[MISSING] * (length - len(values))]


def _style(node: vtkMRMLPlotSeriesNode, curve: Curve) -> None:
    kinds = vtkMRMLPlotSeriesNode
    node.SetColor(*_rgb(curve.colour))
    node.SetLineWidth(BAND_WIDTH if curve.is_bound else WIDTH)
    node.SetMarkerStyle(kinds.MarkerStyleCircle if curve.line.style == "points" else kinds.MarkerStyleNone)
    if curve.is_bound:
        node.SetLineStyle(kinds.LineStyleDot)
    else:
        styles = {"dashed": kinds.LineStyleDash, "points": kinds.LineStyleNone}
        node.SetLineStyle(styles.get(curve.line.style, kinds.LineStyleSolid))


def _table(scene: vtkMRMLScene, role: str, name: str, columns: list[Column], note: str) -> vtkMRMLTableNode:
    table = add_table(scene, f"{role}-numbers", f"{name}, numbers", columns)
    table.SetDescription(note)
    return table


def _series(scene: vtkMRMLScene, role: str, name: str, table: vtkMRMLTableNode) -> Any:
    node, _ = ensure_node(scene, "vtkMRMLPlotSeriesNode", role, name)
    node.SetAndObserveTableNodeID(table.GetID())
    return node


def _chart(
    scene: vtkMRMLScene, role: str, title: str, note: str, x_label: str, y_label: str, series: Sequence[Any]
) -> vtkMRMLPlotChartNode:
    node, _ = ensure_node(scene, "vtkMRMLPlotChartNode", role, title)
    was_modifying = node.StartModify()
    node.SetTitle(title)
    node.SetXAxisTitle(x_label)
    node.SetYAxisTitle(y_label)
    node.SetDescription(note)
    node.RemoveAllPlotSeriesNodeIDs()
    for each in series:
        node.AddAndObservePlotSeriesNodeID(each.GetID())
    node.EndModify(was_modifying)
    return node


def _rgb(colour: str) -> tuple[float, float, float]:
    """``#rrggbb`` as levels from 0 to 1."""
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue
