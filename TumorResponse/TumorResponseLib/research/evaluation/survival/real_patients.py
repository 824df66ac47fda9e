"""Evaluate the laboratory branch and the survival head on tables of real patients, and write what was found.

    python -m TumorResponseLib.research.evaluation.survival.real_patients --data ../shared/data --out docs

writes ``real_patients_survival.md`` and ``real_patients_survival.json``: figures over patients, no patient's own.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from rich.console import Console

from TumorResponseLib.research.cohorts.survival_tables import TABLES, read_table
from TumorResponseLib.research.evaluation.output import write_text
from TumorResponseLib.research.evaluation.survival.table_crossval import FOLDS, HORIZON, TIMES, Spread, TableResult
from TumorResponseLib.research.evaluation.survival.table_crossval import cross_validate as cross_validate_table
from TumorResponseLib.research.evaluation.survival.table_models import COX, NOBODY_KNOWN

NAME = "real_patients_survival"
REPEATS = 10

KNOWN: Mapping[tuple[str, str], str] = {
    ("lower-grade glioma", "progression"): "0.65 ± 0.09",
    ("lower-grade glioma", "death"): "0.80 ± 0.11",
    ("head and neck", "locoregional"): "0.66 to 0.69",
    ("head and neck", "distant"): "0.66 to 0.69",
    ("head and neck", "death"): "0.66 to 0.69",
}
"""C-index of the baselines in the data's README: Cox, 5-fold, 10 repeats."""


@dataclass(frozen=True)
class EndpointReport:
    """What was found on one endpoint.

    Attributes:
        table: title of the table.
        endpoint: its name.
        patients: how many.
        events: of how many it was seen.
        by_horizon: events seen by the horizon.
        models: figures by name of the model.
    """

    table: str
    endpoint: str
    patients: int
    events: int
    by_horizon: int
    models: dict[str, TableResult]


def evaluate(tables_folder: Path, repeats: int, told: Console) -> list[EndpointReport]:
    """Cross-validate every model on every endpoint.

    Raises:
        StudyError: a table is missing or not the one that is known.
    """
    reports = []
    for table in TABLES:
        for endpoint in table.endpoints:
            patients = read_table(table, endpoint, tables_folder)
            followed = patients.followed
            with told.status(f"{table.title}, {endpoint}"):
                models = cross_validate_table(patients, table.single, repeats)
            told.print(f"{table.title}, {endpoint}: C {models[COX].harrell_c.mean:.3f} (Cox)")
            early = int((followed.events & (followed.times <= HORIZON)).sum())
            reports.append(
                EndpointReport(table.title, endpoint, len(followed), int(followed.events.sum()), early, models)
            )
    return reports


def markdown(reports: Sequence[EndpointReport], repeats: int) -> str:
    """The page for the docs."""
    lines = [
        "# Survival on tables of real patients",
        "",
        "Written by `python -m TumorResponseLib.research.evaluation.survival.real_patients`; do not edit by hand.",
        "",
        f"The laboratory branch and the survival head of `prrt-pfs` on public tables: {FOLDS}-fold cross-validation,",
        f"{repeats} repeats, split by patient, stratified by event, all models on the same folds; imputation and",
        "scaling learned inside each fold. None of it supports a clinical claim.",
        "",
        f"Risk is the predicted chance of the event within {HORIZON / 365:.0f} years. C: mean ± standard deviation",
        "over the test folds (of the repeats' means in brackets, the noise of splitting alone). Brier: mean over",
        f"{TIMES[0]:.0f} to {TIMES[-1]:.0f} days, censoring weighted for; the forest predicts one time only. Slope and",
        "error: calibration at the horizon of each patient's mean out-of-fold risk (slope 1 and error 0 are perfect;",
        "the mean over repeats is calmer than one model). p: log-rank test of the patients above and below the",
        "training patients' median risk, median over the repeats. Against Cox: difference of Harrell's C with its",
        "95 % interval (Nadeau and Bengio), which allows for overlapping training sets.",
        "",
    ]
    for report in reports:
        known = KNOWN[report.table, report.endpoint]
        lines += [
            f"## {report.table.capitalize()}: {report.endpoint}",
            "",
            f"{report.patients} patients, {report.events} events, {report.by_horizon} of them by the horizon. "
            f"Cox baseline of the data's README (5-fold, its own features): C {known}.",
            "",
            "| model | Harrell's C | Uno's C | Brier | slope | error | p | C against Cox |",
            "|---|---|---|---|---|---|---|---|",
            *(_line(name, result) for name, result in report.models.items()),
            "",
        ]
    return "\n".join([*lines, *_reading(reports)])


def write_reports(reports: Sequence[EndpointReport], repeats: int, out: Path) -> tuple[Path, Path]:
    """Write page and JSON, and return their paths."""
    page, figures = out / f"{NAME}.md", out / f"{NAME}.json"
    content = {
        "folds": FOLDS,
        "repeats": repeats,
        "horizon_days": HORIZON,
        "endpoints": [asdict(report) for report in reports],
    }
    write_text(figures, json.dumps(content, indent=2, allow_nan=False) + "\n")
    write_text(page, markdown(reports, repeats))
    return page, figures


def _line(name: str, result: TableResult) -> str:
    p_value = "" if result.log_rank_p is None else f"{result.log_rank_p:.2g}"
    against = ""
    if result.c_above_cox is not None and name != NOBODY_KNOWN:
        difference, (low, high) = result.c_above_cox
        against = f"{difference:+.3f} ({low:+.3f} to {high:+.3f})"
    slope = "" if result.calibration_slope is None or name == NOBODY_KNOWN else f"{result.calibration_slope:.2f}"
    brier = "" if result.integrated_brier is None else f"{result.integrated_brier.mean:.4f}"
    cells = (
        name,
        _spread(result.harrell_c),
        _spread(result.uno_c),
        brier,
        slope,
        # A fold's curve is the higher the more events fell into the test fold: binning it shows that and nothing else.
        f"{result.calibration_error:.3f}" if name != NOBODY_KNOWN else "",
        p_value if name != NOBODY_KNOWN else "",
        against,
    )
    return f"| {' | '.join(cells)} |"


def _spread(figure: Spread) -> str:
    return f"{figure.mean:.3f} ± {figure.folds_sd:.3f} ({figure.repeats_sd:.3f})"


def _reading(reports: Sequence[EndpointReport]) -> list[str]:
    """What the tables say, told from their figures."""
    lines = ["## Reading", ""]
    for name in reports[0].models:
        if name in (NOBODY_KNOWN, COX):
            continue
        sides: dict[str, list[str]] = {"above": [], "below": [], "not told apart from": []}
        for report in reports:
            found = report.models[name].c_above_cox
            assert found is not None
            low, high = found[1]
            side = "above" if low > 0 else "below" if high < 0 else "not told apart from"
            sides[side].append(f"{report.table} {report.endpoint}")
        told = "; ".join(f"{side} it on {', '.join(where)}" for side, where in sides.items() if where)
        lines.append(f"- {name}, Harrell's C against the Cox model with all features: {told}.")
    briers = []
    for report in reports:
        scores = {name: one.integrated_brier for name, one in report.models.items() if one.integrated_brier}
        best = min(scores, key=lambda name: scores[name].mean)
        briers.append(f"{report.table} {report.endpoint}: {best}")
    return [*lines, f"- Lowest Brier score over time: {'; '.join(briers)}.", ""]


def main() -> None:
    """Evaluate and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds tables/")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    told = Console()
    for path in write_reports(evaluate(given.data / "tables", given.repeats, told), given.repeats, given.out):
        told.print(f"wrote {path}")


if __name__ == "__main__":
    main()
