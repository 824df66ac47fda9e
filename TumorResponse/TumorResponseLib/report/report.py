"""``report.html``: one reading on one self-contained page."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.report import facts
from TumorResponseLib.report.branch_title import branch_title
from TumorResponseLib.report.estimate_text import estimate_interval, estimate_value
from TumorResponseLib.report.exhibits import exhibit_facts
from TumorResponseLib.report.figures import draw_figures
from TumorResponseLib.report.regions import empty_rings, region_facts, size_heading
from TumorResponseLib.session.reading import Reading

TEMPLATES = Path(__file__).parent / "templates"

RESEARCH_USE_ONLY = "Research use only — not for diagnosis or treatment decisions"


def render_report(reading: Reading) -> str:
    """The page as HTML text; it needs no network and no script, prints on A4, and says what is missing and why.

    Raises:
        UsageError: no study is open.
    """
    found = reading.found
    if found.study is None:
        raise UsageError("There is no report without a study; open one first.")
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "branch_title": branch_title,
        "number": number,
        "percent": percent,
        "estimate_value": estimate_value,
        "estimate_interval": estimate_interval,
    }
    return environment.get_template("report.html").render(
        research_use_only=RESEARCH_USE_ONLY,
        study=found.study,
        steps=facts.step_facts(reading),
        figures=draw_figures(reading),
        regions=region_facts(reading),
        size_heading=size_heading(reading),
        empty_rings=empty_rings(reading),
        outline=facts.outline_sentence(found.mask_source),
        predictions=facts.predictions(reading),
        shares=facts.share_facts(reading),
        exhibits=exhibit_facts(reading),
        cards=facts.card_facts(reading),
        input=facts.input_facts(reading),
        software=facts.software_facts(reading),
        notices=facts.notices(reading),
        mask_remark=reading.state(facts.Step.MASK).reason,
    )


def number(value: float | None) -> str:
    """Three significant digits at least, one decimal at most; a dash for what was not determined."""
    if value is None:
        return "–"
    return f"{value:.1f}" if abs(value) < 1000 else f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def percent(value: float) -> str:
    """A share in whole percent."""
    return f"{100 * value:.0f}\N{NARROW NO-BREAK SPACE}%"
