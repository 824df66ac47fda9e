"""The charts that PRRT-PFS lays beside its prediction: survival, what speaks for it, and what matters to the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.exhibits import Bar, Bars, Line, Plot
from TumorResponseLib.core.laboratory.panel import ANALYTES

STEP_MONTHS = 0.5
GROUP_COLOURS = ("#3b8bc2", "#d55e00")
"""Low and high risk, told apart by the colour-blind too, on light and dark ground."""

PARTS = ("laboratory values", "PET", "CT")
NOT_MEASURED = "(?)"
DECIMALS = 4
CONTRIBUTION = "part of the log odds of progression"


def survival_shown(
    months: NDArray[np.float64], survival: NDArray[np.float64], groups: Mapping[str, Any], horizon_months: float
) -> Plot:
    """The patient's curve between those of the training patients of low and of high risk.

    Args:
        months: rising, from 0.
        survival: of the patient, of the same length.
        groups: ``models/groups.json``.
        horizon_months: of the endpoint.
    """
    lines = [_group(group, colour) for group, colour in zip(groups["groups"], GROUP_COLOURS, strict=True)]
    own = Line("this patient", tuple(months.tolist()), tuple(survival.tolist()))
    counts = ", ".join(
        f"{group['name']}: {group['patients']} patients, {group['events']} progressed" for group in groups["groups"]
    )
    return Plot(
        name="survival",
        title="Progression-free survival",
        x_label="months from the start of therapy",
        y_label="share without progression",
        lines=(*lines, own),
        note=f"Kaplan-Meier curves with 95 % confidence band of the training patients whose predicted chance of "
        f"progression within {horizon_months:g} months, by networks that had not seen them, lay below "
        f"{100 * groups['cut']:.0f} % (low risk) or not ({counts}). The patient's curve ends at {months[-1]:g} months, "
        "where the networks were trained no further.",
    )


def contributions_shown(
    shares: NDArray[np.floating], values: Mapping[str, float], missing: Sequence[str]
) -> list[Bars]:
    """What speaks for progression in this patient, in two charts: by source, and by laboratory value.

    Args:
        shares: of laboratory values, PET and CT, ``(3,)``, in calibrated log odds; 0 is the average training patient.
        values: of each laboratory value, likewise; they sum to the first of ``shares``.
        missing: those that stand in for a value that was not measured.
    """
    unmeasured = f" A median stands in for what is marked {NOT_MEASURED}." if missing else ""
    exact = "The fusion adds its parts up, so that they are exact; 0 is the average training patient."
    beside = (
        "A value marked high may still speak against progression, where that of the average training patient is higher."
    )
    return [
        Bars(
            name="contributions",
            title="What speaks for progression in this patient",
            label=CONTRIBUTION,
            bars=tuple(Bar(part, round(float(share), DECIMALS)) for part, share in zip(PARTS, shares, strict=True)),
            note=f"{exact} The saliency maps PET and CT are class activation maps, whose mean over the field is "
            "the part shown here; PET gradient and CT gradient show how strongly each voxel moves the answer.",
        ),
        Bars(
            name="laboratory-contributions",
            title="Laboratory values: what speaks for progression",
            label=CONTRIBUTION,
            bars=_by_size({_name(name, name in missing): value for name, value in values.items()}),
            note=f"{exact} They sum to the part of the laboratory values. {beside}{unmeasured}",
        ),
    ]


def lesions_left_out(log_odds: float, without: Mapping[int, float]) -> Bars:
    """How the log odds fall when a lesion is left out of the mask, by the lesion's number (occlusion).

    Args:
        log_odds: with all lesions.
        without: without each, by its number in the lesion table.
    """
    bars = tuple(Bar(f"lesion {number}", log_odds - other) for number, other in without.items())
    return Bars(
        name="lesion-contributions",
        title="Lesions: what speaks for progression",
        label="fall of the log odds without the lesion",
        bars=bars,
        note="Each lesion in turn is left out of the outline and the networks read the study again; a lesion "
        "with a bar below 0 speaks against progression, since without it the chance is higher.",
    )


def importance_shown(importance: Mapping[str, Any]) -> Bars:
    """How much the model depends on each laboratory value: permutation importance.

    Args:
        importance: ``models/importance.json``.
    """
    falls = {_name(name): float(found["mean"]) for name, found in importance["fusion"].items()}
    return Bars(
        name="importance",
        title="Laboratory values that matter to the model",
        label="fall of the AUROC when the value is shuffled",
        bars=tuple(Bar(name, fall) for name, fall in sorted(falls.items(), key=lambda item: -item[1])),
        note="Permutation importance (Breiman, Machine Learning 45:5, 2001) in the fusion of laboratory values, PET "
        f"and CT, on held-out patients: mean of {importance['shuffles']} shuffles. Bars below 0 are noise: "
        "shuffling these values cost nothing.",
    )


def curve_months(last: float) -> NDArray[np.float64]:
    """Times at which a patient's curve is drawn, from 0 to ``last`` months."""
    return np.append(np.arange(0.0, last, STEP_MONTHS), last)


def _group(group: Mapping[str, Any], colour: str) -> Line:
    times, survival, low, high = (
        tuple(float(number) for number in group[key]) for key in ("times", "survival", "low", "high")
    )
    return Line(str(group["name"]), times, survival, "steps", colour, low, high)


def _by_size(values: Mapping[str, float]) -> tuple[Bar, ...]:
    ordered = sorted(values.items(), key=lambda item: -abs(item[1]))
    return tuple(Bar(name, round(value, DECIMALS)) for name, value in ordered)


def _name(name: str, missing: bool = False) -> str:
    label = ANALYTES[name].label if name in ANALYTES else name
    return f"{label} {NOT_MEASURED}" if missing else label
