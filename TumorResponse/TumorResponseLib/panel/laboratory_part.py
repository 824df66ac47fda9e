"""The laboratory values, to be typed and corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

from TumorResponseLib.panel.commands import Commands

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk
    from TumorResponseLib.desk.laboratory import LaboratoryField

NAME, VALUE, UNIT, REFERENCE = range(4)
ROW_HEIGHT = 24
MARKED = "#c98a3c"


class LaboratoryPart:
    """The section Laboratory values: one row a value of the panel, whose number is typed in the table."""

    def __init__(self, ui: Any, commands: Commands) -> None:
        self._section = ui.laboratorySection
        self._table = ui.laboratoryTable
        self._reading: Any = None
        self._commands = commands
        self._fields: tuple[LaboratoryField, ...] = ()
        table = self._table
        table.setHorizontalHeaderLabels([_("Analyte"), _("Value"), _("Unit"), _("Reference")])
        table.horizontalHeader().setStretchLastSection(True)
        table.horizontalHeader().resizeSection(NAME, 150)
        table.horizontalHeader().resizeSection(VALUE, 80)
        table.horizontalHeader().resizeSection(UNIT, 70)
        table.verticalHeader().setVisible(False)
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        table.connect("cellChanged(int,int)", self._typed)

    def show(self, desk: Desk) -> None:
        """Show the present case's values."""
        from TumorResponseLib.desk.laboratory import laboratory_fields

        reading = None if desk.teaching.hidden else desk.reading
        fields = laboratory_fields(None if reading is None else reading.found.study)
        if reading is not self._reading:
            self._reading = reading
            self._section.collapsed = all(field.flag == "missing" for field in fields)
        if fields != self._fields:
            self._fields = fields
            self._fill()

    def _fill(self) -> None:
        blocked = self._table.blockSignals(True)
        self._table.setRowCount(len(self._fields))
        for row, field in enumerate(self._fields):
            texts = (field.label, field.text, field.unit, field.reference)
            for column, text in enumerate(texts):
                item = qt.QTableWidgetItem(text)
                if column == VALUE:
                    item.setToolTip(_("Type a number; empty for a missing value."))
                    item.setTextAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)
                else:
                    item.setFlags(qt.Qt.ItemIsEnabled)
                if column == VALUE and field.flag in ("low", "high"):
                    item.setForeground(qt.QBrush(qt.QColor(MARKED)))
                    item.setToolTip(_("Below the range.") if field.flag == "low" else _("Above the range."))
                self._table.setItem(row, column, item)
        self._table.blockSignals(blocked)

    def _typed(self, row: int, column: int) -> None:
        if column == VALUE and row < len(self._fields):
            field, text = self._fields[row], self._table.item(row, VALUE).text()
            self._commands.run(lambda desk: self._set(desk, field, text))

    def _set(self, desk: Desk, field: LaboratoryField, text: str) -> None:
        """Take the number; what is refused goes back to what it was."""
        from TumorResponseLib.core.errors import UsageError
        from TumorResponseLib.desk.laboratory import typed_value

        if text.strip() == field.text:
            return
        try:
            desk.set_laboratory({field.name: typed_value(field.label, text)})
        except UsageError:
            self._fill()
            raise
