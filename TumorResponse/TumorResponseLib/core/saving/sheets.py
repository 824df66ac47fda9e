"""Tables that spreadsheets open."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from TumorResponseLib.core.saving.aside import written_aside

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""What makes a spreadsheet take a text for a formula, also in full width; a blank before does not help."""


def write_sheet(rows: Sequence[Sequence[object]], path: Path) -> None:
    """Write rows as CSV in UTF-8 with a byte order mark, without which spreadsheets take umlauts apart.

    Cells become text by ``cell_text``.
    """
    with written_aside(path) as temporary, temporary.open("w", newline="", encoding="utf-8-sig") as stream:
        csv.writer(stream).writerows([cell_text(value) for value in row] for row in rows)


def cell_text(value: object) -> str:
    """A value as text: truth values as spreadsheets write them, numbers to six digits, nothing computed as a formula.

    None and NaN become an empty cell.
    """
    if value is None or value != value:  # NaN alone is not itself
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.6g}"
    return _harmless(value) if isinstance(value, str) else str(value)


def _harmless(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would compute it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS) else text
