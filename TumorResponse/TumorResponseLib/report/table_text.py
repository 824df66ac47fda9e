"""A system's table with every cell as finished text, for the page and for the shells."""

from __future__ import annotations

from dataclasses import dataclass

from TumorResponseLib.core.exhibits import Table
from TumorResponseLib.report.numbers import cell_text


@dataclass(frozen=True)
class TableText:
    """A table ready to be laid out.

    Attributes:
        numeric: of each column, whether it holds numbers, which are set flush right.
        marked: row and column of the cells that stand out.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    marked: frozenset[tuple[int, int]]
    note: str


def table_text(table: Table) -> TableText:
    """The table in words; see ``numbers.cell_text``."""
    known = [[row[column] for row in table.rows if row[column] is not None] for column in range(len(table.columns))]
    return TableText(
        name=table.name,
        title=table.title,
        columns=table.columns,
        rows=tuple(tuple(map(cell_text, row)) for row in table.rows),
        numeric=tuple(bool(cells) and not any(isinstance(cell, str) for cell in cells) for cells in known),
        marked=frozenset(table.flags),
        note=table.note,
    )
