"""Metadata and model card of a DLRS3 bundle.

    python -m TumorResponseLib.research.training.dlrs3_card --bundle BUNDLE --metrics metrics.json

puts the figures of an evaluation into the card of the bundle that was evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import monai

from TumorResponseLib.predict.dlrs3 import ENDPOINT, INPUT, NAME
from TumorResponseLib.predict.dlrs3_crops import CHANNELS, MARGINS_MM, SAMPLES, STEP_MM
from TumorResponseLib.research.evaluation.classification import binary_metrics
from TumorResponseLib.research.evaluation.metrics_file import short_hash
from TumorResponseLib.research.networks.region_resnet import feature_count
from TumorResponseLib.research.training.card_figures import run_command
from TumorResponseLib.research.training.dlrs3_crops import CropSet
from TumorResponseLib.research.training.dlrs3_folds import Recipe
from TumorResponseLib.research.training.model_card import Table, model_card, with_interval

FUSION = "fusion"
"""Name of the stacking model among the models of an evaluation."""
OWN_OUTLINE = "fusion-own-outline"
"""The same from the segmentation bundle's outline in place of the cohort's."""
SEGMENTATION = "segmentation"
"""Figures of that outline."""
OUTLINER = "bundle"
"""Among them: which bundle drew it."""

OUT_OF_FOLD = "models/out_of_fold.json"
"""Outcomes and out-of-fold probabilities of the training patients, without their codes."""

VERSION = "1.0.0"

SPLIT_TITLES = {
    "train_out_of_fold": "Training patients, each predicted by the networks that did not see this patient",
    "internal": "Internal validation",
    "external": "External validation (another centre)",
    "test": "Test",
    "train": "Training patients again (resubstitution: the networks saw them; no evidence)",
}
"""In the order of the card."""

LIMITS = (
    "Where the evidence is a virtual cohort, the figures say that the pipeline recovers what was put into the images, "
    "and nothing about patients.",
    "One still image after two cycles; no change over time, no receptor status, no clinical values.",
    "The outline is taken as given: the figures hold for outlines as good as the cohort's, but for those of the row "
    f"{OWN_OUTLINE}, where nobody corrected what the segmentation bundle drew.",
    "The interval tells how much the answer depends on which patients were drawn for training; it does not cover a "
    "wrong outline, nor an image from outside the training set.",
    "Whether an image lies outside is told from the networks' own features: what they cannot see, they cannot flag.",
)
REFERENCES = (
    "DLRS3, BMC Cancer 25:1737, 2025, on 469 patients whose images are not public: AUC of the fusion 0.848 to 0.919 "
    "(training), 0.965 (internal), up to 0.938 (external). Context, not a result of this bundle.",
    "K. He et al., Deep residual learning, CVPR 2016; MONAI's ResNet.",
    "B. Zhou et al., Learning deep features for discriminative localization, CVPR 2016 (class activation maps).",
    "D. H. Wolpert, Stacked generalization, Neural Networks 5:241, 1992.",
)


def training_metadata(crops: CropSet, recipe: Recipe, virtual: bool) -> dict[str, Any]:
    """``configs/metadata.json`` but for the weights."""
    responders = int(crops.outcomes.sum())
    cells = SAMPLES // 4
    kind = "virtual patients of the cohort simulated by `tumor-response simulate dlrs3`" if virtual else "patients"
    crop = {
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
    activation = {"type": "image", "format": "activation", "num_channels": 1, "spatial_shape": [cells, cells]}
    return {
        "name": NAME,
        "system": NAME,
        "version": VERSION,
        "changelog": {VERSION: "First networks."},
        "monai_version": monai.__version__,
        "task": "Prediction of response to neoadjuvant chemotherapy on breast ultrasound",
        "description": "DLRS3: a ResNet for the tumour and one each for the tumour with its 3, 5 and 10 mm margin, "
        "joined by a stacking model, predict from one B-mode image after two cycles whether the cancer will respond.",
        "authors": "TumorResponse developers",
        "copyright": "TumorResponse developers",
        "intended_use": "Research and teaching on peritumoral response prediction; a pattern to train on a site's own "
        "patients.",
        "training_data": f"{len(crops)} images of {len(set(crops.patients.tolist()))} {kind}, {responders} of "
        f"responders; {recipe.folds} networks a region, each without one fold; cohort "
        f"{short_hash(crops.cohort_sha256)}.",
        "evidence": "virtual cohort" if virtual else "patients",
        "licence": "Apache-2.0",
        "endpoint": ENDPOINT,
        "margins_mm": MARGINS_MM,
        "crop_step_mm": STEP_MM,
        "tumour_area_mm2": [float(f"{limit:.4g}") for limit in (crops.areas_mm2.min(), crops.areas_mm2.max())],
        "network_data_format": {
            "inputs": {INPUT: crop},
            "outputs": {
                "logits": {"type": "logit", "num_channels": recipe.folds, "dtype": "float32"},
                "features": {
                    "type": "features",
                    "num_channels": recipe.folds * feature_count(recipe.widths),
                    "dtype": "float32",
                },
                "activation": {**activation, "dtype": "float32"},
            },
        },
    }


def training_card(metadata: Mapping[str, Any], held_out: Mapping[str, Any]) -> str:
    """The card of a bundle that was trained and not evaluated yet, with its out-of-fold figures."""
    models = {
        name: binary_metrics(held_out["outcomes"], probabilities)
        for name, probabilities in held_out["probabilities"].items()
    }
    rows = [_row(name, vars(figures)) for name, figures in models.items()]
    return model_card(metadata, [Table(f"{SPLIT_TITLES['train_out_of_fold']}.", HEADER, rows)], LIMITS, REFERENCES)


def evaluated_card(metadata: Mapping[str, Any], splits: Mapping[str, Mapping[str, Any]]) -> str:
    """The card with the figures of ``metrics.json``."""
    tables = [
        Table(
            f"{title}, {splits[split][FUSION]['patients']} patients{_comparison(splits[split])}",
            HEADER,
            [_row(name, figures) for name, figures in splits[split].items() if "auc" in figures],
        )
        for split, title in SPLIT_TITLES.items()
        if split in splits
    ]
    return model_card(metadata, tables, LIMITS, REFERENCES)


HEADER = ("model", "AUC (95 % interval)", "sensitivity", "specificity", "Brier score", "calibration slope")


def _row(name: str, figures: Mapping[str, Any]) -> Sequence[str]:
    slope = (figures.get("calibration") or {}).get("slope")
    others = [f"{figures[key]:.2f}" if key in figures else "" for key in ("sensitivity", "specificity")]
    brier = f"{figures['brier']:.3f}" if "brier" in figures else ""
    return (
        name,
        with_interval(figures["auc"], figures["auc_ci"]),
        *others,
        brier,
        "" if slope is None else f"{slope:.2f}",
    )


def _comparison(models: Mapping[str, Any]) -> str:
    test = models[FUSION].get("delong")
    if test is None:
        return "."
    outside = models[FUSION].get("outside_distribution")
    flagged = "" if outside is None else f" {outside:.0%} of the images were told to lie outside the training set."
    if SEGMENTATION in models:
        outline = models[SEGMENTATION]
        drawn_by = f"{outline[OUTLINER]['name']} {outline[OUTLINER]['version']}"
        flagged += (
            f" The outlines of {drawn_by} agree with the cohort's to a mean Dice of "
            f"{with_interval(outline['dice'], outline['dice_ci'])}; {models[OWN_OUTLINE]['tumours_missed']} of "
            f"{outline['lesions']} tumours were not found, and are in the row {OWN_OUTLINE} with the cohort's outline."
        )
    return (
        f". Fusion against {test['against']}, the best single region here: AUC difference {test['difference']:+.3f} "
        f"({test['interval'][0]:+.3f} to {test['interval'][1]:+.3f}), DeLong p = {test['p_value']:.2g}.{flagged}"
    )


if __name__ == "__main__":
    run_command("DLRS3", evaluated_card)
