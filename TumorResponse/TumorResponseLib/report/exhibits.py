"""What the systems lay beside their predictions, ready for the page: charts as SVG, tables as text."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from TumorResponseLib.core.exhibits import Exhibits
from TumorResponseLib.report.charts.bars import bars_svg
from TumorResponseLib.report.charts.plot import plot_svg
from TumorResponseLib.report.table_text import TableText, table_text
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step


@dataclass(frozen=True)
class ChartFact:
    """A chart with its title and the sentence under it, ``""`` for none."""

    title: str
    svg: Markup
    note: str


@dataclass(frozen=True)
class ExhibitFacts:
    """One system's charts and tables; ``system`` is ``""`` where it is the only one."""

    system: str
    charts: tuple[ChartFact, ...]
    tables: tuple[TableText, ...]


def exhibit_facts(reading: Reading) -> list[ExhibitFacts]:
    """Of each system that has charts or tables; none where the step that makes them is not ready."""
    if not reading.is_ready(Step.SALIENCY):
        return []
    several = len(reading.found.outputs) > 1
    facts = [
        ExhibitFacts(name if several else "", _charts(exhibits), tuple(map(table_text, exhibits.tables)))
        for name, exhibits in reading.found.exhibits.items()
    ]
    return [each for each in facts if each.charts or each.tables]


def _charts(exhibits: Exhibits) -> tuple[ChartFact, ...]:
    # The charts escape every word that they are given.
    plots = (ChartFact(each.title, Markup(plot_svg(each)), each.note) for each in exhibits.plots)
    bars = (ChartFact(each.title, Markup(bars_svg(each)), each.note) for each in exhibits.bars)
    return (*plots, *bars)
