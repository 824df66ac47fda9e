"""Proofs that PRRT-PFS's saliency is about the prediction and about the lesions.

What is measured `saliency` says. The networks pool over the lesions, so that their maps are 0 elsewhere by
construction; what can fail is everything but the density. Shuffled are all weights, those of the answer too: the
image's own values reach the pooling beside the convolutions, and shuffled convolutions alone would leave what they say.
Maps are compared within each lesion's hottest quarter and within the rest of it, since any pooling tells these two
apart. A deleted voxel takes the average value of the lesions over the patients, in PET and in CT, so that only what is
particular is lost.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from TumorResponseLib.core.laboratory.imputation import completed
from TumorResponseLib.core.loading import CohortRow, study_of
from TumorResponseLib.core.rings import make_rings
from TumorResponseLib.explain.activation import FUSED, saliency_maps
from TumorResponseLib.explain.shares import region_shares
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.prrt_inputs import CT, PET
from TumorResponseLib.predict.prrt_networks import FUSION_MODEL, TISSUES, network_inputs, rules_of, run_fusion
from TumorResponseLib.predict.prrt_pfs import PrrtPfs, lesions_seen
from TumorResponseLib.research.evaluation.saliency import (
    DELETED,
    RANDOM_DRAWS,
    SEED,
    SaliencyCheck,
    density,
    mean_shares,
    shuffled_bundle,
)

HOT, LESION = 0, 1
"""Of ``prrt_inputs.TISSUES``."""

FEWEST_VOXELS = 8
"""A rank correlation of fewer tells nothing."""

ALL_WEIGHTS = 1
TRUTH = {"laboratory": "share_laboratory", "PET and CT": "share_mismatch"}
"""Columns with the true parts of the log odds."""

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class _Patient:
    inputs: dict[str, FloatArray]
    log_odds: float
    activation: FloatArray
    parts: dict[str, float]
    truth: dict[str, float]
    shares: dict[str, float]
    areas: dict[str, float]

    @property
    def lesion(self) -> NDArray[np.bool_]:
        """Voxels of the field in the lesions."""
        return np.asarray(self.inputs[TISSUES][LESION] > 0)

    @property
    def pooled(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Of the lesions what is hottest, and the rest."""
        hot = self.inputs[TISSUES][HOT] > 0
        return hot, self.lesion & ~hot


def check_saliency(rows: Sequence[CohortRow], bundle: OpenBundle) -> SaliencyCheck:
    """Check the saliency of a bundle on some patients of a cohort, at least three."""
    patients = [_read(row, bundle) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        shuffled = shuffled_bundle(bundle, Path(folder) / "shuffled", [FUSION_MODEL], ALL_WEIGHTS)
        others = [_activation(patient.inputs, shuffled) for patient in patients]
    left = [
        spearmanr(patient.activation[part], other[part]).statistic
        for patient, other in zip(patients, others, strict=True)
        for part in patient.pooled
        if part.sum() >= FEWEST_VOXELS
    ]
    moved = _deletion(patients, bundle)
    share = mean_shares([patient.shares for patient in patients])
    area = mean_shares([patient.areas for patient in patients])
    return SaliencyCheck(
        patients=len(patients),
        share_by_region=share,
        area_by_region=area,
        density=density(share, area),
        recovered=_recovered(patients),
        shuffled_correlation=float(np.mean(left)),
        deletion_salient=float(moved[:, 0].mean()),
        deletion_random=float(moved[:, 1].mean()),
        deletion_won=float(np.mean(moved[:, 0] > moved[:, 1])),
    )


def _read(row: CohortRow, bundle: OpenBundle) -> _Patient:
    study = study_of(row)
    lesions = study.masks[PET]
    rules = rules_of(bundle)
    inputs = network_inputs(lesions_seen(study, lesions), completed(study.laboratory, rules.imputation))
    fusion = run_fusion(inputs, bundle)
    saliency = saliency_maps(PrrtPfs().predict(study, lesions, bundle))[FUSED]
    rings = make_rings(lesions, study.image(PET).spacing_mm)
    return _Patient(
        inputs,
        rules.progression.log_odds(fusion.logits),
        fusion.activations[PET] + fusion.activations[CT],
        parts=dict(zip(TRUTH, (float(fusion.shares[0]), float(fusion.shares[1:].sum())), strict=True)),
        truth={part: float(row.other[column]) for part, column in TRUTH.items() if column in row.other},
        shares=region_shares(saliency, rings),
        areas=region_shares(np.ones_like(saliency), rings),
    )


def _activation(inputs: dict[str, FloatArray], bundle: OpenBundle) -> FloatArray:
    found = run_fusion(inputs, bundle).activations
    return np.asarray(found[PET] + found[CT])


def _recovered(patients: Sequence[_Patient]) -> dict[str, float]:
    """By source of the truth; empty where the cohort has none."""
    if not all(patient.truth for patient in patients):
        return {}
    return {
        part: float(spearmanr([one.parts[part] for one in patients], [one.truth[part] for one in patients]).statistic)
        for part in TRUTH
    }


def _deletion(patients: Sequence[_Patient], bundle: OpenBundle) -> NDArray[np.float64]:
    """How far the log odds move away from each decision, by salient and by random voxels, ``(patients, 2)``."""
    random = np.random.default_rng(SEED)
    progression = rules_of(bundle).progression
    usual = {role: np.mean([one.inputs[role][0][one.lesion].mean() for one in patients]) for role in (PET, CT)}
    moved = []
    for patient in patients:
        sign = 1.0 if patient.log_odds >= 0 else -1.0
        candidates = np.flatnonzero(patient.lesion)
        count = max(1, round(DELETED * len(candidates)))
        salient = candidates[np.argsort(-sign * patient.activation.ravel()[candidates])[:count]]
        drawn = [random.choice(candidates, count, replace=False) for _ in range(RANDOM_DRAWS)]
        away = []
        for chosen in (salient, *drawn):
            without = dict(patient.inputs)
            for role, value in usual.items():
                without[role] = patient.inputs[role].copy()
                without[role].ravel()[chosen] = value
            away.append(sign * (patient.log_odds - progression.log_odds(run_fusion(without, bundle).logits)))
        moved.append((away[0], np.mean(away[1:])))
    return np.array(moved)
