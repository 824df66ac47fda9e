"""The result's two small charts, drawn as pictures in the panel's own colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from TumorResponseLib.desk.summary import PredictionSummary, Share

BAR = 18
LINE = 16
GAP = 6
SWATCH = 10
FILLED = "#5b7fa6"
FAINT = 70
"""Opacity, of 255, of what no longer fits the outline."""


def probability_chart(prediction: PredictionSummary, width: int, palette: Any, *, stale: bool) -> Any:
    """A bar from 0 to 100 % with the probability filled in and its interval as a whisker, as a QPixmap."""
    picture, painter = canvas(width, BAR + LINE + GAP, palette, stale=stale)
    whole = width - 2
    low, high = prediction.interval
    painter.fillRect(1, GAP, whole, BAR, palette.color(qt.QPalette.Mid))
    painter.fillRect(1, GAP, round(prediction.probability * whole), BAR, qt.QColor(FILLED))
    painter.setPen(qt.QPen(palette.color(qt.QPalette.WindowText), 2))
    middle = GAP + BAR // 2
    left, right = 1 + round(low * whole), 1 + round(high * whole)
    painter.drawLine(left, middle, right, middle)
    for end in (left, right):
        painter.drawLine(end, middle - 5, end, middle + 5)
    for mark, alignment in ((0, qt.Qt.AlignLeft), (50, qt.Qt.AlignHCenter), (100, qt.Qt.AlignRight)):
        painter.drawText(1, GAP + BAR, whole, LINE, alignment, f"{mark} %")
    painter.end()
    return picture


def shares_chart(shares: tuple[Share, ...], width: int, palette: Any, *, stale: bool) -> Any:
    """One line a region: its colour, name, bar and percentage, as a QPixmap."""
    picture, painter = canvas(width, LINE * (len(shares) + 1), palette, stale=stale)
    painter.setPen(palette.color(qt.QPalette.WindowText))
    painter.drawText(0, 0, width, LINE, qt.Qt.AlignLeft, _("What spoke for the decision"))
    name_width, number_width = width // 4, 44
    longest = width - name_width - number_width
    for row, share in enumerate(shares, start=1):
        top = row * LINE
        painter.fillRect(0, top + (LINE - SWATCH) // 2, SWATCH, SWATCH, qt.QColor(share.colour))
        painter.drawText(SWATCH + GAP, top, name_width - SWATCH - GAP, LINE, qt.Qt.AlignVCenter, share.region)
        length = max(1, round(share.share * longest))
        painter.fillRect(name_width, top + 3, length, LINE - 6, qt.QColor(share.colour))
        painter.drawText(width - number_width, top, number_width, LINE, qt.Qt.AlignRight, percent(share.share))
    painter.end()
    return picture


def percent(share: float) -> str:
    """A share in whole percent."""
    return f"{100 * share:.0f} %"


def canvas(width: int, height: int, palette: Any, *, stale: bool) -> tuple[Any, Any]:
    """A QPixmap in the panel's own background, and the QPainter on it, faint where the result is stale."""
    picture = qt.QPixmap(width, height)
    picture.fill(palette.color(qt.QPalette.Window))
    painter = qt.QPainter(picture)
    if stale:
        painter.setOpacity(FAINT / 255)
    return picture, painter
