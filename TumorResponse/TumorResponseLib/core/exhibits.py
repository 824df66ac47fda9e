"""What a system lays beside its prediction: curves, bars, tables and maps, as data that every shell can draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

LineStyle = Literal["line", "dashed", "steps", "points"]
"""``steps`` holds each value until the next x, as Kaplan-Meier curves do."""

OverlayColours = Literal["perfusion", "pet"]
"""By name, so that each shell takes its own table: blue to red; the hot iron of PET."""

Cell = str | float | int | None


@dataclass(frozen=True)
class Line:
    """One line of a plot.

    Attributes:
        x, y: of equal length; NaN in ``y`` leaves a gap.
        colour: ``#rrggbb``; ``""`` lets the shell choose.
        low, high: a band around the line, as long as ``y``; empty where there is none.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    style: LineStyle = "line"
    colour: str = ""
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True)
class Plot:
    """Lines over one pair of axes; the labels carry the units.

    Attributes:
        name: a key fit for a file name, such as ``time-intensity``.
        note: one sentence under the plot, such as how the values were made; ``""`` for none.
        from_zero: whether the y axis starts at 0 however far away the values are, as that of sizes does.
    """

    name: str
    title: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    note: str = ""
    from_zero: bool = False


@dataclass(frozen=True)
class Bar:
    """One bar; negative values reach to the left."""

    name: str
    value: float
    colour: str = ""


@dataclass(frozen=True)
class Bars:
    """Horizontal bars over one axis, such as an importance chart; see ``Plot``."""

    name: str
    title: str
    label: str
    bars: tuple[Bar, ...]
    note: str = ""


@dataclass(frozen=True)
class Table:
    """A table; see ``Plot``.

    Attributes:
        columns: headings with their units.
        rows: as many cells each as there are columns; None where nothing is known.
        flags: row and column of each cell to be marked, such as a value outside of its reference range.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    flags: tuple[tuple[int, int], ...] = ()
    note: str = ""


@dataclass(frozen=True, eq=False)
class Overlay:
    """A map over the image that is read; see ``Plot``.

    Attributes:
        values: on that image's grid; NaN where there is nothing to show.
        unit: of the values; ``""`` for none.
        low, high: the ends of the colour table.
    """

    name: str
    title: str
    unit: str
    values: NDArray[np.float32]
    low: float
    high: float
    colours: OverlayColours = "perfusion"


@dataclass(frozen=True, eq=False)
class Exhibits:
    """Everything that one system shows of one study beside its prediction and its saliency."""

    plots: tuple[Plot, ...] = ()
    bars: tuple[Bars, ...] = ()
    tables: tuple[Table, ...] = ()
    overlays: tuple[Overlay, ...] = ()
