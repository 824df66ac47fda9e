"""Metadata and model card of a PRRT-PFS bundle.

    python -m TumorResponseLib.research.training.prrt_card --bundle BUNDLE --metrics metrics.json

puts the figures of an evaluation into the card of the bundle that was evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import monai
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from TumorResponseLib.core.laboratory.imputation import ImputationRule
from TumorResponseLib.predict.prrt_inputs import CT, PET, SAMPLES, STEP_MM, TISSUES
from TumorResponseLib.predict.prrt_lesions import POSTPROCESSING
from TumorResponseLib.predict.prrt_pfs import NAME
from TumorResponseLib.research.evaluation.delong import auc_with_interval
from TumorResponseLib.research.evaluation.metrics_file import short_hash
from TumorResponseLib.research.networks.prrt_fusion import PrrtNetwork
from TumorResponseLib.research.training.card_figures import run_command
from TumorResponseLib.research.training.model_card import Table, model_card, with_interval
from TumorResponseLib.research.training.prrt_images import LesionSet
from TumorResponseLib.research.training.prrt_settings import FOREST, FUSION, MODELS, NETWORKS, PRETRAINED, Recipe

VERSION = "1.0.0"
ENDPOINT = "progression within a year of the start of radioligand therapy, from laboratory values, PET and CT before it"

ORACLE, REPEATED, SURVIVAL, PAIRED, SALIENCY = "oracle", "repeated", "survival", "paired", "saliency"
"""Names in ``metrics.json``."""
SHIPPED = "prrt-pfs"
TEST, TRAIN = "test", "train"

PUBLISHED: Mapping[str, tuple[str, str]] = {
    FOREST: ("0.59 ± 0.02", ""),
    "PET": ("0.42 ± 0.03", ""),
    "CT": ("0.54 ± 0.01", ""),
    PRETRAINED: ("0.72 ± 0.01", "0.80 ± 0.01"),
}
"""AUROC and AUPRC that the paper states."""

LIMITS = (
    "Where the evidence is a virtual cohort, the figures say that the pipeline recovers what was put into images and "
    "values, and nothing about patients.",
    "The lesions' outline is taken as given; the automatic outline is a threshold and takes physiologic uptake for a "
    "lesion where the user does not take it away.",
    "One examination before therapy: no change over time, no tumour grade, no treatment before; the number of therapy "
    "cycles is known afterwards only and is never read.",
    "The networks look at 160 x 192 x 224 mm around the lesions; lesions beyond are left out, with a warning.",
    "The recipe was chosen on other virtual cohorts (seeds 7, 8 and 9). There, what the convolutions find beside an "
    "image's own values in the lesions did not pay at a hundred patients, so that it is penalised strongly.",
    "The interval tells how much the answer depends on which patients were drawn for training; it does not cover what "
    "values and images leave open about a patient's true chance, a wrong outline, nor a study from outside the "
    "training set.",
)
REFERENCES = (
    "S. Baur et al., Multimodal deep learning for prediction of progression-free survival in patients with "
    "neuroendocrine tumors undergoing 177Lu-based peptide receptor radionuclide therapy, Cancers 18:1194, 2026, on 116 "
    "patients who are not public. Context, not a result of this bundle.",
    "P. McCullagh, Regression models for ordinal data, J R Stat Soc B 42:109, 1980; S. Bennett, Statistics in Medicine "
    "2:273, 1983 (proportional odds).",
    "B. Zhou et al., Learning deep features for discriminative localization, CVPR 2016 (class activation maps).",
    "C. Nadeau and Y. Bengio, Inference for the generalization error, Machine Learning 52:239, 2003.",
)
HEADER = ("model", "AUROC (95 % interval)", "AUPRC", "Brier score")
REPEATED_HEADER = ("model", "AUROC", "AUPRC", "published AUROC", "published AUPRC")
SURVIVAL_HEADER = ("model", "Harrell's C", "Uno's C", "Brier score over time", "calibration slope", "log-rank p")


def training_metadata(
    patients: LesionSet, rule: ImputationRule, recipe: Recipe, shipped: str, member: PrrtNetwork
) -> dict[str, Any]:
    """``configs/metadata.json`` but for the weights."""
    virtual = patients.is_virtual
    kind = "virtual patients of the cohort simulated by `tumor-response simulate prrt-pfs`" if virtual else "patients"
    field = {"type": "image", "dtype": "float32", "spatial_shape": list(SAMPLES), "value_range": []}
    image = {**field, "format": "magnitude", "num_channels": 1, "is_patch_data": True}
    activation = {**field, "format": "activation", "num_channels": 1}
    values = {"type": "values", "num_channels": len(rule.values), "dtype": "float32", "names": list(rule.values)}
    return {
        "name": NAME,
        "system": NAME,
        "version": VERSION,
        "changelog": {VERSION: "First networks."},
        "monai_version": monai.__version__,
        "task": "Prediction of progression after peptide receptor radionuclide therapy",
        "description": "PRRT-PFS: convolutional networks on the lesions in PET and CT, fused with laboratory values, "
        "predict before radioligand therapy of neuroendocrine tumours whether they will progress within a year, and a "
        "survival curve; beside them a random forest on the laboratory values alone.",
        "authors": "TumorResponse developers",
        "copyright": "TumorResponse developers",
        "intended_use": "Research and teaching on fusion of laboratory values and images; a pattern to train on a "
        "site's own patients.",
        "training_data": f"{len(patients)} {kind}, {int(patients.responses.sum())} with progression within a year; "
        f"{recipe.folds} networks, each without one fold; chosen on the held-out folds: {shipped}; cohort "
        f"{short_hash(patients.cohort_sha256)}.",
        "evidence": "virtual cohort" if virtual else "patients",
        "licence": "Apache-2.0",
        "endpoint": ENDPOINT,
        "setting": shipped,
        "pretrained_ct": NETWORKS[shipped].pretrained,
        "recipe": asdict(recipe),
        "cohort_sha256": patients.cohort_sha256,
        "grid_step_mm": STEP_MM,
        "lesion_volume_ml": [float(f"{one:.4g}") for one in (patients.volumes_ml.min(), patients.volumes_ml.max())],
        "postprocessing": dict(POSTPROCESSING),
        "network_data_format": {
            "inputs": {
                "laboratory": values,
                PET: {**image, "modality": "PT", "channel_def": {"0": "logarithm of SUV, scaled"}},
                CT: {**image, "modality": "CT", "channel_def": {"0": "HU, scaled"}},
                "tissues": {
                    **image,
                    "format": "segmentation",
                    "num_channels": len(TISSUES),
                    "channel_def": {str(number): text for number, text in enumerate(TISSUES)},
                },
            },
            "outputs": {
                "logits": {"type": "logit", "num_channels": recipe.folds, "dtype": "float32"},
                "features": {
                    "type": "features",
                    "num_channels": recipe.folds * member.head.in_features,
                    "dtype": "float32",
                },
                "shares": {"type": "logit", "num_channels": 3, "dtype": "float32"},
                "value_shares": {"type": "logit", "num_channels": len(rule.values), "dtype": "float32"},
                "pet_activation": activation,
                "ct_activation": activation,
            },
        },
    }


def training_card(metadata: Mapping[str, Any], patients: LesionSet, held_out: Mapping[str, NDArray[np.float64]]) -> str:
    """The card of a bundle that was trained and not evaluated yet, with its out-of-fold figures."""
    rows = []
    for name, logits in held_out.items():
        auc = auc_with_interval(patients.responses, logits)
        precision = float(average_precision_score(patients.responses, logits))
        rows.append((name, with_interval(auc.value, auc.interval), f"{precision:.3f}"))
    caption = "Training patients, each predicted by models that did not see this patient."
    return model_card(metadata, [Table(caption, HEADER[:3], rows)], LIMITS, REFERENCES)


def evaluated_card(metadata: Mapping[str, Any], splits: Mapping[str, Mapping[str, Any]]) -> str:
    """The card with the figures of ``metrics.json``."""
    tables = []
    if REPEATED in splits:
        tables += [_seven_models(metadata, splits[REPEATED]), _survival(splits[REPEATED][SURVIVAL])]
    for split, title in (
        (TEST, "Patients on whom nothing was trained, read by the shipped bundle"),
        (TRAIN, "Training patients again, read by the shipped bundle (resubstitution: it saw them; no evidence)"),
    ):
        if split in splits:
            tables.append(_shipped(title, splits[split]))
    if SALIENCY in splits:
        tables.append(_saliency(splits[SALIENCY]))
    return model_card(metadata, tables, LIMITS, REFERENCES)


def _seven_models(metadata: Mapping[str, Any], figures: Mapping[str, Any]) -> Table:
    recipe = metadata["recipe"]
    paired = figures[PAIRED][PRETRAINED if PRETRAINED in figures[PAIRED] else FUSION]
    low, high = paired["interval"]
    caption = (
        f"The models in {recipe['repeated_folds']}-fold cross-validation by patient, {recipe['repeats']} repeats, "
        f"{figures[ORACLE]['patients']} patients, {figures[ORACLE]['positives']} with progression within a year; all "
        "models on the same folds. Mean ± standard deviation over the repeats (over the test folds in brackets). "
        f"AUPRC of progression; {figures[ORACLE]['base_rate']:.2f} is chance (the paper's abstract does not say which "
        "class its AUPRC is of). The full fusion is "
        f"{paired['difference']:+.3f} above the laboratory forest in AUROC (95 % interval of Nadeau and Bengio "
        f"{low:+.3f} to {high:+.3f}), and above it in {paired['won']} of {recipe['repeats']} repeats."
    )
    rows = [
        (name, _spread(figures[name]["auroc"]), _spread(figures[name]["auprc"]), *PUBLISHED.get(name, ("", "")))
        for name in (*MODELS, ORACLE)
        if "auroc" in figures.get(name, {})
    ]
    return Table(caption, REPEATED_HEADER, rows)


def _survival(figures: Mapping[str, Any]) -> Table:
    rows = []
    for name, one in figures.items():
        slope = "" if one["calibration_slope"] is None else f"{one['calibration_slope']:.2f}"
        p_value = "" if one["log_rank_p"] is None else f"{one['log_rank_p']:.2g}"
        cells = (_spread(one[key], folds=False) for key in ("harrell_c", "uno_c", "integrated_brier"))
        rows.append((name, *cells, slope, p_value))
    caption = (
        "Survival over the same repeats: mean ± standard deviation. Curves of a test fold are calibrated on the "
        "out-of-fold answers of the other folds. Calibration slope at a year, of each patient's mean prediction; "
        "log-rank test of the patients above and below the median risk of the other folds, median over the repeats."
    )
    return Table(caption, SURVIVAL_HEADER, rows)


def _shipped(title: str, models: Mapping[str, Any]) -> Table:
    shipped = models[SHIPPED]
    said = f"{shipped['outside_distribution']:.0%} were told to lie outside the training set"
    within = shipped.get("truth_in_interval")
    covered = "" if within is None else f"; the true chance lies in the interval in {within:.0%}"
    rows = [
        (name, with_interval(one["auc"], one["auc_ci"]), f"{one['auprc']:.3f}", f"{one['brier']:.3f}")
        for name, one in models.items()
        if "auc" in one
    ]
    return Table(f"{title}: {shipped['patients']} patients; {said}{covered}.", HEADER, rows)


def _saliency(figures: Mapping[str, Any]) -> Table:
    rows = [
        ("saliency on the lesions and bands, times chance", f"{figures['density']:.1f}"),
        ("correlation with the map of shuffled weights", f"{figures['shuffled_correlation']:.2f}"),
        (
            "log odds lost when a tenth of the lesion voxels is deleted, the most salient",
            f"{figures['deletion_salient']:.3f}",
        ),
        ("the same, random ones", f"{figures['deletion_random']:.3f}"),
        ("patients in whom the salient ones count more", f"{figures['deletion_won']:.0%}"),
        *(
            (f"rank correlation of the {part} part with its true part", f"{value:.2f}")
            for part, value in figures["recovered"].items()
        ),
    ]
    return Table(f"Checks of the saliency on {figures['patients']} patients.", ("", "value"), rows)


def _spread(figure: Mapping[str, float], folds: bool = True) -> str:
    text = f"{figure['mean']:.3f} ± {figure['repeats_sd']:.3f}"
    return f"{text} ({figure['folds_sd']:.3f})" if folds else text


if __name__ == "__main__":
    run_command("PRRT-PFS", evaluated_card)
