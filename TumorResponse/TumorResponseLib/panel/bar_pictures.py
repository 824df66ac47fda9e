"""The systems' bar charts, drawn as pictures in the panel's own colours."""

from __future__ import annotations

import math
from typing import Any

import qt

from TumorResponseLib.core.exhibits import Bars
from TumorResponseLib.core.line_colours import COLOURS
from TumorResponseLib.panel.charts import GAP, LINE, canvas
from TumorResponseLib.report.charts.axis import axis_around
from TumorResponseLib.report.charts.bars import value_texts
from TumorResponseLib.report.numbers import significant

ROW = 20
THICKNESS = 11
NUMBER = 52
"""Width of the values."""


def bars_picture(bars: Bars, width: int, palette: Any, *, stale: bool) -> Any:
    """One line a bar: its name, the bar from zero to the right or to the left, and its value, as a QPixmap."""
    picture, painter = canvas(width, len(bars.bars) * ROW + LINE + GAP, palette, stale=stale)
    ink = palette.color(qt.QPalette.WindowText)
    names = width * 2 // 5
    left, right = names + GAP, width - NUMBER - GAP
    axis = axis_around([0.0, *(bar.value for bar in bars.bars)], to_ticks=True)
    zero = left + axis.fraction(0.0) * (right - left)
    texts = value_texts([bar.value for bar in bars.bars])
    for row, (bar, text) in enumerate(zip(bars.bars, texts, strict=True)):
        top = row * ROW
        painter.setPen(ink)
        painter.drawText(0, top, names, ROW, qt.Qt.AlignVCenter, bar.name)
        painter.drawText(width - NUMBER, top, NUMBER, ROW, qt.Qt.AlignRight | qt.Qt.AlignVCenter, text)
        if math.isfinite(bar.value):
            end = left + axis.fraction(bar.value) * (right - left)
            start, stop = sorted((round(zero), round(end)))
            colour = qt.QColor(bar.colour or COLOURS[0])
            painter.fillRect(start, top + (ROW - THICKNESS) // 2, max(1, stop - start), THICKNESS, colour)
    painter.setPen(ink)
    painter.drawLine(round(zero), 0, round(zero), len(bars.bars) * ROW)
    painter.drawText(0, len(bars.bars) * ROW + GAP, width, LINE, qt.Qt.AlignHCenter, bars.label)
    painter.end()
    return picture


def bars_text(bars: Bars) -> str:
    """The bars for those who do not see them."""
    said = ", ".join(f"{bar.name} {significant(bar.value)}" for bar in bars.bars)
    return f"{bars.title}: {bars.label}: {said}."
