"""Prediction, why, sizes, and what speaks against trusting them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from TumorResponseLib.desk.summary import Summary, percent, summary

if TYPE_CHECKING:
    from TumorResponseLib.viewer.app import Viewer

INPUTS: dict[str, Callable[[Viewer, Any], None]] = {}


def facts(viewer: Viewer) -> dict[str, Any]:
    """The summary of the reading as far as it may be seen."""
    desk = viewer.desk
    known = summary(desk.reading) if desk.reading is not None else None
    shown = desk.shown
    return {
        "result_is_hidden": desk.teaching.hidden,
        "result_predictions": _predictions(known) if known is not None and shown.result else [],
        "result_shares": _shares(known) if known is not None and shown.result else [],
        "result_regions": [asdict(row) for row in known.regions]
        if known is not None and not desk.teaching.hidden
        else [],
        "result_diameters": known.diameters if known is not None and not desk.teaching.hidden else "",
        "result_diameters_kind": known.diameters_kind if known is not None else "",
        "result_warnings": list(known.warnings) if known is not None else [],
        "result_is_stale": shown.is_stale,
        "result_stale_reason": known.stale_reason if known is not None else "",
    }


def commands(viewer: Viewer) -> dict[str, Callable[..., object]]:
    """There is nothing to press."""
    return {}


def _predictions(known: Summary) -> list[dict[str, Any]]:
    return [
        {
            **asdict(each),
            "percent": percent(each.probability),
            "at": 100 * each.probability,
            "low": 100 * each.interval[0],
            "high": 100 * each.interval[1],
            "interval_text": (
                f"{percent(each.interval_level)} interval {100 * each.interval[0]:.0f} to {percent(each.interval[1])}"
            ),
            "branches": [{"title": title, "at": 100 * value, "text": percent(value)} for title, value in each.branches],
        }
        for each in known.predictions
    ]


def _shares(known: Summary) -> list[dict[str, Any]]:
    return [
        {"region": share.region, "colour": share.colour, "width": 100 * share.share, "text": percent(share.share)}
        for share in known.shares
    ]
