"""What is asked of any system's saliency: is it about the prediction, and about the tissue that carries the signal?

Place: how much of the map lies in the tumour and its bands, against their share of the image; and how well each
tissue's mean activation over the patients follows the truth that a virtual cohort carries. Weights: how much of the map
is left when the networks' weights are shuffled (Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018).
Deletion: how far the prediction moves when the most salient cells are deleted, against as many random ones (Petsiuk et
al., RISE, BMVC 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from TumorResponseLib.explain.shares import OUTSIDE
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.research.training.export import write_bundle

SALIENCY = "saliency"
DELETED = 0.1
"""Share of the cells of what a network looks at that are deleted."""
RANDOM_DRAWS = 3
SEED = 2026
CONVOLUTION_AXES = 4
"""Of the weights of a convolution of pictures; one more in volumes."""
FEWEST_WEIGHTS = 8
"""Fewer numbers are a setting of the graph, such as the factors of an enlargement."""


@dataclass(frozen=True)
class SaliencyCheck:
    """Means over the patients, unless said otherwise.

    Attributes:
        share_by_region: of the saliency, of the fused one where there are several.
        area_by_region: of the image, that is of a map that points anywhere.
        density: saliency share over area share of the tumour with all bands; 1 is chance.
        recovered: rank correlation over the patients of each tissue's fused activation with its true share of the
            logit; empty where the cohort has no truth.
        shuffled_correlation: rank correlation, within the widest region, of the activation with the one of shuffled
            weights; 1 would mean that the map ignores the weights.
        deletion_salient: how far the logit moves away from the decision when the most salient cells are deleted.
        deletion_random: the same for random cells.
        deletion_won: share of patients where the salient cells move it farther.
    """

    patients: int
    share_by_region: dict[str, float]
    area_by_region: dict[str, float]
    density: float
    recovered: dict[str, float]
    shuffled_correlation: float
    deletion_salient: float
    deletion_random: float
    deletion_won: float


def shuffled_bundle(
    bundle: OpenBundle, folder: Path, models: Sequence[str], fewest_axes: int = CONVOLUTION_AXES, seed: int = SEED
) -> OpenBundle:
    """The bundle with the weights of these models shuffled: same numbers, nothing learned.

    Args:
        bundle: to shuffle a copy of.
        folder: to write the copy into.
        models: files of the bundle.
        fewest_axes: weights of fewer axes stay; by itself all but those of convolutions.
        seed: of the shuffling.
    """
    random = np.random.default_rng(seed)
    files: dict[str, Path | bytes] = {name: bundle.bundle.read(name) for name in bundle.bundle.metadata["weights"]}
    for name in models:
        model = onnx.load_from_string(bundle.bundle.read(name))
        for weight in model.graph.initializer:
            values = numpy_helper.to_array(weight)
            if values.dtype.kind == "f" and values.ndim >= fewest_axes and values.size >= FEWEST_WEIGHTS:
                mixed = random.permutation(values.ravel()).reshape(values.shape)
                weight.CopyFrom(numpy_helper.from_array(mixed, weight.name))
        files[name] = model.SerializeToString()
    return OpenBundle(write_bundle(folder, bundle.bundle.metadata, files, "Shuffled weights."), bundle.device)


def density(share: dict[str, float], area: dict[str, float]) -> float:
    """Share of the saliency over share of the area, of all regions but ``outside``.

    A map that is 0 everywhere has no share anywhere, and lowers the density.
    """
    regions = [name for name in share if name != OUTSIDE]
    return sum(share[name] for name in regions) / sum(area[name] for name in regions)


def mean_shares(each: Sequence[dict[str, float]]) -> dict[str, float]:
    """Mean over the patients, by region."""
    return {name: float(np.mean([one[name] for one in each])) for name in each[0]}
