"""Figures of an evaluation as SVG: drawn without a display, byte for byte the same for the same numbers."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from sklearn.metrics import roc_curve

from TumorResponseLib.models.bundle import Bundle
from TumorResponseLib.research.evaluation.calibration import Calibration
from TumorResponseLib.research.evaluation.decision_curve import DecisionCurve
from TumorResponseLib.research.evaluation.delong import auc_with_interval
from TumorResponseLib.research.evaluation.outcomes import checked_predictions
from TumorResponseLib.research.evaluation.output import write_text

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette, told apart by colour-blind readers too."""

GREY = "0.6"
"""Of reference lines."""


def figure_title(split: str, count: int, subjects: str, bundle: Bundle) -> str:
    """Whose figures these are, and what they are evidence of; two lines."""
    evidence = bundle.metadata["evidence"]
    return f"{split} split, {count} {subjects}\n{evidence}, research use only"


def roc_figure(curves: Mapping[str, tuple[ArrayLike, ArrayLike]], title: str) -> Figure:
    """ROC curves with their AUC.

    Args:
        curves: true outcomes and predicted probabilities, ``(patients,)`` each, by name of the split or model.
        title: stands over the figure.

    Raises:
        StudyError: outcomes or probabilities that make no sense.
    """
    figure, axes = _square(title, "1 - specificity", "sensitivity")
    for name, (outcomes, probabilities) in curves.items():
        truth, predicted = checked_predictions(outcomes, probabilities)
        false_positive, true_positive, _ = roc_curve(truth, predicted)
        auc = auc_with_interval(truth, predicted)
        low, high = auc.interval
        axes.plot(false_positive, true_positive, label=f"{name}: {auc.value:.3f} ({low:.3f}-{high:.3f})")
    axes.legend(title="AUC (95 % interval)", loc="lower right", frameon=False)
    return figure


def calibration_figure(curves: Mapping[str, Calibration], title: str) -> Figure:
    """Observed share against predicted probability, by name of the split or model."""
    figure, axes = _square(title, "predicted probability", "observed share")
    for name, curve in curves.items():
        observed = [one.observed for one in curve.bins]
        below = [max(0.0, one.observed - one.observed_ci[0]) for one in curve.bins]
        above = [max(0.0, one.observed_ci[1] - one.observed) for one in curve.bins]
        axes.errorbar(
            [one.predicted for one in curve.bins],
            observed,
            yerr=[below, above],
            marker="o",
            markersize=4,
            capsize=2,
            label=f"{name}: error {curve.expected_error:.3f}",
        )
    axes.legend(loc="upper left", frameon=False)
    return figure


def decision_figure(curves: Mapping[str, DecisionCurve], title: str) -> Figure:
    """Net benefit against the threshold, by name of the model; all on the same patients."""
    figure, axes = _axes(title, "threshold probability", "net benefit")
    for name, curve in curves.items():
        axes.plot(curve.thresholds, curve.model, label=name)
    reference = next(iter(curves.values()))
    axes.plot(reference.thresholds, reference.treat_all, color=GREY, linestyle="--", linewidth=1.0, label="treat all")
    axes.plot(reference.thresholds, reference.treat_none, color=GREY, linewidth=1.0, label="treat none")
    top = max(max(curve.model) for curve in curves.values())
    # Treating all falls without bound; only what is worth something is shown.
    axes.set(xlim=(0, 1), ylim=(-0.1 * top - 0.01, 1.1 * top + 0.01))
    axes.legend(loc="upper right", frameon=False)
    return figure


def agreement_figure(measured: ArrayLike, estimated: ArrayLike, title: str) -> Figure:
    """Estimated against measured, one point a patient, with the line where both are alike."""
    figure, axes = _axes(title, "measured", "estimated")
    axes.plot(measured, estimated, "o", markersize=4, alpha=0.7)
    ends = float(min(np.min(measured), np.min(estimated))), float(max(np.max(measured), np.max(estimated)))
    axes.plot(ends, ends, color=GREY, linestyle="--", linewidth=1.0)
    axes.set(aspect="equal")
    return figure


def save_svg(figure: Figure, path: Path) -> None:
    """Write a figure; the file carries neither date nor random identifiers, and text stays text."""
    drawn = StringIO()
    with rc_context({"svg.hashsalt": "tumor-response", "svg.fonttype": "none"}):
        FigureCanvasSVG(figure).print_svg(drawn, metadata={"Date": None, "Creator": None})
    write_text(path, drawn.getvalue())


def _square(title: str, across: str, up: str) -> tuple[Figure, Axes]:
    """Axes from 0 to 1 with their diagonal."""
    figure, axes = _axes(title, across, up)
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1.0)
    return figure, axes


def _axes(title: str, across: str, up: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(5.0, 5.0), layout="constrained")
    axes = figure.add_subplot()
    axes.set_prop_cycle(color=COLOURS)
    axes.set(title=title, xlabel=across, ylabel=up)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes
