"""Evaluate a PRRT-PFS bundle on a cohort: the shipped models on each split, and the seven models over repeated splits.

The bundle is run by the very code that reads a study. Patients of split ``train`` were seen by its networks, so their
figures are resubstitution. The repeated splits train every model anew, by the bundle's own recipe, on patients of split
``train`` of this cohort (all of one that names no splits), and test it on others of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from TumorResponseLib.core.loading import CohortRow, study_of
from TumorResponseLib.models.bundle import read_bundle
from TumorResponseLib.models.device import resolve_device
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.prrt_inputs import PET
from TumorResponseLib.predict.prrt_networks import GROUPS
from TumorResponseLib.predict.prrt_pfs import NAME, THRESHOLD, PrrtPfs
from TumorResponseLib.predict.system import Prediction
from TumorResponseLib.research.cohorts.prrt_biology import true_survival
from TumorResponseLib.research.evaluation.classification import binary_metrics
from TumorResponseLib.research.evaluation.evaluated_rows import evaluated_rows
from TumorResponseLib.research.evaluation.figures import figure_title, roc_figure, save_svg
from TumorResponseLib.research.evaluation.metrics_file import hash_cohort, write_metrics
from TumorResponseLib.research.evaluation.prrt_figures import (
    TIMES,
    crossed_survival,
    discrimination,
    free_hazards,
    halves,
    oracle_survival,
    paired,
    proportional_odds,
    survival_spread,
)
from TumorResponseLib.research.evaluation.prrt_repeats import Answers, folds_of, run_repeats
from TumorResponseLib.research.evaluation.prrt_saliency import check_saliency
from TumorResponseLib.research.evaluation.survival.brier import brier_curve
from TumorResponseLib.research.evaluation.survival.figures import brier_figure, kaplan_meier_figure
from TumorResponseLib.research.evaluation.survival.kaplan_meier import log_rank, risk_groups
from TumorResponseLib.research.evaluation.survival.times import SurvivalTimes, survival_times
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.prrt import start_of
from TumorResponseLib.research.training.prrt_answers import GROUP_NAMES
from TumorResponseLib.research.training.prrt_card import ORACLE, PAIRED, REPEATED, SALIENCY, SHIPPED, SURVIVAL
from TumorResponseLib.research.training.prrt_images import LesionSet, read_lesions, require_outcome
from TumorResponseLib.research.training.prrt_settings import FOREST, FUSION, PRETRAINED, Recipe
from TumorResponseLib.research.training.training_split import TRAIN

MOST_CHECKED = 60
"""Patients whose saliency is checked."""

MONTHS = (0.0, 6.0, 12.0, 18.0, 24.0, 36.0, 48.0)
FREE = "free hazards"


@dataclass(frozen=True)
class ReadPatient:
    """A row with what the bundle says of it."""

    row: CohortRow
    prediction: Prediction


def evaluate(bundle: Path, cohort: Path, out: Path, progress: Progress) -> Path:
    """Write ``metrics.json`` and the figures; return the former.

    Args:
        bundle: bundle folder.
        cohort: folder with ``cohort.csv``, as `training.prrt.train` needs it.
        out: folder to write; repeated splits that are done are kept in it until all are.
        progress: told of the patients read, then of the folds done, and their number.

    Raises:
        BundleError: the bundle cannot be used.
        StudyError: the cohort cannot be read, or a split has too few patients of either outcome.
    """
    opened = OpenBundle(read_bundle(bundle), resolve_device("auto"))
    sha256 = hash_cohort(cohort)
    patients = read_patients(evaluated_rows(cohort, sha256, opened.bundle), opened, progress)
    splits: dict[str, dict[str, Any]] = {}
    for split in dict.fromkeys(patient.row.split for patient in patients):
        chosen = [patient for patient in patients if patient.row.split == split]
        splits[split] = _split_figures(chosen)
        title = figure_title(split, len(chosen), "patients", opened.bundle)
        _draw_split(chosen, float(opened.bundle.read_json(GROUPS)["cut"]), title, out / split)
    unseen = [patient.row for patient in patients if patient.row.split != TRAIN]
    if unseen:
        splits[SALIENCY] = asdict(check_saliency(unseen[:MOST_CHECKED], opened))
    recipe, work = Recipe.of_json(opened.bundle.setting("recipe")), out / ".repeats"
    work.mkdir(parents=True, exist_ok=True)
    learned = read_lesions(cohort, work / "lesions.npz", progress).training()
    answers = run_repeats(learned, start_of(cohort, recipe, progress), recipe, work, progress)
    splits[REPEATED] = repeated_figures(learned, answers, recipe, out)
    path = out / "metrics.json"
    write_metrics(path, NAME, opened.bundle.sha256, sha256, splits)
    shutil.rmtree(work)
    return path


def read_patients(rows: Sequence[CohortRow], bundle: OpenBundle, progress: Progress) -> list[ReadPatient]:
    """Every row, read with the cohort's own outline of the lesions.

    Raises:
        StudyError: a row lacks mask or outcome, or cannot be read.
    """
    for row in rows:
        require_outcome(row)
    system, found = PrrtPfs(), []
    for done, row in enumerate(rows, start=1):
        study = study_of(row)
        found.append(ReadPatient(row, system.predict(study, study.masks[PET], bundle).prediction))
        progress(done, len(rows))
    return found


def repeated_figures(patients: LesionSet, answers: Answers, recipe: Recipe, out: Path) -> dict[str, Any]:
    """Figures by model over the repeats, the paired comparison with the forest, and survival of the fusions."""
    folds = folds_of(patients, recipe)
    known = dict(answers)
    if patients.is_virtual:
        known[ORACLE] = np.tile(patients.oracle, (recipe.repeats, 1))
    figures: dict[str, Any] = discrimination(known, folds, patients.responses)
    figures.setdefault(ORACLE, {})
    figures[ORACLE] |= {
        "patients": len(patients),
        "positives": int(patients.responses.sum()),
        "base_rate": float(patients.responses.mean()),
    }
    figures[PAIRED] = paired(answers, folds, patients.responses, FOREST)
    head = proportional_odds(recipe.edges_months)
    survival = {
        name: crossed_survival(answers[name], folds, patients, head)
        for name in (FOREST, FUSION, PRETRAINED)
        if name in answers
    }
    best = PRETRAINED if PRETRAINED in answers else FUSION
    survival[f"{best}, {FREE}"] = crossed_survival(answers[best], folds, patients, free_hazards)
    if patients.is_virtual:
        survival[ORACLE] = np.repeat(oracle_survival(patients, true_survival), recipe.repeats, axis=0)
    figures[SURVIVAL] = {name: asdict(survival_spread(one, folds, patients)) for name, one in survival.items()}
    _draw_repeats(patients, survival, folds, best, out)
    return figures


def _split_figures(patients: Sequence[ReadPatient]) -> dict[str, Any]:
    truth = np.array([patient.row.response for patient in patients])
    told = {SHIPPED: np.array([patient.prediction.probabilities[-1] for patient in patients])}
    for branch in patients[0].prediction.branches:
        told[branch] = np.array([patient.prediction.branches[branch] for patient in patients])
    oracle = [patient.row.oracle_probability for patient in patients]
    if None not in oracle:
        told[ORACLE] = np.array(oracle, dtype=np.float64)
    figures: dict[str, Any] = {
        name: asdict(binary_metrics(truth, values, THRESHOLD))
        | {"auprc": float(average_precision_score(truth, values))}
        for name, values in told.items()
    }
    outside = [not patient.prediction.in_distribution for patient in patients]
    figures[SHIPPED]["outside_distribution"] = float(np.mean(outside))
    if ORACLE in told:
        bounds, true = np.array([patient.prediction.interval for patient in patients]), told[ORACLE]
        figures[SHIPPED]["truth_in_interval"] = float(np.mean((bounds[:, 0] <= true) & (true <= bounds[:, 1])))
    return figures


def _draw_split(patients: Sequence[ReadPatient], cut: float, title: str, stem: Path) -> None:
    """``<split>-roc.svg`` and ``<split>-kaplan-meier.svg``."""
    truth = np.array([patient.row.response for patient in patients])
    risks = np.array([patient.prediction.probabilities[-1] for patient in patients])
    save_svg(roc_figure({SHIPPED: (truth, risks)}, title), stem.with_name(f"{stem.name}-roc.svg"))
    rows = [patient.row for patient in patients]
    followed = survival_times(np.array([row.time_months for row in rows]), np.array([row.event for row in rows]))
    _draw_groups(followed, risk_groups(risks, [cut]), title, stem.with_name(f"{stem.name}-kaplan-meier.svg"))


def _draw_repeats(
    patients: LesionSet, survival: dict[str, NDArray[np.float64]], folds: NDArray[np.int64], best: str, out: Path
) -> None:
    """``repeated-brier.svg`` and ``repeated-kaplan-meier.svg``, of the first repeat."""
    curves = {name: brier_curve(patients.followed, one[0], TIMES) for name, one in survival.items()}
    save_svg(brier_figure(curves, "First repeat, out of fold", "months"), out / "repeated-brier.svg")
    risks = 1.0 - survival[best][0, :, TIMES.tolist().index(12.0)]
    member = halves(risks, folds[0])
    _draw_groups(patients.followed, member, f"{best}, first repeat, out of fold", out / "repeated-kaplan-meier.svg")


def _draw_groups(followed: SurvivalTimes, member: NDArray[np.int64], title: str, path: Path) -> None:
    """Nothing where all patients are of one group."""
    if len(np.unique(member)) < len(GROUP_NAMES):
        return
    groups = {name: followed.of(member == number) for number, name in enumerate(GROUP_NAMES)}
    save_svg(kaplan_meier_figure(groups, log_rank(followed, member), MONTHS, title, "months"), path)
