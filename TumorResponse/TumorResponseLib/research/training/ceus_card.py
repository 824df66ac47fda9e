"""Metadata and model card of a CEUS bundle.

    python -m TumorResponseLib.research.training.ceus_card --bundle BUNDLE --metrics metrics.json

puts the figures of an evaluation into the card of the bundle that was evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import monai
import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from TumorResponseLib.predict.ceus import ENDPOINT, INPUT, NAME
from TumorResponseLib.predict.ceus_image import CHANNELS, CLASSES, SAMPLES, STEP_MM
from TumorResponseLib.research.evaluation.metrics_file import short_hash
from TumorResponseLib.research.evaluation.multiclass import multiclass_metrics
from TumorResponseLib.research.networks.perfusion_cnn import CELL, feature_count
from TumorResponseLib.research.training.card_figures import run_command
from TumorResponseLib.research.training.ceus_images import PerfusionSet
from TumorResponseLib.research.training.ceus_settings import REAL_ONLY, SETTINGS, SYNTHETIC_ONLY, Recipe
from TumorResponseLib.research.training.model_card import Table, model_card, with_interval

VERSION = "1.0.0"

ENSEMBLE, ORACLE, REPEATED, SYNTHETIC = "ceus", "oracle", "repeated", "synthetic images"
"""Names in ``metrics.json``: of the shipped bundle, of the truth, of the repeated splits, and of their images."""

SPLIT_TITLES = {
    "test": "Test patients, on whom nothing was trained",
    "internal": "Internal validation",
    "external": "External validation",
    "train": "Training patients again (resubstitution: the networks saw them; no evidence)",
}
"""In the order of the card."""

LIMITS = (
    "Where the evidence is a virtual cohort, the figures say that the pipeline recovers what was put into the cines, "
    "and nothing about mice or patients.",
    "Displayed grey values are read as they are: log compression is not undone, since the dynamic range is rarely "
    "known; it is cancelled as far as speckle allows, and a scanner's own grey map is not.",
    "The outline is taken as given: no network outlines tumours in contrast mode; give the mask or draw it.",
    "The interval tells how much the answer depends on which patients were drawn for training; it does not cover a "
    "wrong outline, nor a cine from outside the training set.",
    "Whether a cine lies outside is told from the networks' own features: what they cannot see, they cannot flag.",
)
REFERENCES = (
    "CEUS-CNN, Front. Artif. Intell. 2026, on 587 images of mice that are not public: test accuracy 0.877 with real "
    "images only (responsive 0.941, stable 0.615, non-responsive 0.963), 0.930 with synthetic ones added (1.000, "
    "0.769, 0.963). Context, not a result of this bundle.",
    "T. Park et al., Semantic image synthesis with spatially-adaptive normalization, CVPR 2019; MONAI's SPADENet.",
    "B. Zhou et al., Learning deep features for discriminative localization, CVPR 2016 (class activation maps).",
    "E. A. Eisenhauer et al., RECIST 1.1, Eur J Cancer 45:228, 2009.",
)
STABLE = CLASSES.index("stable")
HEADER = ("", "accuracy (95 % interval)", *(f"{name}" for name in CLASSES), "macro AUC", "log loss")


def training_metadata(images: PerfusionSet, recipe: Recipe, setting: str) -> dict[str, Any]:
    """``configs/metadata.json`` but for the weights."""
    virtual = images.is_virtual
    counts = ", ".join(f"{count} {name}" for name, count in zip(CLASSES, np.bincount(images.responses), strict=True))
    kind = "virtual mice of the cohort simulated by `tumor-response simulate ceus`" if virtual else "subjects"
    perfusion = {
        "type": "image",
        "format": "magnitude",
        "modality": "US",
        "num_channels": len(CHANNELS),
        "spatial_shape": [SAMPLES, SAMPLES],
        "dtype": "float32",
        "value_range": [],
        "is_patch_data": True,
        "channel_def": {str(number): text for number, text in enumerate(CHANNELS)},
    }
    return {
        "name": NAME,
        "system": NAME,
        "version": VERSION,
        "changelog": {VERSION: "First networks."},
        "monai_version": monai.__version__,
        "task": "Prediction of response to chemo-immunotherapy on contrast-enhanced ultrasound",
        "description": "CEUS: convolutional networks on the perfusion image of one contrast cine (peak enhancement, "
        "time to peak, persistence) predict before therapy whether a tumour will be non-responsive, stable or "
        "responsive by RECIST 1.1.",
        "authors": "TumorResponse developers",
        "copyright": "TumorResponse developers",
        "intended_use": "Research and teaching on perfusion and response; a pattern to train on a site's own cines.",
        "training_data": f"{len(images)} cines of {len(set(images.patients.tolist()))} {kind}: {counts}; "
        f"{recipe.folds} networks, each without one fold; setting chosen on the held-out folds: {setting}; cohort "
        f"{short_hash(images.cohort_sha256)}.",
        "evidence": "virtual cohort" if virtual else "patients",
        "licence": "Apache-2.0",
        "endpoint": ENDPOINT,
        "setting": setting,
        "recipe": asdict(recipe),
        "grid_step_mm": STEP_MM,
        "tumour_area_mm2": [float(f"{limit:.4g}") for limit in (images.areas_mm2.min(), images.areas_mm2.max())],
        "network_data_format": {
            "inputs": {INPUT: perfusion},
            "outputs": {
                "logits": {"type": "logit", "num_channels": recipe.folds * len(CLASSES), "dtype": "float32"},
                "features": {
                    "type": "features",
                    "num_channels": recipe.folds * feature_count(recipe.classifier.widths),
                    "dtype": "float32",
                },
                "activation": {
                    "type": "image",
                    "format": "activation",
                    "num_channels": len(CLASSES),
                    "spatial_shape": [SAMPLES // CELL, SAMPLES // CELL],
                    "dtype": "float32",
                },
            },
        },
    }


def training_card(
    metadata: Mapping[str, Any], images: PerfusionSet, held_out: Mapping[str, NDArray[np.float64]]
) -> str:
    """The card of a bundle that was trained and not evaluated yet, with the held-out figures of each setting."""
    rows = []
    for setting, logits in held_out.items():
        figures = multiclass_metrics(images.responses, softmax(logits, axis=1), images.patients, CLASSES)
        rows.append(_row(setting, vars(figures)))
    caption = "Training patients, each predicted by the network that did not see this patient."
    return model_card(metadata, [Table(caption, HEADER, rows)], LIMITS, REFERENCES)


def evaluated_card(metadata: Mapping[str, Any], splits: Mapping[str, Mapping[str, Any]]) -> str:
    """The card with the figures of ``metrics.json``."""
    tables = [
        Table(
            f"{title}, {splits[split][ENSEMBLE]['patients']} patients{_ratio(splits[split])}",
            HEADER,
            [_row(name, splits[split][name]) for name in (ENSEMBLE, ORACLE) if name in splits[split]],
        )
        for split, title in SPLIT_TITLES.items()
        if split in splits
    ]
    if REPEATED in splits:
        tables = [*tables[:1], *_repeated_tables(metadata, splits[REPEATED]), *tables[1:]]
    return model_card(metadata, tables, LIMITS, REFERENCES)


def _repeated_tables(metadata: Mapping[str, Any], figures: Mapping[str, Any]) -> list[Table]:
    names = [name for name in (*SETTINGS, SYNTHETIC_ONLY, ORACLE) if name in figures]
    recipe = metadata["recipe"]
    real = figures[REAL_ONLY]
    changes = "; ".join(
        f"{setting} changes the accuracy by {figures[setting]['accuracy'] - real['accuracy']:+.3f} and that of the "
        f"stable class by {figures[setting]['accuracy_by_class'][STABLE] - real['accuracy_by_class'][STABLE]:+.3f}"
        for setting in SETTINGS
        if setting != REAL_ONLY
    )
    settings = Table(
        f"The three settings over {recipe['repeats']} repeated splits by patient, {recipe['held_out']:.0%} held out; "
        f"a single network each, trained from the start on the rest. Against real images only, {changes}. Shipped, by "
        f"the held-out folds of the training patients: {metadata['setting']}.",
        HEADER,
        [_row(name, figures[name]) for name in names],
    )
    synthetic = figures[SYNTHETIC]
    images = Table(
        f"The synthetic images of these splits ({synthetic['images']} of them), against real ones held out. "
        f"{synthetic['copies']:.1%} lie nearer to a training image than 99 of 100 held-out real ones do.",
        ("", "synthetic", "real"),
        [
            (label, f"{synthetic[key]:.3f}", f"{synthetic[key + '_of_real']:.3f}")
            for label, key in (
                ("median distance to the nearest training image", "nearest_training"),
                ("feature-space distance to held-out real images", "feature_distance"),
            )
        ],
    )
    return [settings, images]


def _row(name: str, figures: Mapping[str, Any]) -> Sequence[str]:
    by_class = zip(figures["accuracy_by_class"], figures["accuracy_by_class_ci"], strict=True)
    return (
        name,
        with_interval(figures["accuracy"], figures["accuracy_ci"]),
        *(with_interval(*pair) for pair in by_class),
        with_interval(figures["auc"], figures["auc_ci"]),
        f"{figures['log_loss']:.3f}",
    )


def _ratio(models: Mapping[str, Any]) -> str:
    ratio = models[ENSEMBLE].get("accuracy_of_oracle")
    outside = models[ENSEMBLE].get("outside_distribution")
    reached = "" if ratio is None else f" The bundle reaches {ratio:.3f} of the oracle's accuracy."
    flagged = "" if outside is None else f" {outside:.0%} of the cines were told to lie outside the training set."
    return f".{reached}{flagged}"


if __name__ == "__main__":
    run_command("CEUS", evaluated_card)
