"""Figures of several classes, and synthetic against real images."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.research.evaluation.multiclass import macro_auc, multiclass_metrics
from TumorResponseLib.research.evaluation.synthetic_images import copied_share, frechet_distance, nearest_distances

RANDOM = np.random.default_rng(0)
TRUTH = RANDOM.integers(0, 3, 200)
CHANCES = RANDOM.dirichlet((1, 1, 1), 200) + 0.6 * np.eye(3)[TRUTH]
CHANCES /= CHANCES.sum(axis=1, keepdims=True)
PATIENTS = np.array([f"p{number // 2}" for number in range(200)])


def test_macro_auc_is_the_mean_of_one_against_the_others() -> None:
    expected = roc_auc_score(TRUTH, CHANCES, multi_class="ovr", average="macro")
    assert macro_auc(TRUTH, CHANCES) == pytest.approx(expected)
    assert macro_auc(TRUTH, np.full((200, 3), 1 / 3)) == pytest.approx(0.5)


def test_accuracy_confusion_and_intervals_agree() -> None:
    figures = multiclass_metrics(TRUTH, CHANCES, PATIENTS, ("a", "b", "c"))
    confusion = np.array(figures.confusion)
    assert confusion.sum() == figures.images == 200 and figures.patients == 100
    assert figures.accuracy == pytest.approx(np.trace(confusion) / 200)
    np.testing.assert_allclose(figures.accuracy_by_class, np.diag(confusion) / confusion.sum(axis=1))
    assert figures.accuracy_ci[0] < figures.accuracy < figures.accuracy_ci[1]
    assert figures.auc_ci[0] < figures.auc < figures.auc_ci[1]
    with pytest.raises(StudyError, match="No image is of the class d"):
        multiclass_metrics(TRUTH, np.hstack([CHANCES, np.zeros((200, 1))]), PATIENTS, ("a", "b", "c", "d"))


def test_copies_are_found_in_every_position() -> None:
    training = RANDOM.standard_normal((5, 6, 8, 8)).astype(np.float32)
    copy = np.rot90(training[2:3], 3, axes=(2, 3))[..., ::-1].copy()
    other = RANDOM.standard_normal((40, 6, 8, 8)).astype(np.float32)
    near, far = nearest_distances(copy, training), nearest_distances(other, training)
    assert near[0] == pytest.approx(0.0, abs=1e-6) and far.min() > 0.5
    assert copied_share(near, far) == 1.0 and copied_share(far, far) <= 0.05


def test_feature_distance_grows_with_what_is_different() -> None:
    real = RANDOM.standard_normal((4000, 4)).astype(np.float32)
    assert frechet_distance(real, RANDOM.standard_normal((4000, 4)).astype(np.float32)) < 0.01
    # Moved by 1 along each axis: the squared distance of the means, per feature.
    assert frechet_distance(real + 1, real) == pytest.approx(1.0, abs=0.02)
    assert frechet_distance(3 * real, real) == pytest.approx(4.0, rel=0.1)
