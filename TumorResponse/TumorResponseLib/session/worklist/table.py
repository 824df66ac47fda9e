"""One case as one row of the exported table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from TumorResponseLib.core.saving import cell_text
from TumorResponseLib.session.mask_source import MaskSource
from TumorResponseLib.session.worklist.entries import Entry

FIRST_COLUMNS = ("number", "name", "status", "comment", "seconds", "mask", "origin", "added", "removed")
LAST_COLUMN = "problem"


def row_of(entry: Entry, mask: str, source: MaskSource | None, problem: str) -> dict[str, str]:
    """The row's cells by column; what is not known is left out.

    Regions give ``tumour_area_mm2``, ``0-3_mm_voxels``, ...; predictions ``dlrs3_probability_responder``,
    ``dlrs3_decision``, estimates ``hcc_viability``, ...; shares of saliency ``share_fused_tumour``, ....

    Args:
        entry: with the result document to be told.
        mask: the mask's file, ``""`` when there is none.
        source: of that mask; without one the result tells who drew the outline.
        problem: what could not be exported, in a sentence, or ``""``.
    """
    result = entry.result or {}
    origin = (result.get("segmentation") or {}).get("origin") if source is None else source.origin.value
    values = {
        "number": entry.number,
        "name": entry.name,
        "status": entry.status.value,
        "comment": entry.comment,
        "seconds": round(entry.seconds, 1),
        "mask": mask,
        "origin": origin,
        "added": source and source.added,
        "removed": source and source.removed,
        **dict(_measured(result)),
        LAST_COLUMN: problem,
    }
    return {column.replace(" ", "_"): cell_text(value) for column, value in values.items() if value not in (None, "")}


def columns_of(rows: list[dict[str, str]]) -> list[str]:
    """All columns that any row has, in the order in which they came up; those that every table has at the ends."""
    found = dict.fromkeys(column for row in rows for column in row)
    between = [column for column in found if column not in FIRST_COLUMNS and column != LAST_COLUMN]
    return [*FIRST_COLUMNS, *between, LAST_COLUMN]


def _measured(result: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for region in result.get("regions", []):
        for measure in ("voxels", "area_mm2", "volume_mm3", "long_diameter_mm", "short_diameter_mm"):
            yield f"{region['name']}_{measure}", region.get(measure)
    for prediction in result.get("predictions", []):
        yield from _predicted(prediction)
    for layer, shares in result.get("saliency", {}).items():
        for region, share in shares.items():
            yield f"share_{layer}_{region}", share


def _predicted(prediction: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    low, high = prediction["interval"] or (None, None)
    classes = zip(prediction["classes"], prediction["probabilities"], strict=True)
    values: dict[str, Any] = {f"probability_{name}": value for name, value in classes}
    values |= {"interval_low": low, "interval_high": high, "interval_level": prediction.get("interval_level")}
    values |= {key: prediction[key] for key in ("decision", "in_distribution", "evidence", "bundle")}
    for estimate in prediction.get("estimates", []):
        values |= {estimate["name"]: estimate["value"]}
        values |= {f"{estimate['name']}_{end}": estimate[end] for end in ("low", "high")}
    for key, value in values.items():
        yield f"{prediction['system']}_{key}", value
