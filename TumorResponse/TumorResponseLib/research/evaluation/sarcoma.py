"""The recipe of PRRT-PFS on real patients: lung metastasis of soft-tissue sarcoma from PET, CT and MR, with rings.

    python -m TumorResponseLib.research.evaluation.sarcoma --data ../shared/data --out docs --work DIR

writes ``real_patients_sarcoma.md`` and ``real_patients_sarcoma.json``: figures over patients, no patient's own. The
networks and their recipe are those of PRRT-PFS as they stand; nothing was chosen on these patients.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from TumorResponseLib.predict.prrt_inputs import CT, PET
from TumorResponseLib.research.cohorts.sarcoma import (
    BANDS_MM,
    MR,
    ONE_INTERVAL,
    Sarcomas,
    read_sarcomas,
    without_bands,
)
from TumorResponseLib.research.evaluation.output import write_text
from TumorResponseLib.research.evaluation.prrt_figures import each_fold, over_repeats, paired
from TumorResponseLib.research.evaluation.prrt_repeats import Answers, folds_of, run_repeats
from TumorResponseLib.research.evaluation.survival.table_crossval import Spread, spread_over
from TumorResponseLib.research.training.prrt_settings import Modalities, Recipe

NAME = "real_patients_sarcoma"
NETWORKS: Mapping[str, Modalities] = MappingProxyType(
    {
        " + ".join(role.upper() for role in roles): Modalities(roles, laboratory=False)
        for roles in ((PET,), (CT,), (MR,), (PET, CT), (PET, MR), (PET, CT, MR))
    }
)
FULL = "PET + CT + MR"
RINGS = " with rings"
BASELINE, ABSENT = "volume and SUVmax, logistic regression", "whether a CT is missing, nothing else"
STATED = ("volume+SUVmax", "PET tumour (8)", "CT tumour (3, imputed)", "MR tumour (5)", "all tumour (16)")
"""Rows of ``sts_baselines.csv`` that stand beside the networks."""
BASELINE_C = 0.1
LIKELY_AUC = 0.8
"""For which the sampling error is told."""

Figures = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""By group of models (all patients, those with CT, against the baseline, rings against none) and model."""


@dataclass(frozen=True)
class Found:
    """One model on some patients.

    Attributes:
        patients: how many, of whom ``positives`` had the outcome.
        auroc: within each test fold.
        auprc: likewise.
        pooled: AUROC of all out-of-fold answers of a repeat.
    """

    patients: int
    positives: int
    auroc: Spread
    auprc: Spread
    pooled: Spread


def evaluate(cohort: Sarcomas, recipe: Recipe, work: Path, told: Console) -> dict[str, dict[str, dict[str, Any]]]:
    """Figures by group of models and model; folds that are done are kept in ``work``."""
    everyone, alone = cohort.patients, without_bands(cohort.patients)
    folds, truth = folds_of(everyone, recipe), everyone.responses

    def progress(done: int, total: int) -> None:
        told.print(f"{done} of {total} folds")

    tumour = run_repeats(alone, None, recipe, work / "tumour", progress, NETWORKS)
    rings = run_repeats(everyone, None, recipe, work / "rings", progress, NETWORKS)
    plain: Answers = {
        BASELINE: _regression(cohort.baseline, truth, folds),
        ABSENT: np.tile(~everyone.present[CT], (recipe.repeats, 1)).astype(np.float64),
    }
    every = tumour | {name + RINGS: logits for name, logits in rings.items()} | plain
    complete = everyone.present[CT]
    images = {name: modalities for name, modalities in NETWORKS.items() if name in ("PET", "CT", "PET + CT")}
    with_ct = alone.of(complete)
    whole = run_repeats(with_ct, None, recipe, work / "complete", progress, images)
    inner = folds_of(with_ct, recipe)
    whole[BASELINE] = _regression(cohort.baseline[complete], with_ct.responses, inner)
    return {
        "all": {name: asdict(_found(logits, folds, truth)) for name, logits in every.items()},
        "with CT": {name: asdict(_found(logits, inner, with_ct.responses)) for name, logits in whole.items()},
        "paired": paired(every, folds, truth, BASELINE),
        "rings": {
            name: paired({name: tumour[name], name + RINGS: rings[name]}, folds, truth, name)[name + RINGS]
            for name in NETWORKS
        },
    }


def markdown(figures: Figures, stated: Sequence[Mapping[str, str]], recipe: Recipe) -> str:
    """The page for the docs."""
    everyone, complete = figures["all"], figures["with CT"]
    first, second = next(iter(everyone.values())), next(iter(complete.values()))
    lines = [
        "# Lung metastasis of soft-tissue sarcoma: real patients",
        "",
        "Written by `python -m TumorResponseLib.research.evaluation.sarcoma`; do not edit by hand.",
        "",
        f"The recipe of `prrt-pfs`, unchanged but for the roles (FDG-PET, CT, T1 MR; no laboratory values), on "
        f"{first['patients']} patients, {first['positives']} with lung metastases: {recipe.repeated_folds}-fold "
        f"cross-validation by patient, {recipe.repeats} repeats, all models on the same folds. Nothing was chosen on "
        f"these patients. None of it supports a clinical claim: the sampling error of an AUROC of {LIKELY_AUC} is "
        f"{sampling_error(LIKELY_AUC, first['positives'], first['patients'] - first['positives']):.2f} (one standard "
        "error; Hanley and McNeil, Radiology 143:29, 1982).",
        "",
        "AUROC and AUPRC: mean ± standard deviation over the test folds. Pooled: AUROC of all out-of-fold answers of a "
        "repeat, mean ± standard deviation over the repeats, which shows the noise of splitting alone. Against the "
        "baseline: difference of the AUROC to volume and SUVmax on the same folds, with its 95 % interval (Nadeau and "
        "Bengio, 2003). A missing CT or MR counts as that of an average patient.",
        "",
        "| model | AUROC | AUPRC | pooled AUROC | against the baseline |",
        "|---|---|---|---|---|",
        *(_line(name, figures) for name in everyone),
        "",
        "## Rings",
        "",
        f"The same networks with the tissue at 0 to {BANDS_MM[0]:g} and {BANDS_MM[0]:g} to {BANDS_MM[1]:g} mm around "
        "the tumour beside it, air left out; difference of the AUROC to the tumour alone on the same folds. The "
        "bands on PET also hold what the blur spills out of the tumour.",
        "",
        "| images | difference (95 % interval) | repeats won |",
        "|---|---|---|",
        *(
            f"| {name} | {_difference(one)} | {one['won']} of {recipe.repeats} |"
            for name, one in figures["rings"].items()
        ),
        "",
        "## Missing CT",
        "",
        "CT is missing for the large tumours: not at random. That a CT is missing already tells something (the row of "
        f"that name above). Below, only the {second['patients']} patients with CT, {second['positives']} with "
        "metastases, cross-validated by themselves: what CT says where none is imputed.",
        "",
        "| model | AUROC | AUPRC | pooled AUROC |",
        "|---|---|---|---|",
        *(f"| {name} | {_cells(one)} |" for name, one in complete.items()),
        "",
        "## Baselines of the data's own table",
        "",
        "`sts_baselines.csv`: logistic regression on measured features, 5-fold, 10 repeats, all 51 patients of the "
        "cohort, 12 of whom are kept elsewhere; so not the same patients as above.",
        "",
        "| features | AUROC, folds | AUROC, repeats |",
        "|---|---|---|",
        *(
            f"| {row['set']} | {float(row['fold_mean']):.3f} ± {float(row['fold_sd']):.3f} | "
            f"{float(row['rep_mean']):.3f} ± {float(row['rep_sd']):.3f} |"
            for row in stated
        ),
        "",
        *_reading(figures),
    ]
    return "\n".join(lines)


def sampling_error(auc: float, positives: int, negatives: int) -> float:
    """Standard error of an AUROC of so many patients (Hanley and McNeil, Radiology 143:29, 1982)."""
    first, second = auc / (2.0 - auc), 2.0 * auc**2 / (1.0 + auc)
    spread = (positives - 1) * (first - auc**2) + (negatives - 1) * (second - auc**2)
    return float(np.sqrt((auc * (1.0 - auc) + spread) / (positives * negatives)))


def stated_baselines(data: Path) -> list[dict[str, str]]:
    """The rows `STATED` of ``sts_baselines.csv``, of its plain ridge model."""
    with (data / "sts_baselines.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["model"].startswith("ridge")]
    return [row for name in STATED for row in rows if row["set"] == name]


def _regression(
    features: NDArray[np.float64], truth: NDArray[np.int64], folds: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Out-of-fold log odds of logistic regression, as the data's baselines, ``(repeats, patients)``."""
    logits = np.empty(folds.shape)
    for repeat, place in np.ndindex(len(folds), folds.max() + 1):
        here = folds[repeat] == place
        model = make_pipeline(StandardScaler(), LogisticRegression(C=BASELINE_C, class_weight="balanced"))
        model.fit(features[~here], truth[~here])
        logits[repeat, here] = model.decision_function(features[here])
    return logits


def _found(logits: NDArray[np.float64], folds: NDArray[np.int64], truth: NDArray[np.int64]) -> Found:
    auroc, auprc = (each_fold(logits, folds, truth, score) for score in (roc_auc_score, average_precision_score))
    pooled = np.array([[float(roc_auc_score(truth, one))] for one in logits])
    return Found(len(truth), int(truth.sum()), spread_over(auroc), spread_over(auprc), over_repeats(pooled))


def _line(name: str, figures: Figures) -> str:
    against = _difference(figures["paired"][name]) if name in figures["paired"] else ""
    return f"| {name} | {_cells(figures['all'][name])} | {against} |"


def _cells(one: Mapping[str, Any]) -> str:
    shown = (("auroc", "folds_sd"), ("auprc", "folds_sd"), ("pooled", "repeats_sd"))
    return " | ".join(f"{one[score]['mean']:.3f} ± {one[score][spread]:.3f}" for score, spread in shown)


def _difference(one: Mapping[str, Any]) -> str:
    low, high = one["interval"]
    return f"{one['difference']:+.3f} ({low:+.3f} to {high:+.3f})"


def _reading(figures: Figures) -> list[str]:
    """What the tables say, told from their figures."""
    lines = ["## Reading", ""]
    for title, models in (("the baseline", figures["paired"]), ("the same network without rings", figures["rings"])):
        sides: dict[str, list[str]] = {"above": [], "below": [], "not told apart from": []}
        for name, one in models.items():
            low, high = one["interval"]
            sides["above" if low > 0 else "below" if high < 0 else "not told apart from"].append(name)
        told = "; ".join(f"{side} {title}: {', '.join(names)}" for side, names in sides.items() if names)
        lines.append(f"- {told[0].upper()}{told[1:]}.")
    return [*lines, ""]


def main() -> None:
    """Evaluate and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds sts_dev/ and sts_baselines.csv")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--work", type=Path, required=True, help="folder for folds that are done")
    given = parser.parse_args()
    torch.set_num_threads(1)
    told = Console()
    recipe = replace(Recipe(), edges_months=ONE_INTERVAL)
    cohort = read_sarcomas(given.data, lambda done, total: told.print(f"{done} of {total} patients"))
    figures = evaluate(cohort, recipe, given.work, told)
    page, table = given.out / f"{NAME}.md", given.out / f"{NAME}.json"
    write_text(table, json.dumps({"recipe": asdict(recipe), **figures}, indent=2, allow_nan=False) + "\n")
    write_text(page, markdown(figures, stated_baselines(given.data), recipe))
    for path in (page, table):
        told.print(f"wrote {path}")


if __name__ == "__main__":
    main()
