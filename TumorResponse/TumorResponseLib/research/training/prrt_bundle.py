"""From the trained folds of PRRT-PFS to its bundle: ONNX files, calibration, survival groups, importance, card."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import logit

from TumorResponseLib.core.laboratory.imputation import ImputationRule
from TumorResponseLib.models.bundle import Bundle
from TumorResponseLib.predict.prrt_inputs import CT, PET, SAMPLES
from TumorResponseLib.predict.prrt_networks import (
    FUSION_MODEL,
    GRADIENT_MODEL,
    GROUPS,
    IMPORTANCE,
    IMPUTATION,
    LABORATORY,
    PROGRESSION,
    REFERENCE,
    SINGLE_MODELS,
    TISSUES,
)
from TumorResponseLib.predict.prrt_progression import EXTREME, Line, Progression
from TumorResponseLib.research.networks.prrt_fusion import FusionEnsemble, PrrtNetwork, SingleEnsemble
from TumorResponseLib.research.networks.prrt_gradient import GradientEnsemble
from TumorResponseLib.research.training.bundle_json import json_bytes, rounded
from TumorResponseLib.research.training.export import export_onnx, write_bundle
from TumorResponseLib.research.training.feature_reference import fit_reference, reference_content
from TumorResponseLib.research.training.prrt_answers import fold_forests, groups_content, held_out_answers
from TumorResponseLib.research.training.prrt_card import training_card, training_metadata
from TumorResponseLib.research.training.prrt_folds import members_of
from TumorResponseLib.research.training.prrt_images import LesionSet
from TumorResponseLib.research.training.prrt_importance import importance_content, permutation_importance
from TumorResponseLib.research.training.prrt_laboratory import LaboratoryForest, complete_values, fit_forest
from TumorResponseLib.research.training.prrt_settings import CT_ALONE, PET_ALONE, Recipe
from TumorResponseLib.research.training.trained_fold import TrainedFold

FUSION_OUTPUTS = ("logits", "features", "shares", "value_shares", "pet_activation", "ct_activation")


def write_trained(
    out: Path, patients: LesionSet, rule: ImputationRule, folds: Sequence[TrainedFold], recipe: Recipe
) -> Bundle:
    """Write the bundle of trained folds.

    Args:
        out: folder of the bundle; one that is there is replaced when the new one is complete.
        patients: of the training.
        rule: for missing laboratory values.
        folds: all of them.
        recipe: of the training.
    """
    names = tuple(rule.values)
    forests = fold_forests(patients, names, folds, recipe.seed)
    held_out = held_out_answers(patients, forests, folds, recipe)
    members = members_of(folds, held_out.shipped, patients, rule, recipe)
    values = complete_values(patients.laboratory, rule)
    places = [fold.held_out for fold in folds]
    importance = importance_content(
        *(
            permutation_importance(names, values, patients.responses, places, scores, recipe.seed)
            for scores in (
                [partial(_forest_score, forest) for forest in forests],
                [
                    partial(_fusion_score, member, fold.features[held_out.shipped][fold.held_out])
                    for member, fold in zip(members, folds, strict=True)
                ],
            )
        )
    )
    metadata = training_metadata(patients, rule, recipe, held_out.shipped, members[0])
    weights: dict[str, Path | bytes] = {
        IMPUTATION: rule.to_json().encode(),
        PROGRESSION: json_bytes(asdict(_shortened(held_out.progression))),
        REFERENCE: json_bytes(reference_content(fit_reference(folds, [held_out.shipped]))),
        GROUPS: json_bytes(groups_content(patients, held_out)),
        IMPORTANCE: json_bytes(importance),
    }
    with tempfile.TemporaryDirectory() as folder:
        for model, path in _exported(Path(folder), patients, rule, folds, members, recipe).items():
            weights[model] = path
        return write_bundle(out, metadata, weights, training_card(metadata, patients, held_out.logits))


def _exported(
    folder: Path,
    patients: LesionSet,
    rule: ImputationRule,
    folds: Sequence[TrainedFold],
    members: Sequence[PrrtNetwork],
    recipe: Recipe,
) -> dict[str, Path]:
    """The ONNX files by their names in the bundle."""
    paths = {name: folder / Path(name).name for name in (FUSION_MODEL, GRADIENT_MODEL, *SINGLE_MODELS.values())}
    forest = fit_forest(patients.laboratory, patients.responses, tuple(rule.values), seed=recipe.seed)
    forest.write_onnx(paths[SINGLE_MODELS[LABORATORY]], patients.laboratory)
    example = _example(complete_values(patients.laboratory[:2], rule))
    export_onnx(FusionEnsemble(members).eval(), example, FUSION_OUTPUTS, paths[FUSION_MODEL])
    images = {name: example[name] for name in (PET, CT, TISSUES)}
    outputs = [f"{role}_gradient" for role in (PET, CT)]
    export_onnx(GradientEnsemble(members).eval(), images, outputs, paths[GRADIENT_MODEL])
    for role, name in ((PET, PET_ALONE), (CT, CT_ALONE)):
        single = SingleEnsemble(members_of(folds, name, patients, rule, recipe)).eval()
        given = {role: example[role], TISSUES: example[TISSUES]}
        export_onnx(single, given, ["logits"], paths[SINGLE_MODELS[role]])
    return paths


def _forest_score(forest: LaboratoryForest, values: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(logit(np.clip(forest.forest.predict_proba(values)[:, 1], EXTREME, 1.0 - EXTREME)))


def _fusion_score(
    member: PrrtNetwork, features: NDArray[np.float32], values: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The logits with other laboratory values; the images stay."""
    with torch.inference_mode():
        given = torch.from_numpy(features.copy())
        given[:, : member.values] = member.laboratory(torch.from_numpy(values))
        told: NDArray[np.float32] = (member.answer(given) + member.intercept).numpy()
    return told


def _shortened(progression: Progression) -> Progression:
    """With numbers of few digits, as the file holds them."""

    def line(one: Line) -> Line:
        return Line(rounded(one.slope), rounded(one.intercept))

    return Progression(
        line(progression.line),
        progression.edges_months,
        tuple(rounded(np.array(progression.shifts))),
        progression.horizon_months,
        progression.interval_level,
        {name: line(one) for name, one in progression.branches.items()},
    )


def _example(values: NDArray[np.float32]) -> dict[str, torch.Tensor]:
    """Two inputs to compare torch and ONNX Runtime on: noise, a hot cube in a lesion, and laboratory values."""
    random = np.random.default_rng(0)
    tissues = np.zeros((2, 2, *SAMPLES), dtype=np.float32)
    tissues[:, 0, 14:18, 14:18, 14:18] = tissues[:, 1, 12:20, 12:20, 12:20] = 1.0
    images = {role: random.standard_normal((2, 1, *SAMPLES)).astype(np.float32) for role in (PET, CT)}
    arrays = {LABORATORY: values, **images, TISSUES: tissues}
    return {name: torch.from_numpy(array) for name, array in arrays.items()}
