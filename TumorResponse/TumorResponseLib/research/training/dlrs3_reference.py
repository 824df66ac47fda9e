"""Fit what tells DLRS3 whether a study lies outside its training set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from TumorResponseLib.predict.reference import FeatureModel, Reference
from TumorResponseLib.research.training.dlrs3_folds import TrainedFold

COMPONENTS = 16
LIMIT_PERCENTILE = 99.0


def fit_features(features: NDArray[np.floating], components: int = COMPONENTS) -> FeatureModel:
    """The feature model of some patients, ``(patients, features)``; features that never vary are left out of scale."""
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 1e-6, scale, 1.0)
    standard = (features - mean) / scale
    pca = PCA(min(components, min(features.shape) - 1), svd_solver="full").fit(standard)
    return FeatureModel(
        mean.astype(np.float64),
        scale.astype(np.float64),
        pca.components_.astype(np.float64),
        pca.explained_variance_.astype(np.float64),
        max(float(pca.noise_variance_), 1e-6),
    )


def fit_reference(folds: Sequence[TrainedFold]) -> Reference:
    """A feature model for each member, and the limit from the patients that each member did not see."""
    members, distances = [], []
    for fold in folds:
        seen = np.setdiff1d(np.arange(len(fold.features)), fold.held_out)
        model = fit_features(fold.features[seen])
        members.append(model)
        distances += [model.distance(features) for features in fold.features[fold.held_out]]
    return Reference(tuple(members), float(np.percentile(distances, LIMIT_PERCENTILE)))
