"""Curves, bars and tables that systems lay beside their predictions."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

import qt

from TumorResponseLib.panel.commands import Commands

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk
    from TumorResponseLib.desk.exhibits_summary import ExhibitsSummary
    from TumorResponseLib.report.table_text import TableText

NARROWEST = 240
MARKED = "#c98a3c"


class DetailsPart:
    """The section Curves and tables; its labels are made anew when what is shown is another."""

    def __init__(self, ui: Any, commands: Commands) -> None:
        self._ui = ui
        self._shown: tuple[Any, ...] = ()
        self._labels: list[Any] = []

    def show(self, desk: Desk) -> None:
        """Show what the systems found for the present case."""
        from TumorResponseLib.desk.exhibits_summary import exhibits_summary

        reading = desk.reading if desk.shown.result else None
        exhibits = None if reading is None else reading.found.exhibits
        width = max(NARROWEST, self._ui.resultLabel.width)
        wanted = (exhibits, width, desk.shown.is_stale)
        if len(self._shown) == len(wanted) and wanted[0] is self._shown[0] and wanted[1:] == self._shown[1:]:
            return
        self._shown = wanted
        self._clear()
        for system in exhibits_summary(reading) if reading is not None else ():
            for label in self._labels_of(system, width, stale=desk.shown.is_stale):
                self._ui.detailsBody.layout().addWidget(label)
                self._labels.append(label)
        self._ui.detailsLabel.setVisible(not self._labels)

    def _clear(self) -> None:
        for label in self._labels:
            label.hide()
            label.deleteLater()
        self._labels = []

    def _labels_of(self, system: ExhibitsSummary, width: int, *, stale: bool) -> Iterator[Any]:
        from TumorResponseLib.desk.narrow_table import narrow
        from TumorResponseLib.panel.bar_pictures import bars_picture, bars_text
        from TumorResponseLib.panel.plot_pictures import plot_picture, plot_text

        palette = self._ui.resultLabel.palette
        for plot in system.plots:
            yield _text(f"<b>{escape(plot.title)}</b>")
            yield _picture(plot_picture(plot, width, palette, stale=stale), plot_text(plot))
            yield from _note(plot.note)
        for bars in system.bars:
            yield _text(f"<b>{escape(bars.title)}</b>")
            yield _picture(bars_picture(bars, width, palette, stale=stale), bars_text(bars))
            yield from _note(bars.note)
        for table in system.tables:
            label = _text(f"<b>{escape(table.title)}</b>{table_html(narrow(table))}")
            label.enabled = not stale
            yield label
            yield from _note(table.note)


def table_html(table: TableText) -> str:
    """A table as rich text; cells that stand out are bold and coloured."""
    alignment = ["right" if numeric else "left" for numeric in table.numeric]
    heads = "".join(
        f'<th align="{side}">{escape(heading)}&nbsp;&nbsp;</th>'
        for side, heading in zip(alignment, table.columns, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f'<td align="{side}">{_cell(text, is_marked=(row, column) in table.marked)}&nbsp;&nbsp;</td>'
            for column, (side, text) in enumerate(zip(alignment, cells, strict=True))
        )
        + "</tr>"
        for row, cells in enumerate(table.rows)
    )
    return f"<table><tr>{heads}</tr>{rows}</table>"


def _cell(text: str, *, is_marked: bool) -> str:
    return f'<b><span style="color:{MARKED}">{escape(text)}</span></b>' if is_marked else escape(text)


def _note(note: str) -> Iterator[Any]:
    if note:
        yield _text(f"<i>{escape(note)}</i>")


def _text(html: str) -> Any:
    label = qt.QLabel(html)
    label.wordWrap = True
    label.textInteractionFlags = qt.Qt.TextSelectableByMouse
    return label


def _picture(picture: Any, description: str) -> Any:
    label = qt.QLabel()
    label.pixmap = picture
    label.accessibleName = description
    return label
