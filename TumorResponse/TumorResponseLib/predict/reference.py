"""How far a study lies from what a bundle was trained on: Mahalanobis distance in feature space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class FeatureModel:
    """A normal distribution of features: some principal axes, and the same small variance along all others.

    Probabilistic PCA (Tipping and Bishop, J R Stat Soc B 61:611, 1999): it needs few patients, and what leaves the
    training set along an axis that never varied there is far away.

    Attributes:
        mean: ``(features,)``.
        scale: standard deviation of each feature.
        axes: ``(components, features)``, orthonormal, of the standardised features.
        variances: ``(components,)``, along the axes.
        residual_variance: along every other direction.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    axes: NDArray[np.float64]
    variances: NDArray[np.float64]
    residual_variance: float

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> FeatureModel:
        """From one entry of ``models/reference.json``."""
        mean, scale, axes, variances = (np.array(content[key]) for key in ("mean", "scale", "axes", "variances"))
        return cls(mean, scale, axes, variances, float(content["residual_variance"]))

    def distance(self, features: NDArray[np.floating]) -> float:
        """Mahalanobis distance of one study, per square root of a feature, so that about 1 is usual."""
        standard = (features - self.mean) / self.scale
        along = self.axes @ standard
        residual = max(0.0, float(standard @ standard - along @ along))
        squared = float((along**2 / self.variances).sum()) + residual / self.residual_variance
        return float(np.sqrt(squared / len(standard)))


@dataclass(frozen=True)
class Reference:
    """The training set in the feature space of each ensemble member.

    Attributes:
        members: a feature model each, of the patients that the member was trained on.
        limit: 99th percentile of the training patients' distances, each measured by the member that did not see it.
    """

    members: tuple[FeatureModel, ...]
    limit: float

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> Reference:
        """From ``models/reference.json``."""
        return cls(tuple(map(FeatureModel.of_json, content["members"])), float(content["limit"]))

    def distance(self, features: NDArray[np.floating]) -> float:
        """Mean over the members of the distance of one study's features, ``(members, features)``."""
        distances = [model.distance(values) for model, values in zip(self.members, features, strict=True)]
        return float(np.mean(distances))
