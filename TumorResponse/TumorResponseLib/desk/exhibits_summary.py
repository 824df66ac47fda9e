"""What the systems lay beside their predictions, in words and numbers, ready for any shell."""

from __future__ import annotations

from dataclasses import dataclass

from TumorResponseLib.core.exhibits import Bars, Overlay, Plot
from TumorResponseLib.report.numbers import brief
from TumorResponseLib.report.table_text import TableText, table_text
from TumorResponseLib.session.reading import Reading


@dataclass(frozen=True)
class OverlayText:
    """A map that can be laid over the image.

    Attributes:
        layer: its key in ``Findings.overlays``.
        low, high: the ends of its colours with the unit.
    """

    layer: str
    title: str
    low: str
    high: str


@dataclass(frozen=True)
class ExhibitsSummary:
    """Everything that one system shows beside its prediction; plots and bars as data, which each shell draws.

    Attributes:
        system: its name.
    """

    system: str
    plots: tuple[Plot, ...]
    bars: tuple[Bars, ...]
    tables: tuple[TableText, ...]
    overlays: tuple[OverlayText, ...]


def exhibits_summary(reading: Reading) -> tuple[ExhibitsSummary, ...]:
    """The exhibits of each system that has some, old or new."""
    layers = {id(overlay): layer for layer, overlay in reading.found.overlays.items()}
    summaries = (
        ExhibitsSummary(
            system=name,
            plots=exhibits.plots,
            bars=exhibits.bars,
            tables=tuple(map(table_text, exhibits.tables)),
            overlays=tuple(_overlay(layers[id(overlay)], overlay) for overlay in exhibits.overlays),
        )
        for name, exhibits in reading.found.exhibits.items()
    )
    return tuple(each for each in summaries if each.plots or each.bars or each.tables or each.overlays)


def _overlay(layer: str, overlay: Overlay) -> OverlayText:
    after = f" {overlay.unit}" if overlay.unit else ""
    return OverlayText(layer, overlay.title, brief(overlay.low) + after, brief(overlay.high) + after)
