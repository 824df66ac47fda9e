"""The models in a bundle of PRRT-PFS, run on one study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.errors import BundleError, UsageError
from TumorResponseLib.core.laboratory.imputation import Completed, ImputationRule
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.prrt_inputs import CT, PET, LesionInputs
from TumorResponseLib.predict.prrt_lesions import LesionRule
from TumorResponseLib.predict.prrt_progression import Progression, safe_logit
from TumorResponseLib.predict.reference import Reference

LABORATORY, TISSUES = "laboratory", "tissues"
FUSION_MODEL = "models/fusion.onnx"
GRADIENT_MODEL = "models/gradient.onnx"
"""Not in every bundle."""

SINGLE_MODELS = {LABORATORY: "models/laboratory.onnx", PET: "models/pet.onnx", CT: "models/ct.onnx"}
PROGRESSION, REFERENCE = "models/progression.json", "models/reference.json"
IMPUTATION, GROUPS, IMPORTANCE = "models/imputation.json", "models/groups.json", "models/importance.json"


@dataclass(frozen=True)
class Rules:
    """What a bundle says beside its networks.

    Attributes:
        progression: from logits to probabilities and survival.
        reference: the training patients in the networks' features.
        imputation: what stands in for a missing laboratory value.
        groups: Kaplan-Meier curves of the training patients by risk, ``models/groups.json``.
        importance: of the laboratory values, ``models/importance.json``.
    """

    progression: Progression
    reference: Reference
    imputation: ImputationRule
    groups: Mapping[str, Any]
    importance: Mapping[str, Any]


@dataclass(frozen=True)
class FusionOutputs:
    """What the fusion says of one study.

    Attributes:
        logits: of progression within the horizon, not calibrated, ``(members,)``.
        features: ``(members, features)``.
        shares: of laboratory values, PET and CT in the mean logit, ``(3,)``; 0 is the average training patient.
        value_shares: of each laboratory value, in the order of the imputation rule; they sum to ``shares[0]``.
        activations: by role, of the size of the field; the mean is the role's share.
    """

    logits: NDArray[np.float32]
    features: NDArray[np.float32]
    shares: NDArray[np.float32]
    value_shares: NDArray[np.float32]
    activations: dict[str, NDArray[np.float32]]


def rules_of(bundle: OpenBundle) -> Rules:
    """The rules of a bundle; raises BundleError when they are missing or damaged."""
    held = bundle.bundle
    try:
        return Rules(
            Progression.of_json(held.read_json(PROGRESSION)),
            Reference.of_json(held.read_json(REFERENCE)),
            ImputationRule.from_json(held.read(IMPUTATION).decode("utf-8")),
            held.read_json(GROUPS),
            held.read_json(IMPORTANCE),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"The files {PROGRESSION} and {REFERENCE} of the bundle {held.name} are not what PRRT-PFS needs; train the "
            "bundle again."
        ) from error


def lesion_rule_of(bundle: OpenBundle) -> LesionRule:
    """What the bundle takes for a lesion; raises BundleError when it does not say so."""
    settings = bundle.bundle.setting("postprocessing")
    try:
        return LesionRule.of_json(settings)
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise BundleError(
            f"The setting postprocessing of the bundle {bundle.bundle.name} names no rule for lesions; train the "
            "bundle again."
        ) from error


def network_inputs(seen: LesionInputs, laboratory: Completed) -> dict[str, NDArray[np.float32]]:
    """What the fusion takes of one study, without the axis of the batch."""
    values = np.array(list(laboratory.values.values()), dtype=np.float32)
    return {LABORATORY: values, PET: seen.images[PET], CT: seen.images[CT], TISSUES: seen.tissues}


def run_fusion(inputs: Mapping[str, NDArray[np.float32]], bundle: OpenBundle) -> FusionOutputs:
    """One forward pass of all members."""
    outputs = bundle.run(FUSION_MODEL, {name: values[None] for name, values in inputs.items()})
    logits = outputs["logits"][0]
    return FusionOutputs(
        logits=logits,
        features=outputs["features"][0].reshape(len(logits), -1),
        shares=outputs["shares"][0],
        value_shares=outputs["value_shares"][0],
        activations={role: outputs[f"{role}_activation"][0] for role in (PET, CT)},
    )


def gradient_sizes(inputs: Mapping[str, NDArray[np.float32]], bundle: OpenBundle) -> dict[str, NDArray[np.float32]]:
    """By role how strongly each voxel moves the mean logit: the size of the gradient, as large as the field.

    Simonyan et al., "Deep inside convolutional networks", 2014; computed by the bundle's own graph, and left out where
    the bundle holds none.
    """
    if GRADIENT_MODEL not in bundle.bundle.metadata["weights"]:
        return {}
    given = {name: inputs[name][None] for name in (PET, CT, TISSUES)}
    outputs = bundle.run(GRADIENT_MODEL, given)
    return {role: np.abs(outputs[f"{role}_gradient"][0]) for role in (PET, CT)}


def branch_probabilities(
    inputs: Mapping[str, NDArray[np.float32]], progression: Progression, bundle: OpenBundle
) -> dict[str, float]:
    """The chance of progression by each single model: laboratory values, PET and CT alone."""
    forest = bundle.run(SINGLE_MODELS[LABORATORY], {"values": inputs[LABORATORY][None]})["probabilities"][0, 1]
    logits = {LABORATORY: safe_logit(float(forest))}
    for role in (PET, CT):
        given = {role: inputs[role][None], TISSUES: inputs[TISSUES][None]}
        logits[role] = float(bundle.run(SINGLE_MODELS[role], given)["logits"].mean(dtype=np.float64))
    return {name: progression.branches[name].probability(value) for name, value in logits.items()}
