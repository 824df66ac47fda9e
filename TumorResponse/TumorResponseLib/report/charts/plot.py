"""A plot as SVG text: lines, steps, points and bands over one pair of axes, with a legend."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan

from TumorResponseLib.core.exhibits import Line, Plot
from TumorResponseLib.core.line_colours import colour_of
from TumorResponseLib.core.polylines import Point, corners, runs
from TumorResponseLib.report.charts.axis import Axis, axis_around, upright_axis
from TumorResponseLib.report.charts.legend import Entry, legend
from TumorResponseLib.report.charts.strokes import dot, stroke
from TumorResponseLib.report.charts.svg import FAINT, FONT_SIZE, SOFT, drawing, element, width_of, words
from TumorResponseLib.report.numbers import significant

WIDTH = 480.0
HEIGHT = 200.0
"""Of the field between the axes."""
GAP = 6.0
LABEL_HEIGHT = 1.5 * FONT_SIZE
BAND_OPACITY = 0.2


@dataclass(frozen=True)
class _Field:
    """The rectangle between the axes, in units of the drawing."""

    left: float
    right: float
    top: float
    bottom: float
    across: Axis
    up: Axis

    def place(self, x: float, y: float) -> Point:
        return (
            self.left + self.across.fraction(x) * (self.right - self.left),
            self.bottom - self.up.fraction(y) * (self.bottom - self.top),
        )


def plot_svg(plot: Plot, width: float = WIDTH) -> str:
    """The plot without its title and note, which the page says; both name it for those who cannot see it.

    Lines are broken where ``y`` is NaN; a value between two gaps is a dot. ``steps`` hold each value until the next x.

    Args:
        plot: what to draw.
        width: in units of which a letter is ``FONT_SIZE`` high; the page may scale the whole.
    """
    across = axis_around((x for line in plot.lines for x in line.x), to_ticks=False)
    up = upright_axis(plot)
    left = GAP + max(map(width_of, up.labels))
    last = max(width_of(across.labels[-1]) / 2 if across.labels else 0.0, GAP)
    top = LABEL_HEIGHT + GAP
    field = _Field(left, width - last, top, top + HEIGHT, across, up)
    colours = [colour_of(line.colour, index) for index, line in enumerate(plot.lines)]
    bands = [_band(line, colour, field) for line, colour in zip(plot.lines, colours, strict=True) if line.low]
    # A fitted curve lies dashed upon what it was fitted to.
    upwards = sorted(zip(plot.lines, colours, strict=True), key=lambda each: each[0].style == "dashed")
    lines = [_line(line, colour, field) for line, colour in upwards]
    below = field.bottom + 2 * LABEL_HEIGHT + GAP
    entries = [Entry(line.name, colour, line.style) for line, colour in zip(plot.lines, colours, strict=True)]
    names, height = legend(entries, left, below, width)
    return drawing(
        plot.title, _description(plot), width, height, *_axes(plot, field), *bands, *lines, *_empty(plot, field), names
    )


def _axes(plot: Plot, field: _Field) -> list[str]:
    drawn = []
    for tick, label in zip(field.up.ticks, field.up.labels, strict=True):
        _, y = field.place(field.across.low, tick)
        opacity = SOFT if tick == 0 else FAINT
        drawn.append(element("line", x1=field.left, x2=field.right, y1=y, y2=y, stroke="currentColor", opacity=opacity))
        drawn.append(words(label, field.left - GAP, y + FONT_SIZE / 3, "end"))
    for tick, label in zip(field.across.ticks, field.across.labels, strict=True):
        x, y = field.place(tick, field.up.low)
        drawn.append(element("line", x1=x, x2=x, y1=y, y2=y + GAP / 2, stroke="currentColor"))
        drawn.append(words(label, x, y + GAP / 2 + FONT_SIZE, "middle"))
    middle = (field.left + field.right) / 2
    return [
        *drawn,
        element("line", x1=field.left, x2=field.right, y1=field.bottom, y2=field.bottom, stroke="currentColor"),
        words(plot.x_label, middle, field.bottom + 2 * LABEL_HEIGHT, "middle", opacity=SOFT),
        # Upright above the axis: along it, a label with its unit would be cut off.
        words(plot.y_label, 0.0, FONT_SIZE, opacity=SOFT),
    ]


def _line(line: Line, colour: str, field: _Field) -> str:
    stretches = runs(line.x, line.y)
    dots = [point for run in stretches for point in run if line.style == "points" or len(run) == 1]
    drawn = [dot(*field.place(*point), colour) for point in dots]
    if line.style == "points":
        return "".join(drawn)
    path = " ".join(_path(run, field, steps=line.style == "steps") for run in stretches if len(run) > 1)
    return "".join([stroke("path", colour, line.style, {"d": path}) if path else "", *drawn])


def _band(line: Line, colour: str, field: _Field) -> str:
    """The tint between ``low`` and ``high`` wherever both are known."""
    known = [isfinite(low) and isfinite(high) for low, high in zip(line.low, line.high, strict=True)]
    lower, upper = (
        runs(line.x, [bound if both else nan for bound, both in zip(bounds, known, strict=True)])
        for bounds in (line.low, line.high)
    )
    closed = []
    for below, above in zip(lower, upper, strict=True):
        around = [*corners(above, steps=line.style == "steps"), *reversed(corners(below, steps=line.style == "steps"))]
        closed.append("M" + " L".join(_written(field.place(*point)) for point in around) + " Z")
    return element("path", d=" ".join(closed), fill=colour, opacity=BAND_OPACITY)


def _path(points: list[Point], field: _Field, *, steps: bool) -> str:
    return "M" + " L".join(_written(field.place(*point)) for point in corners(points, steps=steps))


def _written(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _empty(plot: Plot, field: _Field) -> list[str]:
    if any(runs(line.x, line.y) for line in plot.lines):
        return []
    return [words("No values", (field.left + field.right) / 2, (field.top + field.bottom) / 2, "middle", opacity=SOFT)]


def _description(plot: Plot) -> str:
    return " ".join([f"{plot.y_label} over {plot.x_label}.", *map(_said, plot.lines)])


def _said(line: Line) -> str:
    points = [point for run in runs(line.x, line.y) for point in run]
    if not points:
        return f"{line.name}: no values."
    (_, first), (_, last) = points[0], points[-1]
    highest = max(points, key=lambda point: point[1])
    return (
        f"{line.name}: from {significant(first)} to {significant(last)}, "
        f"at most {significant(highest[1])} at {significant(highest[0])}."
    )
