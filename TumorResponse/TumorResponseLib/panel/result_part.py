"""The result: decision, probability with its interval, evidence, what spoke for it, sizes, and the model card."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

from TumorResponseLib.panel.charts import percent, probability_chart, shares_chart
from TumorResponseLib.panel.commands import Commands
from TumorResponseLib.panel.message_line import WARNING

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk
    from TumorResponseLib.desk.summary import PredictionSummary, Summary

CARD_SIZE = (760, 820)
NARROWEST = 240


class ResultPart:
    """The section Result."""

    def __init__(self, ui: Any, commands: Commands) -> None:
        self._ui = ui
        self._shown: tuple[Summary | None, int] | None = None
        self._bundle = ""
        self._card: Any = None
        ui.modelCardButton.connect("clicked()", lambda: commands.run(self._show_card))
        self._show(None, NARROWEST)

    def show(self, desk: Desk) -> None:
        """Show what is known of the present case."""
        from TumorResponseLib.desk.summary import summary

        found = summary(desk.reading) if desk.shown.result else None
        width = max(NARROWEST, self._ui.resultLabel.width)
        if (found, width) != self._shown:
            self._shown = found, width
            self._show(found, width)

    def _show(self, found: Summary | None, width: int) -> None:
        predictions = () if found is None else found.predictions
        self._bundle = predictions[0].bundle if predictions else ""
        self._ui.modelCardButton.enabled = bool(predictions)
        for label in (self._ui.probabilityLabel, self._ui.evidenceLabel, self._ui.sharesLabel, self._ui.measuresLabel):
            label.setVisible(bool(predictions))
        if found is None or not predictions:
            self._ui.resultLabel.text = _("No result yet.")
            return
        stale = _("Out of date: {reason}").format(reason=found.stale_reason) if found.stale else ""
        self._ui.resultLabel.text = "<br>".join([*filter(None, [_warning(stale)]), *map(_decision, predictions)])
        for label in (self._ui.resultLabel, self._ui.measuresLabel):
            label.enabled = not found.stale
        palette = self._ui.resultLabel.palette  # of a label that is not greyed, unless the result is stale
        self._ui.probabilityLabel.pixmap = probability_chart(predictions[0], width, palette, stale=found.stale)
        self._ui.probabilityLabel.accessibleDescription = predictions[0].probability_text
        self._ui.evidenceLabel.text = _remarks(found)
        self._ui.sharesLabel.setVisible(bool(found.shares))
        if found.shares:
            self._ui.sharesLabel.pixmap = shares_chart(found.shares, width, palette, stale=found.stale)
            said = ", ".join(f"{share.region} {percent(share.share)}" for share in found.shares)
            self._ui.sharesLabel.accessibleDescription = said
        self._ui.measuresLabel.text = _sizes(found)

    def _show_card(self, desk: Desk) -> None:
        from TumorResponseLib.desk.card import card_html
        from TumorResponseLib.models.bundle import default_folders, find_bundles

        html = card_html(find_bundles(default_folders()).bundles[self._bundle])
        self._card = qt.QDialog(self._ui.modelCardButton.window())
        self._card.windowTitle = _("Model card: {name}").format(name=self._bundle)
        browser = qt.QTextBrowser()
        browser.setHtml(html)
        browser.accessibleName = self._card.windowTitle
        qt.QVBoxLayout(self._card).addWidget(browser)
        self._card.resize(*CARD_SIZE)
        self._card.show()

    def close(self) -> None:
        """Take the model card from the screen."""
        if self._card is not None:
            self._card.close()
            self._card.deleteLater()
            self._card = None


def _decision(prediction: PredictionSummary) -> str:
    lines = (
        escape(prediction.title),
        f'<span style="font-size:large; font-weight:bold">{escape(prediction.decision)}</span>',
        escape(prediction.probability_text),
        *(escape(f"{each.name}: {each.value}, {each.interval}") for each in prediction.estimates),
    )
    return "<br>".join(lines)


def _remarks(found: Summary) -> str:
    """Evidence in plain sight, then what to beware of."""
    lines = []
    for prediction in found.predictions:
        lines.append(f"<b>{escape(prediction.evidence_text)}</b>")
        lines += filter(None, [_warning(prediction.out_of_distribution)])
    return "<br>".join([*lines, *map(_warning, found.warnings)])


def _warning(text: str) -> str:
    return f'<span style="color:#c98a3c">{WARNING} {escape(text)}</span>' if text else ""


def _sizes(found: Summary) -> str:
    rows = "".join(
        f'<tr><td><span style="color:{row.colour}">■</span> {escape(row.name)}</td>'
        f'<td align="right">&nbsp;&nbsp;{escape(row.size_text)}</td>'
        f"<td>&nbsp;&nbsp;{escape(row.diameters_text)}</td></tr>"
        for row in found.regions
    )
    return f"<table>{rows}</table>" if rows else ""
