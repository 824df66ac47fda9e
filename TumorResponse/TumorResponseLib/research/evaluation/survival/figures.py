"""Survival figures: Kaplan-Meier curves over their numbers at risk, and Brier scores over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from TumorResponseLib.research.evaluation.figures import COLOURS
from TumorResponseLib.research.evaluation.survival.brier import BrierCurve
from TumorResponseLib.research.evaluation.survival.kaplan_meier import LogRank, SurvivalCurve, at_risk, survival_curve
from TumorResponseLib.research.evaluation.survival.times import SurvivalTimes

SMALLEST_P = 0.001


def kaplan_meier_figure(
    groups: Mapping[str, SurvivalTimes], test: LogRank, times: Sequence[float], title: str, unit: str
) -> Figure:
    """Kaplan-Meier curves with intervals and censoring marks, and below them how many are at risk.

    Args:
        groups: patients by name of the group.
        test: of these groups.
        times: at which the numbers at risk are told, rising.
        title: stands over the figure.
        unit: of the times.
    """
    height = 4.0 + 0.25 * len(groups)
    figure = Figure(figsize=(6.0, height), layout="constrained")
    axes, table = figure.subplots(2, 1, sharex=True, height_ratios=(height - 0.35 * (len(groups) + 1), len(groups) / 3))
    axes.set_prop_cycle(color=COLOURS)
    for colour, (name, followed) in zip(COLOURS, groups.items(), strict=False):
        curve = survival_curve(followed)
        axes.step(curve.times, curve.survival, where="post", color=colour, label=_label(name, curve))
        axes.fill_between(curve.times, curve.low, curve.high, step="post", color=colour, alpha=0.15, linewidth=0.0)
        marks = [curve.at(time)[0] for time in curve.censored_at]
        axes.plot(curve.censored_at, marks, linestyle="", marker="|", markersize=5, color=colour)
    axes.set(title=title, ylabel="share without event", ylim=(0.0, 1.02), xlim=(0.0, max(times)))
    p_value = f"p < {SMALLEST_P}" if test.p_value < SMALLEST_P else f"p = {test.p_value:.3f}"
    axes.legend(title=f"log-rank {p_value}", loc="best", frameon=False)
    names = list(groups)
    for row, (colour, followed) in enumerate(zip(COLOURS, groups.values(), strict=False)):
        for time, count in zip(times, at_risk(followed, times), strict=True):
            table.text(time, row, str(count), ha="center", va="center", color=colour, clip_on=False)
    table.set(xlabel=unit, ylim=(len(names) - 0.5, -0.5), yticks=range(len(names)), yticklabels=names, xticks=times)
    table.set_title("at risk", fontsize="medium", loc="left")
    table.tick_params(axis="y", length=0)
    for panel in (axes, table):
        panel.spines[["top", "right"]].set_visible(False)
    table.spines["left"].set_visible(False)
    return figure


def brier_figure(curves: Mapping[str, BrierCurve], title: str, unit: str) -> Figure:
    """Brier scores over time, by name of the model; all on the same patients."""
    figure = Figure(figsize=(5.0, 4.0), layout="constrained")
    axes = figure.add_subplot()
    axes.set_prop_cycle(color=COLOURS)
    for name, curve in curves.items():
        axes.plot(curve.times, curve.scores, label=f"{name}: {curve.integrated:.3f}")
    axes.set(title=title, xlabel=unit, ylabel="Brier score")
    axes.set_ylim(bottom=0.0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(title="mean over time", loc="best", frameon=False)
    return figure


def _label(name: str, curve: SurvivalCurve) -> str:
    median = "not reached" if curve.median is None else f"{curve.median:.3g}"
    return f"{name}: {curve.events} of {curve.patients}, median {median}"
