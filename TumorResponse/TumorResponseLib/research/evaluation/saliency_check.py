"""Proofs that DLRS3's saliency is about the prediction and about the tissue that carries the signal.

What is measured `saliency` says. A deleted cell takes the average grey of its tissue, so that only what is particular
is lost.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from TumorResponseLib.core.loading import CohortRow, study_of
from TumorResponseLib.core.loading.rows import TUMOUR_ROLE
from TumorResponseLib.core.rings import make_rings
from TumorResponseLib.explain.activation import FUSED, saliency_maps
from TumorResponseLib.explain.shares import region_shares
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.dlrs3 import STACKING, Dlrs3, RegionOutputs, model_file, run_networks
from TumorResponseLib.predict.dlrs3_crops import MARGINS_MM, REGIONS, TumourCrop, crop_tumour
from TumorResponseLib.predict.stacking import Stacking
from TumorResponseLib.research.evaluation.saliency import (
    DELETED,
    RANDOM_DRAWS,
    SEED,
    SaliencyCheck,
    density,
    mean_shares,
    shuffled_bundle,
)

BOUNDS_MM = (-np.inf, *MARGINS_MM.values())
"""Tumour, 0-3, 3-5 and 5-10 mm."""
SHARE_COLUMNS = {"tumour": "share_tumour", "0-3 mm": "share_0_3", "3-5 mm": "share_3_5", "5-10 mm": "share_5_10"}

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class _Patient:
    crop: TumourCrop
    shares: dict[str, float]
    areas: dict[str, float]
    truth: dict[str, float]


def check_saliency(rows: Sequence[CohortRow], bundle: OpenBundle) -> SaliencyCheck:
    """Check the saliency of a bundle on some patients of a cohort, at least three."""
    stacking = Stacking.of_json(bundle.bundle.read_json(STACKING))
    patients = [_read(row, bundle) for row in rows]
    outputs = [run_networks(patient.crop, bundle) for patient in patients]
    fused = [_fused(output, stacking) for output in outputs]
    with tempfile.TemporaryDirectory() as folder:
        shuffled = shuffled_bundle(bundle, Path(folder) / "shuffled", [model_file(region) for region in REGIONS])
        other = [_fused(run_networks(patient.crop, shuffled), stacking) for patient in patients]
    cells = [_tissue_of_cells(patient.crop) for patient in patients]
    left = [spearmanr(a[c >= 0], b[c >= 0]).statistic for a, b, c in zip(fused, other, cells, strict=True)]
    moved = _deletion(patients, outputs, fused, cells, bundle, stacking)
    share = mean_shares([patient.shares for patient in patients])
    area = mean_shares([patient.areas for patient in patients])
    return SaliencyCheck(
        patients=len(patients),
        share_by_region=share,
        area_by_region=area,
        density=density(share, area),
        recovered=_recovered([patient.truth for patient in patients], fused, cells),
        shuffled_correlation=float(np.mean(left)),
        deletion_salient=float(moved[:, 0].mean()),
        deletion_random=float(moved[:, 1].mean()),
        deletion_won=float(np.mean(moved[:, 0] > moved[:, 1])),
    )


def _read(row: CohortRow, bundle: OpenBundle) -> _Patient:
    study = study_of(row)
    image, tumour = study.image(), study.masks[TUMOUR_ROLE]
    saliency = saliency_maps(Dlrs3().predict(study, tumour, bundle))[FUSED]
    rings = make_rings(tumour, image.spacing_mm)
    truth = {tissue: float(row.other[name]) for tissue, name in SHARE_COLUMNS.items() if name in row.other}
    return _Patient(
        crop_tumour(image.pixels, tumour, image.spacing_mm),
        region_shares(saliency, rings),
        region_shares(np.ones_like(saliency), rings),
        truth,
    )


def _fused(outputs: RegionOutputs, stacking: Stacking) -> FloatArray:
    """The fused activation, signed, on the networks' cells."""
    maps = [np.float32(weight) * outputs.activations[region] for region, weight in stacking.weights.items()]
    return np.sum(maps, axis=0, dtype=np.float32)


def _tissue_of_cells(crop: TumourCrop) -> NDArray[np.int64]:
    """0 tumour, 1 to 3 the bands, -1 elsewhere, for each cell of the activation map, by its mean distance."""
    rows, columns = (size // 4 for size in crop.image.shape)
    distance = crop.distance_mm.reshape(rows, 4, columns, 4).mean(axis=(1, 3))
    inside = crop.inside.reshape(rows, 4, columns, 4).mean(axis=(1, 3)) > 0.5
    tissue = np.searchsorted(BOUNDS_MM[1:], distance)
    return np.where(inside & (tissue < len(SHARE_COLUMNS)), tissue, -1)


def _recovered(
    truth: Sequence[dict[str, float]], fused: Sequence[FloatArray], cells: Sequence[NDArray[np.int64]]
) -> dict[str, float]:
    if not all(truth):
        return {}
    return {
        name: float(
            spearmanr(
                [known[name] for known in truth],
                [float(one[cell == tissue].mean()) for one, cell in zip(fused, cells, strict=True)],
            ).statistic
        )
        for tissue, name in enumerate(SHARE_COLUMNS)
    }


def _deletion(
    patients: Sequence[_Patient],
    outputs: Sequence[RegionOutputs],
    fused: Sequence[FloatArray],
    cells: Sequence[NDArray[np.int64]],
    bundle: OpenBundle,
    stacking: Stacking,
) -> NDArray[np.float64]:
    """How far each logit moves away from its decision, by salient and by random cells, ``(patients, 2)``."""
    random = np.random.default_rng(SEED)
    usual = _usual_grey([patient.crop for patient in patients])
    moved = []
    for patient, output, activation, cell in zip(patients, outputs, fused, cells, strict=True):
        before = _logit(output, stacking)
        sign = 1.0 if before >= 0 else -1.0
        candidates = np.flatnonzero(cell >= 0)
        count = max(1, round(DELETED * len(candidates)))
        salient = candidates[np.argsort(-sign * activation.ravel()[candidates])[:count]]
        drawn = [random.choice(candidates, count, replace=False) for _ in range(RANDOM_DRAWS)]
        away = [
            sign * (before - _logit(run_networks(_without(patient.crop, chosen, usual), bundle), stacking))
            for chosen in (salient, *drawn)
        ]
        moved.append((away[0], np.mean(away[1:])))
    return np.array(moved)


def _logit(outputs: RegionOutputs, stacking: Stacking) -> float:
    return float(stacking.intercept + stacking.coefficients @ outputs.logits.mean(axis=1))


def _tissue_of_samples(crop: TumourCrop) -> NDArray[np.int64]:
    return np.searchsorted(BOUNDS_MM[1:], crop.distance_mm)


def _usual_grey(crops: Sequence[TumourCrop]) -> FloatArray:
    """Mean grey of each tissue over all patients, the tissue beyond 10 mm last."""
    return np.array(
        [
            np.mean([crop.image[(_tissue_of_samples(crop) == tissue) & crop.inside].mean() for crop in crops])
            for tissue in range(len(SHARE_COLUMNS))
        ]
        + [0.0],
        dtype=np.float32,
    )


def _without(crop: TumourCrop, chosen: NDArray[np.int64], usual: FloatArray) -> TumourCrop:
    """The crop with some cells deleted."""
    columns = crop.image.shape[1] // 4
    deleted = np.zeros((crop.image.shape[0] // 4, columns), dtype=np.bool_)
    deleted.ravel()[chosen] = True
    samples = np.kron(deleted, np.ones((4, 4), dtype=np.bool_)) & crop.inside
    return replace(crop, image=np.where(samples, usual[_tissue_of_samples(crop)], crop.image))
