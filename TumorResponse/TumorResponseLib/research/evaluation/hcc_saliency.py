"""Proofs that HCC's saliency is about the prediction and about the tumour.

What is measured `saliency` says. The network pools over the tumour and a thin rim around it, so that its map is 0
elsewhere by construction; what can fail is everything but the density. A deleted cell takes the tumour's average signal
over the animals, in each sequence, so that only what is particular is lost.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from scipy.stats import spearmanr

from TumorResponseLib.core.loading import CohortRow, study_of
from TumorResponseLib.core.rings import make_rings
from TumorResponseLib.explain.activation import FUSED, saliency_maps
from TumorResponseLib.explain.shares import region_shares
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.hcc import Hcc
from TumorResponseLib.predict.hcc_inputs import CONTRAST_ROLE, Slices, sequences_of, tumour_slices
from TumorResponseLib.predict.hcc_outline import MODEL, SEQUENCES_INPUT, TUMOUR_INPUT
from TumorResponseLib.research.evaluation.saliency import (
    DELETED,
    RANDOM_DRAWS,
    SEED,
    SaliencyCheck,
    density,
    mean_shares,
    shuffled_bundle,
)
from TumorResponseLib.research.training.hcc_volumes import require_outline

TUMOUR = "tumour"
LINEAR_AXES = 2
"""Of the head's weights: it also reads the signals, which no convolution comes before, and is shuffled as well."""
SHUFFLES = 6
"""A tumour is of two tissues, living and dead, so that one shuffle's map resembles any other up to the sign."""
EXTREME = 1e-6
"""Probabilities are kept this far from 0 and 1 before their logit is taken."""

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class _Animal:
    slices: Slices
    logit: float
    activation: FloatArray
    shares: dict[str, float]
    areas: dict[str, float]
    truth: float | None


def check_saliency(rows: Sequence[CohortRow], bundle: OpenBundle) -> SaliencyCheck:
    """Check the saliency of a bundle on some animals of a cohort, at least three."""
    animals = [_read(row, bundle) for row in rows]
    seen = [_tumour_cells(animal) for animal in animals]
    moved = _deletion(animals, seen, bundle)
    share = mean_shares([animal.shares for animal in animals])
    area = mean_shares([animal.areas for animal in animals])
    return SaliencyCheck(
        patients=len(animals),
        share_by_region=share,
        area_by_region=area,
        density=density(share, area),
        recovered=_recovered(animals, seen),
        shuffled_correlation=float(
            np.mean([_left(animals, seen, bundle, SEED + number) for number in range(SHUFFLES)])
        ),
        deletion_salient=float(moved[:, 0].mean()),
        deletion_random=float(moved[:, 1].mean()),
        deletion_won=float(np.mean(moved[:, 0] > moved[:, 1])),
    )


def _read(row: CohortRow, bundle: OpenBundle) -> _Animal:
    study = study_of(row)
    tumour = require_outline(row, study)
    saliency = saliency_maps(Hcc().predict(study, tumour, bundle))[FUSED]
    rings = make_rings(tumour, study.image(CONTRAST_ROLE).spacing_mm)
    slices = tumour_slices(sequences_of(study), tumour)
    return _Animal(
        slices,
        *_run(slices, bundle),
        shares=region_shares(saliency, rings),
        areas=region_shares(np.ones_like(saliency), rings),
        truth=row.oracle_probability,
    )


def _run(slices: Slices, bundle: OpenBundle) -> tuple[float, FloatArray]:
    """The response's logit and its activation map."""
    output = bundle.run(MODEL, {SEQUENCES_INPUT: slices.sequences, TUMOUR_INPUT: slices.tumour})
    return float(output["response"].reshape(())), np.asarray(output["activation"], dtype=np.float32)


def _tumour_cells(animal: _Animal) -> NDArray[np.bool_]:
    """Cells of the activation map that lie in the tumour for the most part."""
    tumour = animal.slices.tumour[:, 0]
    count, rows, columns = animal.activation.shape
    down, across = tumour.shape[1] // rows, tumour.shape[2] // columns
    return np.asarray(tumour.reshape(count, rows, down, columns, across).mean(axis=(2, 4)) >= 0.5)


def _left(animals: Sequence[_Animal], seen: Sequence[NDArray[np.bool_]], bundle: OpenBundle, seed: int) -> float:
    """Mean rank correlation of the maps with those of weights that this seed shuffles."""
    with tempfile.TemporaryDirectory() as folder:
        shuffled = shuffled_bundle(bundle, Path(folder) / "shuffled", [MODEL], LINEAR_AXES, seed)
        others = [_run(animal.slices, shuffled)[1] for animal in animals]
    left = [
        spearmanr(animal.activation[cells], other[cells]).statistic
        for animal, other, cells in zip(animals, others, seen, strict=True)
    ]
    return float(np.mean(left))


def _recovered(animals: Sequence[_Animal], seen: Sequence[NDArray[np.bool_]]) -> dict[str, float]:
    """All of the truth lies in the tumour; empty where the cohort has none."""
    truth = [animal.truth for animal in animals if animal.truth is not None]
    if len(truth) < len(animals):
        return {}
    told = [float(animal.activation[cells].mean()) for animal, cells in zip(animals, seen, strict=True)]
    return {TUMOUR: float(spearmanr(logit(np.clip(truth, EXTREME, 1 - EXTREME)), told).statistic)}


def _deletion(animals: Sequence[_Animal], seen: Sequence[NDArray[np.bool_]], bundle: OpenBundle) -> NDArray[np.float64]:
    """How far each logit moves away from its decision, by salient and by random cells, ``(animals, 2)``."""
    random = np.random.default_rng(SEED)
    inside = [animal.slices.tumour[:, 0] > 0 for animal in animals]
    means = [
        animal.slices.sequences.transpose(1, 0, 2, 3)[:, own].mean(axis=1)
        for animal, own in zip(animals, inside, strict=True)
    ]
    usual = np.array(means).mean(axis=0)
    moved = []
    for animal, cells in zip(animals, seen, strict=True):
        sign = 1.0 if animal.logit >= 0 else -1.0
        candidates = np.flatnonzero(cells)
        count = max(1, round(DELETED * len(candidates)))
        salient = candidates[np.argsort(-sign * animal.activation.ravel()[candidates])[:count]]
        drawn = [random.choice(candidates, count, replace=False) for _ in range(RANDOM_DRAWS)]
        away = [
            sign * (animal.logit - _run(_without(animal, chosen, usual), bundle)[0]) for chosen in (salient, *drawn)
        ]
        moved.append((away[0], np.mean(away[1:])))
    return np.array(moved)


def _without(animal: _Animal, chosen: NDArray[np.int64], usual: NDArray[np.floating]) -> Slices:
    """The slices with some cells deleted."""
    deleted = np.zeros(animal.activation.shape, dtype=np.bool_)
    deleted.ravel()[chosen] = True
    shape = animal.slices.tumour.shape
    for axis in (1, 2):
        deleted = np.repeat(deleted, shape[axis + 1] // deleted.shape[axis], axis=axis)
    emptied = np.where(deleted[:, None], usual[None, :, None, None], animal.slices.sequences)
    return replace(animal.slices, sequences=emptied.astype(np.float32))
