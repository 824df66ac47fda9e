"""Evaluate a DLRS3 bundle on a cohort: figures for each split, region and the fusion, the oracle beside them.

The bundle is run by the very code that reads a study, from the cohort's outlines and, on patients that it was not
trained on, from those of the segmentation bundle, as in a reading that nobody corrects. Patients of split ``train``
were seen by the networks, so their figures are resubstitution; ``train_out_of_fold`` beside them holds the out-of-fold
predictions that the training stored in the bundle, when this is the cohort that it was trained on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from TumorResponseLib.models.bundle import Bundle, default_folders, read_bundle
from TumorResponseLib.models.device import resolve_device
from TumorResponseLib.models.runtime import ModelLibrary, OpenBundle
from TumorResponseLib.predict.dlrs3 import NAME, THRESHOLD
from TumorResponseLib.predict.dlrs3_crops import REGIONS
from TumorResponseLib.predict.segmentation import BREAST_ULTRASOUND
from TumorResponseLib.research.evaluation.calibration import calibration
from TumorResponseLib.research.evaluation.classification import binary_metrics
from TumorResponseLib.research.evaluation.decision_curve import decision_curve
from TumorResponseLib.research.evaluation.delong import auc_with_interval, paired_test
from TumorResponseLib.research.evaluation.dlrs3_predictions import (
    ReadPatient,
    oracle_logits,
    outcomes_of,
    read_patients,
)
from TumorResponseLib.research.evaluation.evaluated_rows import evaluated_rows
from TumorResponseLib.research.evaluation.figures import (
    calibration_figure,
    decision_figure,
    figure_title,
    roc_figure,
    save_svg,
)
from TumorResponseLib.research.evaluation.metrics_file import hash_cohort, write_metrics
from TumorResponseLib.research.evaluation.saliency import SALIENCY
from TumorResponseLib.research.evaluation.saliency_check import check_saliency
from TumorResponseLib.research.evaluation.segmentation import segmentation_metrics
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.dlrs3_card import (
    FUSION,
    OUT_OF_FOLD,
    OUTLINER,
    OWN_OUTLINE,
    SEGMENTATION,
)

ORACLE = "oracle"
SALIENCY_SPLIT = "external"

Probabilities = Mapping[str, NDArray[np.float64]]


def evaluate(bundle: Path, cohort: Path, out: Path, progress: Progress) -> Path:
    """Write ``metrics.json`` and the figures; return the former.

    Args:
        bundle: bundle folder.
        cohort: folder with ``cohort.csv``; a row needs image, spacing, tumour mask and response.
        out: folder to write.
        progress: told of the images read and their number.

    Raises:
        BundleError: the bundle, or the one that outlines breast lesions, cannot be used.
        StudyError: the cohort cannot be read, or a split has fewer than two patients of either outcome.
    """
    device = resolve_device("auto")
    opened = OpenBundle(read_bundle(bundle), device)
    outliner = ModelLibrary(default_folders(), device).open(BREAST_ULTRASOUND)
    sha256 = hash_cohort(cohort)
    patients = read_patients(evaluated_rows(cohort, sha256, opened.bundle), opened, outliner, progress)
    splits: dict[str, dict[str, Any]] = {}
    for split in dict.fromkeys(patient.row.split for patient in patients):
        chosen = [patient for patient in patients if patient.row.split == split]
        title = figure_title(split, len(chosen), "patients", opened.bundle)
        splits[split] = _split_figures(chosen, title, out / split)
        if SEGMENTATION in splits[split]:
            splits[split][SEGMENTATION][OUTLINER] = told_bundle(outliner.bundle)
    held_out = opened.bundle.read_json(OUT_OF_FOLD)
    if held_out["cohort_sha256"] == sha256:
        probabilities = {model: np.array(values) for model, values in held_out["probabilities"].items()}
        splits["train_out_of_fold"] = model_figures(held_out["outcomes"], probabilities)
    if SALIENCY_SPLIT in splits:
        rows = [patient.row for patient in patients if patient.row.split == SALIENCY_SPLIT]
        splits[SALIENCY_SPLIT][SALIENCY] = asdict(check_saliency(rows, opened))
    path = out / "metrics.json"
    write_metrics(path, NAME, opened.bundle.sha256, sha256, splits)
    return path


def told_bundle(bundle: Bundle) -> dict[str, str]:
    """Which bundle figures are of."""
    return {"name": bundle.name, "version": bundle.metadata["version"], "sha256": bundle.sha256}


def model_figures(outcomes: ArrayLike, probabilities: Probabilities) -> dict[str, Any]:
    """Figures by model, and DeLong's test of the fusion against the best single region of the same patients.

    Choosing that region on these patients favours it, so that the test is on the safe side.
    """
    figures: dict[str, Any] = {
        name: {
            **asdict(binary_metrics(outcomes, values, THRESHOLD)),
            "calibration": asdict(calibration(outcomes, values)),
            "decision_curve": asdict(decision_curve(outcomes, values)),
        }
        for name, values in probabilities.items()
    }
    best = max(REGIONS, key=lambda region: figures[region]["auc"])
    test = paired_test(outcomes, probabilities[FUSION], probabilities[best])
    figures[FUSION]["delong"] = {"against": best, **asdict(test)}
    return figures


def _split_figures(patients: Sequence[ReadPatient], title: str, stem: Path) -> dict[str, Any]:
    outcomes = outcomes_of(patients)
    probabilities = {
        FUSION: np.array([patient.prediction.probabilities[-1] for patient in patients]),
        **{region: np.array([patient.prediction.branches[region] for patient in patients]) for region in REGIONS},
    }
    own = [patient.own for patient in patients if patient.own is not None]
    if own:
        probabilities[OWN_OUTLINE] = np.array([one.prediction.probabilities[-1] for one in own])
    truth = [patient.row.oracle_probability for patient in patients]
    oracle = np.array(truth, dtype=np.float64) if None not in truth else None
    if oracle is not None:
        probabilities[ORACLE] = oracle
    figures = model_figures(outcomes, probabilities)
    if own:
        figures[OWN_OUTLINE]["tumours_missed"] = sum(not one.found for one in own)
        figures[SEGMENTATION] = asdict(segmentation_metrics([one.score for one in own]))
    outside = [not patient.prediction.in_distribution for patient in patients]
    figures[FUSION]["outside_distribution"] = float(np.mean(outside))
    if oracle is not None:
        figures[FUSION]["auc_of_oracle"] = figures[FUSION]["auc"] / figures[ORACLE]["auc"]
        bounds = np.array([patient.prediction.interval for patient in patients])
        figures[FUSION]["truth_in_interval"] = float(np.mean((bounds[:, 0] <= oracle) & (oracle <= bounds[:, 1])))
    for region, logits in oracle_logits(patients).items():
        auc = auc_with_interval(outcomes, logits)
        figures[f"{ORACLE}-{region}"] = {"auc": auc.value, "auc_ci": auc.interval}
    _draw(outcomes, probabilities, title, stem)
    return figures


def _draw(outcomes: NDArray[np.int64], probabilities: Probabilities, title: str, stem: Path) -> None:
    """``<split>-roc.svg``, ``-calibration.svg`` and ``-decision.svg``."""
    curves = {name: (outcomes, values) for name, values in probabilities.items()}
    shown = {name: probabilities[name] for name in (FUSION, ORACLE) if name in probabilities}
    figures = {
        "roc": roc_figure(curves, title),
        "calibration": calibration_figure({name: calibration(outcomes, p) for name, p in shown.items()}, title),
        "decision": decision_figure({name: decision_curve(outcomes, p) for name, p in probabilities.items()}, title),
    }
    for kind, figure in figures.items():
        save_svg(figure, stem.with_name(f"{stem.name}-{kind}.svg"))
