"""How lines and dots are drawn: in their colour, edged in the page's ink, so that pale ones show on paper too."""

from __future__ import annotations

from TumorResponseLib.core.exhibits import LineStyle
from TumorResponseLib.report.charts.svg import element

WIDTH = 2.0
EDGE = 1.4
"""How much wider the edge is than the line."""
EDGE_OPACITY = 0.5
DASHED_EDGE_OPACITY = 0.75
"""Dashes lie on what they were fitted to, in its colour."""
DASHES = "7 4"
DOT_RADIUS = 3.0

Looks = dict[str, str | float]


def stroke(shape: str, colour: str, style: LineStyle, geometry: Looks) -> str:
    """An open shape, ``line`` or ``path``, of the given geometry."""
    dashes: Looks = {"stroke_dasharray": DASHES} if style == "dashed" else {}
    opacity = DASHED_EDGE_OPACITY if style == "dashed" else EDGE_OPACITY
    common = geometry | dashes | {"fill": "none", "stroke_linejoin": "round"}
    edge: Looks = {"stroke": "currentColor", "stroke_width": WIDTH + EDGE, "stroke_opacity": opacity}
    core: Looks = {"stroke": colour, "stroke_width": WIDTH}
    return element(shape, **common, **edge) + element(shape, **common, **core)


def dot(x: float, y: float, colour: str) -> str:
    """One value."""
    edge: Looks = {"stroke": "currentColor", "stroke_width": EDGE / 2, "stroke_opacity": EDGE_OPACITY}
    return element("circle", cx=x, cy=y, r=DOT_RADIUS, fill=colour, **edge)
