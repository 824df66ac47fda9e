"""What the training patients of PRRT-PFS were told by models that had not seen them, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from TumorResponseLib.predict.prrt_inputs import CT, PET
from TumorResponseLib.predict.prrt_networks import LABORATORY
from TumorResponseLib.predict.prrt_progression import Line, Progression, safe_logit
from TumorResponseLib.research.evaluation.survival.kaplan_meier import log_rank, risk_groups, survival_curve
from TumorResponseLib.research.training.bundle_json import rounded
from TumorResponseLib.research.training.prrt_images import LesionSet
from TumorResponseLib.research.training.prrt_laboratory import LaboratoryForest, fit_forest
from TumorResponseLib.research.training.prrt_progression import fit_line, fit_progression
from TumorResponseLib.research.training.prrt_settings import CT_ALONE, FUSION, PET_ALONE, PRETRAINED, Recipe
from TumorResponseLib.research.training.trained_fold import TrainedFold, out_of_fold

GROUP_NAMES = ("low risk", "high risk")


@dataclass(frozen=True)
class HeldOut:
    """What the training patients were told by models that had not seen them.

    Attributes:
        logits: by model, ``(patients,)``.
        progression: calibrated on them.
        shipped: name of the fusion that is shipped.
    """

    logits: dict[str, NDArray[np.float64]]
    progression: Progression
    shipped: str


def fold_forests(
    patients: LesionSet, names: Sequence[str], folds: Sequence[TrainedFold], seed: int
) -> list[LaboratoryForest]:
    """A forest for each fold, trained without it."""
    everyone = np.arange(len(patients))
    seen = [patients.of(np.setdiff1d(everyone, fold.held_out)) for fold in folds]
    return [fit_forest(some.laboratory, some.responses, names, seed=seed) for some in seen]


def held_out_answers(
    patients: LesionSet, forests: Sequence[LaboratoryForest], folds: Sequence[TrainedFold], recipe: Recipe
) -> HeldOut:
    """Out-of-fold answers of every model, the calibration on them, and which fusion they favour."""
    logits = {name: out_of_fold(folds, name) for name in folds[0].logits}
    logits[LABORATORY] = np.empty(len(patients))
    for forest, fold in zip(forests, folds, strict=True):
        told = forest.probabilities(patients.of(fold.held_out).laboratory)
        logits[LABORATORY][fold.held_out] = [safe_logit(one) for one in told]
    branches: dict[str, Line] = {
        branch: fit_line(logits[name], patients.responses)
        for branch, name in ((LABORATORY, LABORATORY), (PET, PET_ALONE), (CT, CT_ALONE))
    }
    fitted = {
        name: fit_progression(logits[name], patients.followed, recipe.edges_months, branches)
        for name in (FUSION, PRETRAINED)
        if name in logits
    }
    shipped = min(fitted, key=lambda name: fitted[name][1])
    return HeldOut(logits, fitted[shipped][0], shipped)


def groups_content(patients: LesionSet, held_out: HeldOut) -> dict[str, object]:
    """As ``models/groups.json`` holds it: Kaplan-Meier curves below and above the median out-of-fold risk."""
    line = held_out.progression.line
    risks = expit(line.intercept + line.slope * held_out.logits[held_out.shipped])
    cut = float(np.median(risks))
    member = risk_groups(risks, [cut])
    groups = []
    for number, name in enumerate(GROUP_NAMES):
        curve = survival_curve(patients.followed.of(member == number))
        steps = {key: rounded(np.array(getattr(curve, key))) for key in ("times", "survival", "low", "high")}
        groups.append({"name": name, "patients": curve.patients, "events": curve.events, **steps})
    return {"cut": rounded(cut), "log_rank_p": rounded(log_rank(patients.followed, member).p_value), "groups": groups}
