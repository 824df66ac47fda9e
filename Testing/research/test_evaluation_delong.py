from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.research.evaluation.delong import auc_with_interval, paired_test


def textbook_delong(outcomes: NDArray, scores: NDArray) -> tuple[NDArray, NDArray]:
    """AUC and covariance from all pairs, as DeLong, DeLong and Clarke-Pearson (1988) write them."""
    components_of_positives, components_of_negatives = [], []
    for model in scores:
        positive, negative = model[outcomes == 1], model[outcomes == 0]
        kernel = np.array([[1.0 if x > y else 0.5 if x == y else 0.0 for y in negative] for x in positive])
        components_of_positives.append(kernel.mean(axis=1))
        components_of_negatives.append(kernel.mean(axis=0))
    areas = np.array([one.mean() for one in components_of_positives])
    covariance = np.zeros((len(scores), len(scores)))
    for components in (components_of_positives, components_of_negatives):
        count = len(components[0])
        for first in range(len(scores)):
            for second in range(len(scores)):
                products = (components[first] - areas[first]) * (components[second] - areas[second])
                covariance[first, second] += products.sum() / (count - 1) / count
    return areas, covariance


def patients(seed: int, count: int = 80, ties: bool = False) -> tuple[NDArray, NDArray]:
    random = np.random.default_rng(seed)
    outcomes = (random.random(count) < 0.4).astype(int)
    shared = random.normal(size=count) + outcomes
    scores = np.stack([shared + random.normal(size=count), shared + 0.4 * random.normal(size=count)])
    return outcomes, np.round(scores) if ties else scores


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("ties", [False, True])
def test_auc_and_variance_equal_the_textbook(seed: int, ties: bool) -> None:
    outcomes, scores = patients(seed, ties=ties)
    areas, covariance = textbook_delong(outcomes, scores)
    for model in (0, 1):
        auc = auc_with_interval(outcomes, scores[model])
        assert auc.value == pytest.approx(roc_auc_score(outcomes, scores[model]))
        assert auc.value == pytest.approx(areas[model])
        assert auc.variance == pytest.approx(covariance[model, model])
    tested = paired_test(outcomes, scores[0], scores[1])
    z = (areas[0] - areas[1]) / np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    assert tested.z == pytest.approx(z)
    assert tested.p_value == pytest.approx(2 * norm.cdf(-abs(z)))
    assert tested.difference == pytest.approx(areas[0] - areas[1])


def test_an_example_worked_by_hand() -> None:
    # Positives rank 1, 1 and 1/2 of the negatives below them: mean 5/6, variance 1/12.
    # Negatives have 2/3 and 1 of the positives above them: variance 1/18.
    auc = auc_with_interval([1, 1, 1, 0, 0], [0.9, 0.8, 0.4, 0.7, 0.3])
    assert auc.value == pytest.approx(5 / 6)
    assert auc.variance == pytest.approx((1 / 12) / 3 + (1 / 18) / 2)
    half = 1.959964 * np.sqrt(1 / 18) / (5 / 36)
    assert auc.interval[0] == pytest.approx(1 / (1 + np.exp(-(np.log(5) - half))), rel=1e-5)
    assert auc.interval[1] == pytest.approx(1 / (1 + np.exp(-(np.log(5) + half))), rel=1e-5)


def test_the_interval_covers_the_true_auc() -> None:
    random = np.random.default_rng(1)
    shift = 1.9  # two unit normals this far apart: AUC = Phi(shift / sqrt 2), about 0.91
    truth = norm.cdf(shift / np.sqrt(2))
    outcomes = np.repeat([0, 1], [50, 40])
    covered = 0
    for _ in range(1000):
        low, high = auc_with_interval(outcomes, random.normal(size=90) + shift * outcomes).interval
        covered += low <= truth <= high
    assert 0.93 <= covered / 1000 <= 0.975


def test_the_paired_test_keeps_its_level_and_finds_a_difference() -> None:
    random = np.random.default_rng(2)
    outcomes = np.repeat([0, 1], [60, 60])
    same, different = 0, 0
    for _ in range(500):
        signal = random.normal(size=120) + 1.2 * outcomes
        noise = random.normal(size=(3, 120))
        same += paired_test(outcomes, signal + noise[0], signal + noise[1]).p_value < 0.05
        different += paired_test(outcomes, signal, signal + 2 * noise[2]).p_value < 0.05
    assert 0.025 <= same / 500 <= 0.08
    assert different / 500 > 0.8


def test_a_perfect_auc_still_has_an_interval() -> None:
    perfect = auc_with_interval([0] * 10 + [1] * 6, range(16))
    assert perfect.value == 1.0
    assert perfect.interval == pytest.approx((0.025 ** (1 / 6), 1.0))
    inverted = auc_with_interval([1] * 10 + [0] * 6, range(16))
    assert inverted.interval == pytest.approx((0.0, 1 - 0.025 ** (1 / 6)))


@pytest.mark.parametrize(("other", "difference"), [([1] * 8, 0.5), ([1, 1, 1, 1, 0, 0, 0, 0], 1.0)])
def test_an_error_of_zero_is_no_certainty(other: list[int], difference: float) -> None:
    outcomes = [0, 0, 0, 0, 1, 1, 1, 1]
    test = paired_test(outcomes, outcomes, other)
    assert test.difference == difference
    assert test.interval == (-1.0, 1.0) and test.p_value == 1.0


def test_models_that_rank_alike_do_not_differ() -> None:
    outcomes, scores = patients(3)
    tested = paired_test(outcomes, scores[0], 5 * scores[0] + 1)
    assert (tested.difference, tested.z, tested.p_value) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("outcomes", "scores"),
    [
        ([0, 0, 0, 1], [0.1, 0.2, 0.3, 0.4]),
        ([0, 0, 0], [0.1, 0.2, 0.3]),
        ([0, 1, 2, 1], [0.1, 0.2, 0.3, 0.4]),
        ([], []),
        ([0, 0, 1, 1], [0.1, 0.2, np.nan, 0.4]),
        ([0, 0, 1, 1], [0.1, 0.2, 0.3]),
    ],
)
def test_what_has_no_auc_is_refused(outcomes: list[int], scores: list[float]) -> None:
    with pytest.raises(StudyError):
        auc_with_interval(outcomes, scores)
