"""What systems lay beside their predictions, as table, plot and chart nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from slicer import vtkMRMLScene, vtkMRMLTableNode

from TumorResponseLib.core.exhibits import Cell, Exhibits, Table
from TumorResponseLib.mrml.plots import add_bars, add_plot
from TumorResponseLib.mrml.tables import Column, add_table

EXHIBIT_ROLE = "exhibit-{system}-{name}"
MARKED = "Marked"
"""Column that names the marked cells of its row, since Slicer's tables mark none."""


def add_exhibits(scene: vtkMRMLScene, exhibits: Mapping[str, Exhibits], suffix: str = "") -> set[str]:
    """All tables, plots and bar charts of the systems, made once and then updated; returns the roles of all nodes.

    Args:
        scene: where they go.
        exhibits: by system.
        suffix: what is written behind each name, such as that it is stale.
    """
    roles: set[str] = set()
    for system, each in exhibits.items():
        several = f" ({system})" if len(exhibits) > 1 else ""
        for plot in each.plots:
            roles |= add_plot(scene, _role(system, plot.name), f"{plot.title}{several}{suffix}", plot)
        for bars in each.bars:
            roles |= add_bars(scene, _role(system, bars.name), f"{bars.title}{several}{suffix}", bars)
        for table in each.tables:
            role = _role(system, table.name)
            add_exhibit_table(scene, role, f"{table.title}{several}{suffix}", table)
            roles.add(role)
    return roles


def add_exhibit_table(scene: vtkMRMLScene, role: str, name: str, table: Table) -> vtkMRMLTableNode:
    """One table with typed columns; cells to be marked are named in a column of their own."""
    node = add_table(scene, role, name, list(_columns(table)))
    node.SetDescription(table.note)
    return node


def _role(system: str, name: str) -> str:
    return EXHIBIT_ROLE.format(system=system, name=name)


def _columns(table: Table) -> Iterator[Column]:
    for index, heading in enumerate(table.columns):
        yield Column(heading, _typed([row[index] for row in table.rows]))
    if table.flags:
        marked = [
            ", ".join(table.columns[column] for line, column in table.flags if line == row)
            for row in range(len(table.rows))
        ]
        yield Column(MARKED, marked)


def _typed(cells: list[Cell]) -> list[str] | list[float | None]:
    """Numbers where all that is known are numbers, else text."""
    numbers = [None if cell is None else cell for cell in cells if not isinstance(cell, str)]
    if len(numbers) == len(cells):
        return numbers
    return ["" if cell is None else cell if isinstance(cell, str) else f"{cell:g}" for cell in cells]
