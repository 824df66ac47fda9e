"""Tables for a narrow place, such as the side of a shell."""

from __future__ import annotations

from dataclasses import replace

from TumorResponseLib.report.table_text import TableText

MOST_COLUMNS = 4


def narrow(table: TableText) -> TableText:
    """The table turned, one line a column, where that makes it narrow enough; else as it is.

    The cells of its first column, which name the rows, become the headings.
    """
    if len(table.columns) <= MOST_COLUMNS or not 0 < len(table.rows) < MOST_COLUMNS + 1:
        return table
    numbers = all(table.numeric[1:])
    return replace(
        table,
        columns=(table.columns[0], *(row[0] for row in table.rows)),
        rows=tuple(
            (heading, *(row[column] for row in table.rows)) for column, heading in enumerate(table.columns) if column
        ),
        numeric=(False, *(numbers for _ in table.rows)),
        marked=frozenset((column - 1, row + 1) for row, column in table.marked if column),
    )
