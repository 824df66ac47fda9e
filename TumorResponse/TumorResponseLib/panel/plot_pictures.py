"""The systems' plots, drawn as pictures in the panel's own colours; the axes are those of the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import qt

from TumorResponseLib.core.exhibits import Line, Plot
from TumorResponseLib.core.line_colours import colour_of
from TumorResponseLib.core.polylines import Point, corners, runs
from TumorResponseLib.panel.charts import GAP, LINE, canvas
from TumorResponseLib.report.charts.axis import Axis, axis_around, upright_axis

HEIGHT = 150
"""Of the field between the axes."""
LEFT = 48
RIGHT = 12
SAMPLE = 18
LETTER = 7
"""About the width of a letter, for how many names stand in a row."""
MOST_TICKS = 5
WIDE, EDGE = 2.0, 3.4
"""A line, and the ink around it that makes it out where its colour is close to the background's."""
EDGE_OPACITY, BAND_OPACITY, GRID_OPACITY = 110, 50, 50
"""Of 255."""
DOT = 3


@dataclass(frozen=True)
class Field:
    """The rectangle between the axes, in pixels."""

    left: int
    right: int
    top: int
    bottom: int
    across: Axis
    up: Axis

    def place(self, x: float, y: float) -> Point:
        """Where a point lies in the picture."""
        return (
            self.left + self.across.fraction(x) * (self.right - self.left),
            self.bottom - self.up.fraction(y) * (self.bottom - self.top),
        )


def plot_picture(plot: Plot, width: int, palette: Any, *, stale: bool) -> Any:
    """The plot with its axes and the names of its lines, without title and note, as a QPixmap."""
    across = axis_around((x for line in plot.lines for x in line.x), to_ticks=False, most_ticks=MOST_TICKS)
    up = upright_axis(plot, MOST_TICKS)
    top = LINE + GAP
    field = Field(LEFT, width - RIGHT, top, top + HEIGHT, across, up)
    rows = _legend_rows(plot, width)
    picture, painter = canvas(width, field.bottom + (2 + len(rows)) * LINE + GAP, palette, stale=stale)
    painter.setRenderHint(qt.QPainter.Antialiasing)
    ink = palette.color(qt.QPalette.WindowText)
    _draw_axes(painter, plot, field, width, ink)
    for index, line in enumerate(plot.lines):
        _draw_line(painter, line, qt.QColor(colour_of(line.colour, index)), field, ink)
    for row, entries in enumerate(rows):
        _draw_legend_row(painter, plot, entries, field.bottom + (2 + row) * LINE + GAP, ink)
    painter.end()
    return picture


def plot_text(plot: Plot) -> str:
    """The plot for those who do not see it."""
    return f"{plot.title}: {plot.y_label} over {plot.x_label}; {', '.join(line.name for line in plot.lines)}."


def _draw_axes(painter: Any, plot: Plot, field: Field, width: int, ink: Any) -> None:
    painter.setPen(ink)
    painter.drawText(0, 0, width, LINE, qt.Qt.AlignLeft, plot.y_label)
    painter.drawText(field.left, field.bottom + LINE, field.right - field.left, LINE, qt.Qt.AlignHCenter, plot.x_label)
    for tick, label in zip(field.up.ticks, field.up.labels, strict=True):
        y = round(field.place(field.across.low, tick)[1])
        painter.setPen(ink)
        painter.drawText(0, y - LINE // 2, LEFT - GAP, LINE, qt.Qt.AlignRight, label)
        painter.setPen(_faint(ink, GRID_OPACITY))
        painter.drawLine(field.left, y, field.right, y)
    painter.setPen(ink)
    for tick, label in zip(field.across.ticks, field.across.labels, strict=True):
        x = round(field.place(tick, field.up.low)[0])
        painter.drawLine(x, field.bottom, x, field.bottom + 3)
        painter.drawText(x - LEFT // 2, field.bottom + 2, LEFT, LINE, qt.Qt.AlignHCenter, label)
    painter.drawLine(field.left, field.bottom, field.right, field.bottom)


def _draw_line(painter: Any, line: Line, colour: Any, field: Field, ink: Any) -> None:
    if line.low and line.high:
        _draw_band(painter, line, colour, field)
    for run in runs(line.x, line.y):
        points = [field.place(x, y) for x, y in run]
        if line.style == "points" or len(points) == 1:
            painter.setPen(qt.QPen(ink, 1))
            painter.setBrush(qt.QBrush(colour))
            for x, y in points:
                painter.drawEllipse(round(x) - DOT, round(y) - DOT, 2 * DOT, 2 * DOT)
            continue
        _stroke(painter, _path(points, steps=line.style == "steps"), colour, ink, is_dashed=line.style == "dashed")


def _draw_band(painter: Any, line: Line, colour: Any, field: Field) -> None:
    bounds = {x: (low, high) for x, low, high in zip(line.x, line.low, line.high, strict=True)}
    both = [low + high for low, high in bounds.values()]
    steps = line.style == "steps"
    for run in runs(tuple(bounds), both):
        upper = corners([field.place(x, bounds[x][1]) for x, _ in run], steps=steps)
        lower = corners([field.place(x, bounds[x][0]) for x, _ in run], steps=steps)
        painter.fillPath(_path([*upper, *reversed(lower)], steps=False), qt.QBrush(_faint(colour, BAND_OPACITY)))


def _stroke(painter: Any, path: Any, colour: Any, ink: Any, *, is_dashed: bool) -> None:
    style = qt.Qt.DashLine if is_dashed else qt.Qt.SolidLine
    painter.setBrush(qt.QBrush(qt.Qt.NoBrush))
    for each, wide in ((_faint(ink, EDGE_OPACITY), EDGE), (colour, WIDE)):
        pen = qt.QPen(each, wide)
        pen.setStyle(style)
        painter.setPen(pen)
        painter.drawPath(path)


def _path(points: list[Point], *, steps: bool) -> Any:
    path = qt.QPainterPath()
    for index, (x, y) in enumerate(corners(points, steps=steps)):
        (path.lineTo if index else path.moveTo)(x, y)
    return path


def _legend_rows(plot: Plot, width: int) -> list[list[int]]:
    """Which lines' names stand beside each other; lines without a name have none."""
    rows: list[list[int]] = []
    used = width
    for index, line in enumerate(plot.lines):
        if not line.name:
            continue
        wide = _entry_width(line)
        if used + wide > width - LEFT:
            rows.append([])
            used = 0
        rows[-1].append(index)
        used += wide
    return rows


def _entry_width(line: Line) -> int:
    return SAMPLE + 3 * GAP + LETTER * len(line.name)


def _draw_legend_row(painter: Any, plot: Plot, entries: list[int], top: int, ink: Any) -> None:
    x = LEFT
    for index in entries:
        line, middle = plot.lines[index], top + LINE // 2
        colour = qt.QColor(colour_of(line.colour, index))
        if line.style == "points":
            painter.setPen(qt.QPen(ink, 1))
            painter.setBrush(qt.QBrush(colour))
            painter.drawEllipse(x + SAMPLE // 2 - DOT, middle - DOT, 2 * DOT, 2 * DOT)
        else:
            path = _path([(x, middle), (x + SAMPLE, middle)], steps=False)
            _stroke(painter, path, colour, ink, is_dashed=line.style == "dashed")
        painter.setPen(ink)
        painter.drawText(x + SAMPLE + GAP, top, _entry_width(line), LINE, qt.Qt.AlignVCenter, line.name)
        x += _entry_width(line)


def _faint(colour: Any, opacity: int) -> Any:
    faint = qt.QColor(colour)
    faint.setAlpha(opacity)
    return faint
