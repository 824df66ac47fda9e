"""Evaluate a CEUS bundle on a cohort: the shipped networks on each split, and the three settings over repeated splits.

The bundle is run by the very code that reads a study. The repeated splits train every setting anew, by the bundle's own
recipe, on patients of this cohort, and test it on others of them; the shipped networks have no part in that.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from TumorResponseLib.core.loading import study_of
from TumorResponseLib.core.loading.rows import TUMOUR_ROLE
from TumorResponseLib.models.bundle import read_bundle
from TumorResponseLib.models.device import resolve_device
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.ceus import BRANCH, NAME, Ceus
from TumorResponseLib.predict.ceus_image import CLASSES
from TumorResponseLib.predict.system import Prediction
from TumorResponseLib.research.evaluation.ceus_repeats import repeated_figures, run_repeats
from TumorResponseLib.research.evaluation.evaluated_rows import evaluated_rows
from TumorResponseLib.research.evaluation.figures import figure_title, save_svg
from TumorResponseLib.research.evaluation.metrics_file import hash_cohort, write_metrics
from TumorResponseLib.research.evaluation.multiclass import multiclass_metrics
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.ceus_card import ENSEMBLE, ORACLE, REPEATED
from TumorResponseLib.research.training.ceus_images import (
    PerfusionSet,
    area_mm2,
    perfusion_set,
    require_class_and_mask,
)
from TumorResponseLib.research.training.ceus_settings import Recipe


def evaluate(bundle: Path, cohort: Path, out: Path, progress: Progress) -> Path:
    """Write ``metrics.json`` and the figures; return the former.

    Args:
        bundle: bundle folder.
        cohort: folder with ``cohort.csv``; a row needs a contrast cine, its spacing, a tumour mask and a response.
        out: folder to write; repeated splits that are done are kept in it until all are.
        progress: told of the cines read, then of the splits done, and their number.

    Raises:
        BundleError: the bundle cannot be used.
        StudyError: the cohort cannot be read, or a split lacks a class.
    """
    opened = OpenBundle(read_bundle(bundle), resolve_device("auto"))
    images, predictions = read_patients(cohort, opened, progress)
    splits: dict[str, dict[str, Any]] = {}
    for split in dict.fromkeys(images.splits.tolist()):
        chosen = np.flatnonzero(images.splits == split)
        splits[split] = _split_figures(images.of(chosen), [predictions[index] for index in chosen])
        title = figure_title(split, len(chosen), "cines", opened.bundle)
        for model, figures in splits[split].items():
            save_svg(confusion_figure(figures, f"{model}, {title}"), out / f"{split}-{model}-confusion.svg")
    work = out / ".repeats"
    repeats = run_repeats(images, Recipe.of_json(opened.bundle.setting("recipe")), work, progress)
    splits[REPEATED] = repeated_figures(images, repeats)
    path = out / "metrics.json"
    write_metrics(path, NAME, opened.bundle.sha256, images.cohort_sha256, splits)
    shutil.rmtree(work)
    return path


def read_patients(cohort: Path, bundle: OpenBundle, progress: Progress) -> tuple[PerfusionSet, list[Prediction]]:
    """Every row's perfusion image and what the bundle says of it, with the cohort's own tumour mask.

    Raises:
        StudyError: a row lacks mask or response, or cannot be read.
    """
    sha256 = hash_cohort(cohort)
    rows, system = evaluated_rows(cohort, sha256, bundle.bundle), Ceus()
    for row in rows:
        require_class_and_mask(row)
    inputs, areas, predictions = [], [], []
    for done, row in enumerate(rows, start=1):
        study = study_of(row)
        tumour = study.masks[TUMOUR_ROLE]
        output = system.predict(study, tumour, bundle)
        inputs.append(output.inputs[BRANCH])
        areas.append(area_mm2(tumour, study.image()))
        predictions.append(output.prediction)
        progress(done, len(rows))
    return perfusion_set(rows, inputs, areas, sha256), predictions


def confusion_figure(figures: dict[str, Any], title: str) -> Figure:
    """The confusion matrix, true classes in rows."""
    counts: NDArray[np.int64] = np.array(figures["confusion"])
    figure = Figure(figsize=(4.5, 4.5), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(counts / counts.sum(axis=1, keepdims=True), cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(*counts.shape):
        dark = counts[row, column] > 0.5 * counts[row].sum()
        axes.text(column, row, str(counts[row, column]), ha="center", va="center", color="white" if dark else "black")
    places = range(len(CLASSES))
    axes.set(title=title, xlabel="told", ylabel="true")
    axes.set_xticks(places, CLASSES)
    axes.set_yticks(places, CLASSES, rotation=90, va="center")
    return figure


def _split_figures(images: PerfusionSet, predictions: list[Prediction]) -> dict[str, Any]:
    told = np.array([prediction.probabilities for prediction in predictions])
    figures: dict[str, Any] = {
        ENSEMBLE: asdict(multiclass_metrics(images.responses, told, images.patients, CLASSES))
        | {"outside_distribution": float(np.mean([not prediction.in_distribution for prediction in predictions]))}
    }
    if images.is_virtual:
        figures[ORACLE] = asdict(multiclass_metrics(images.responses, images.oracle, images.patients, CLASSES))
        bounds = np.array([prediction.interval for prediction in predictions])
        truth = images.oracle[:, -1]
        figures[ENSEMBLE] |= {
            "accuracy_of_oracle": figures[ENSEMBLE]["accuracy"] / figures[ORACLE]["accuracy"],
            "truth_in_interval": float(np.mean((bounds[:, 0] <= truth) & (truth <= bounds[:, 1]))),
        }
    return figures
