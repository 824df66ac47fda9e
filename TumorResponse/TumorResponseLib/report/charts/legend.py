"""The names of a plot's lines under it, each behind a sample of its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from TumorResponseLib.core.exhibits import LineStyle
from TumorResponseLib.report.charts.strokes import dot, stroke
from TumorResponseLib.report.charts.svg import FONT_SIZE, width_of, words

SAMPLE = 20.0
GAP = 6.0
BETWEEN = 16.0
ROW = 1.5 * FONT_SIZE


@dataclass(frozen=True)
class Entry:
    """One line's name and looks."""

    name: str
    colour: str
    style: LineStyle


def legend(entries: Sequence[Entry], left: float, top: float, right: float) -> tuple[str, float]:
    """The entries in rows between two edges, and where the last row ends; lines without a name are left out."""
    drawn = []
    x, y = left, top
    named = [entry for entry in entries if entry.name]
    for entry in named:
        wide = SAMPLE + GAP + width_of(entry.name)
        if x > left and x + wide > right:
            x, y = left, y + ROW
        drawn.append(_sample(entry, x, y + ROW / 2))
        drawn.append(words(entry.name, x + SAMPLE + GAP, y + ROW / 2 + FONT_SIZE / 3))
        x += wide + BETWEEN
    return "".join(drawn), y + ROW if named else top


def _sample(entry: Entry, x: float, y: float) -> str:
    if entry.style == "points":
        return dot(x + SAMPLE / 2, y, entry.colour)
    return stroke("line", entry.colour, entry.style, {"x1": x, "x2": x + SAMPLE, "y1": y, "y2": y})
