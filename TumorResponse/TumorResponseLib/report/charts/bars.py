"""Horizontal bars as SVG text, from zero to the right or to the left."""

from __future__ import annotations

import math
from dataclasses import dataclass

from TumorResponseLib.core.exhibits import Bar, Bars
from TumorResponseLib.core.line_colours import COLOURS
from TumorResponseLib.report.charts.axis import Axis, axis_around
from TumorResponseLib.report.charts.strokes import Looks
from TumorResponseLib.report.charts.svg import FAINT, FONT_SIZE, SOFT, drawing, element, shortened, width_of, words
from TumorResponseLib.report.numbers import UNKNOWN, decimals_of, with_decimals

WIDTH = 480.0
ROW = 22.0
THICKNESS = 13.0
GAP = 8.0
MOST_TICKS = 5
WIDEST_NAMES = 0.5
"""Of the whole width."""


@dataclass(frozen=True)
class _Field:
    left: float
    right: float
    bottom: float
    axis: Axis

    def place(self, value: float) -> float:
        return self.left + self.axis.fraction(value) * (self.right - self.left)


def bars_svg(bars: Bars, width: float = WIDTH) -> str:
    """The bars in their order, each with its name and value, without title and note, which the page says.

    Args:
        bars: what to draw; a value that is not finite has no bar.
        width: in units of which a letter is ``FONT_SIZE`` high; the page may scale the whole.
    """
    values = [bar.value for bar in bars.bars]
    texts = value_texts(values)
    names = min(WIDEST_NAMES * width, max((width_of(bar.name) for bar in bars.bars), default=0.0))
    numbers = max(map(width_of, texts), default=0.0)
    left, right = names + GAP, width - numbers - GAP
    field = _Field(left, right, len(values) * ROW, _roomy_axis(values, right - left))
    rows = [
        _row(bar, text, index, names, width, field)
        for index, (bar, text) in enumerate(zip(bars.bars, texts, strict=True))
    ]
    height = field.bottom + 3.2 * FONT_SIZE
    return drawing(bars.title, _description(bars, texts), width, height, *_axis(bars.label, field, width), *rows)


def _roomy_axis(values: list[float], room: float) -> Axis:
    """With as many ticks as leave a gap between their labels."""
    axes = [axis_around([0.0, *values], to_ticks=True, most_ticks=most) for most in range(MOST_TICKS, 1, -1)]
    return next((axis for axis in axes if _has_room(axis, room)), axes[-1])


def _has_room(axis: Axis, room: float) -> bool:
    return len(axis.ticks) * (max(map(width_of, axis.labels)) + GAP) <= room + GAP


def value_texts(values: list[float]) -> list[str]:
    """The values with the decimals of the greatest, so that they compare."""
    greatest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    decimals = decimals_of(greatest) if greatest > 0 else 0
    return [with_decimals(value, decimals) for value in values]


def _row(bar: Bar, text: str, index: int, names: float, width: float, field: _Field) -> str:
    middle = (index + 0.5) * ROW
    baseline = middle + FONT_SIZE / 3
    value = words(text, width, baseline, "end")
    name = words(shortened(bar.name, names), 0.0, baseline)
    if not math.isfinite(bar.value):
        return name + value
    start, end = sorted((field.place(0.0), field.place(bar.value)))
    looks: Looks = {"fill": bar.colour or COLOURS[0], "stroke": "currentColor", "stroke_opacity": FAINT}
    drawn = element("rect", x=start, y=middle - THICKNESS / 2, width=end - start, height=THICKNESS, **looks)
    return name + drawn + value


def _axis(label: str, field: _Field, width: float) -> list[str]:
    drawn = []
    for tick, text in zip(field.axis.ticks, field.axis.labels, strict=True):
        x = field.place(tick)
        opacity = 1.0 if tick == 0 else FAINT
        drawn.append(element("line", x1=x, x2=x, y1=0.0, y2=field.bottom, stroke="currentColor", opacity=opacity))
        drawn.append(words(text, x, field.bottom + 1.1 * FONT_SIZE, "middle"))
    middle = min((field.left + field.right) / 2, width - width_of(label) / 2)
    return [*drawn, words(label, middle, field.bottom + 2.7 * FONT_SIZE, "middle", opacity=SOFT)]


def _description(bars: Bars, texts: list[str]) -> str:
    said = (
        f"{bar.name} {'not known' if text == UNKNOWN else text}" for bar, text in zip(bars.bars, texts, strict=True)
    )
    return f"{bars.label}: {', '.join(said)}."
