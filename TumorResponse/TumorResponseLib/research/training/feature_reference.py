"""Fit what tells whether a study lies outside of the training set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from TumorResponseLib.predict.reference import FeatureModel, Reference
from TumorResponseLib.research.training.bundle_json import rounded
from TumorResponseLib.research.training.trained_fold import TrainedFold

COMPONENTS = 16
LIMIT_PERCENTILE = 99.0


def fit_features(
    features: NDArray[np.floating], components: int = COMPONENTS, *, least_scale: float = 1e-6
) -> FeatureModel:
    """The feature model of some patients, ``(patients, features)``.

    Features that vary by no more than ``least_scale``, such as those of a unit that hardly ever answers, are left as
    they are: in their own standard deviations the first patient in whom they answer would be far outside.
    """
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > least_scale, scale, 1.0)
    standard = (features - mean) / scale
    pca = PCA(min(components, min(features.shape) - 1), svd_solver="full").fit(standard)
    return FeatureModel(
        mean.astype(np.float64),
        scale.astype(np.float64),
        pca.components_.astype(np.float64),
        pca.explained_variance_.astype(np.float64),
        max(float(pca.noise_variance_), 1e-6),
    )


def fit_reference(folds: Sequence[TrainedFold], names: Sequence[str]) -> Reference:
    """A feature model for each member, and the limit from the patients that each member did not see.

    Args:
        folds: of one training set.
        names: networks of a fold whose features are taken together, one after another.
    """
    members, distances = [], []
    for fold in folds:
        features = np.concatenate([fold.features[name] for name in names], axis=1)
        model = fit_features(np.delete(features, fold.held_out, axis=0))
        members.append(model)
        distances += [model.distance(one) for one in features[fold.held_out]]
    return Reference(tuple(members), float(np.percentile(distances, LIMIT_PERCENTILE)))


def reference_content(reference: Reference) -> dict[str, Any]:
    """As ``models/reference.json`` holds it."""
    members = [{name: rounded(values) for name, values in vars(member).items()} for member in reference.members]
    return {"members": members, "limit": rounded(reference.limit)}
