from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import brier_score_loss, recall_score

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.research.evaluation.calibration import calibration
from TumorResponseLib.research.evaluation.classification import binary_metrics
from TumorResponseLib.research.evaluation.decision_curve import decision_curve
from TumorResponseLib.research.evaluation.delong import auc_with_interval
from TumorResponseLib.research.evaluation.intervals import grouped_bootstrap_interval, wilson_interval

OUTCOMES = [1, 1, 1, 0, 0, 0, 0, 1, 0, 0]
PREDICTED = [0.9, 0.8, 0.3, 0.4, 0.2, 0.6, 0.1, 0.5, 0.05, 0.35]


def test_metrics_equal_scikit_learns_and_a_count_by_hand() -> None:
    metrics = binary_metrics(OUTCOMES, PREDICTED)
    assert (metrics.patients, metrics.positives) == (10, 4)
    assert metrics.sensitivity == pytest.approx(3 / 4)  # exactly 0.5 is a yes
    assert metrics.specificity == pytest.approx(5 / 6)
    assert metrics.accuracy == pytest.approx(8 / 10)
    recalls = recall_score(OUTCOMES, np.array(PREDICTED) >= 0.5, average=None)
    assert metrics.accuracy_by_class == pytest.approx(tuple(recalls))
    assert metrics.brier == pytest.approx(brier_score_loss(OUTCOMES, PREDICTED))
    assert metrics.brier_ci[0] < metrics.brier < metrics.brier_ci[1]
    auc = auc_with_interval(OUTCOMES, PREDICTED)
    assert (metrics.auc, metrics.auc_ci) == (auc.value, auc.interval)
    assert binary_metrics(OUTCOMES, PREDICTED, threshold=0.3).sensitivity == 1.0


@pytest.mark.parametrize(("successes", "trials"), [(0, 7), (3, 8), (50, 50), (17, 120)])
def test_wilson_equals_scipys(successes: int, trials: int) -> None:
    expected = binomtest(successes, trials).proportion_ci(method="wilson")
    assert wilson_interval(successes, trials) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize(
    ("outcomes", "predicted"),
    [([0, 0, 1, 1], [0.1, 0.2, 0.3, 1.2]), ([0, 0, 1, 1], [0.1, 0.2, 0.3]), ([0, 0, 1, 1], [0.1, np.nan, 0.3, 0.4])],
)
def test_predictions_that_are_no_probabilities_are_refused(outcomes: list[int], predicted: list[float]) -> None:
    for measure in (binary_metrics, calibration, decision_curve):
        with pytest.raises(StudyError, match="probability"):
            measure(outcomes, predicted)


def test_true_probabilities_are_perfectly_calibrated() -> None:
    random = np.random.default_rng(0)
    probabilities = random.beta(1.5, 1.5, size=20000)
    found = calibration(random.random(20000) < probabilities, probabilities)
    assert found.intercept == pytest.approx(0.0, abs=0.06)
    assert found.slope == pytest.approx(1.0, abs=0.06)
    assert found.expected_error < 0.015
    assert [one.patients for one in found.bins] == [2000] * 10
    assert sum(one.observed_ci[0] <= one.predicted <= one.observed_ci[1] for one in found.bins) >= 8


def test_overconfidence_and_a_shift_are_recovered() -> None:
    random = np.random.default_rng(1)
    truth = random.normal(size=20000)
    outcomes = random.random(20000) < 1 / (1 + np.exp(-truth))
    overconfident = calibration(outcomes, 1 / (1 + np.exp(-2 * truth)))
    assert overconfident.slope == pytest.approx(0.5, abs=0.04)
    too_high = calibration(outcomes, 1 / (1 + np.exp(-(truth + 0.7))))
    assert too_high.intercept == pytest.approx(-0.7, abs=0.06)
    assert too_high.slope == pytest.approx(1.0, abs=0.06)
    assert too_high.expected_error > 0.08


def test_calibration_bins_by_hand() -> None:
    found = calibration([0, 0, 1, 1, 0, 1], [0.1, 0.1, 0.2, 0.6, 0.8, 1.0], bins=2)
    assert [(one.patients, one.predicted, one.observed) for one in found.bins] == [
        (3, pytest.approx(0.4 / 3), pytest.approx(1 / 3)),
        (3, pytest.approx(0.8), pytest.approx(2 / 3)),
    ]
    assert found.expected_error == pytest.approx(0.5 * 0.2 + 0.5 * 0.4 / 3)


def test_calibration_that_does_not_exist_is_none() -> None:
    constant = calibration([0, 1, 1, 1], [0.5] * 4)
    assert [one.patients for one in constant.bins] == [4]
    assert constant.slope is None
    assert constant.intercept == pytest.approx(np.log(3))
    assert calibration([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]).slope is None
    assert calibration([1, 1], [0.2, 0.9]).intercept is None
    with_certainties = calibration([0, 1, 0, 1], [0.0, 1.0, 0.6, 0.4])
    assert with_certainties.slope is not None
    assert np.isfinite(with_certainties.slope)


def test_net_benefit_by_hand() -> None:
    curve = decision_curve(OUTCOMES, PREDICTED, (0.0, 0.2, 0.5))
    # At 0.2: 4 true and 4 false positives of 10, at odds 1/4; at 0.5: 3 true and 1 false positive, at odds 1.
    assert curve.model == pytest.approx((0.4, 0.4 - 0.4 * 0.25, 0.3 - 0.1))
    assert curve.treat_all == pytest.approx((0.4, 0.4 - 0.6 * 0.25, 0.4 - 0.6))
    assert curve.treat_none == (0.0, 0.0, 0.0)


def test_the_true_probability_is_never_worth_less_than_treating_all_or_none() -> None:
    random = np.random.default_rng(3)
    probabilities = random.random(50000)
    curve = decision_curve(random.random(50000) < probabilities, probabilities)
    best = np.maximum(curve.treat_all, 0.0)
    assert len(curve.thresholds) == 99
    assert (np.array(curve.model) >= best - 0.005).all()
    assert max(np.array(curve.model) - best) > 0.1


def test_thresholds_of_one_are_refused() -> None:
    with pytest.raises(StudyError):
        decision_curve(OUTCOMES, PREDICTED, (0.5, 1.0))


def test_the_grouped_bootstrap_knows_that_a_group_is_one_patient() -> None:
    random = np.random.default_rng(4)
    one_a_patient = random.normal(size=40)
    values = np.repeat(one_a_patient, 5)
    low, high = grouped_bootstrap_interval(values, np.repeat(np.arange(40), 5))
    naive_low, naive_high = grouped_bootstrap_interval(values, np.arange(200))
    expected = 2 * 1.96 * one_a_patient.std() / np.sqrt(40)
    assert high - low == pytest.approx(expected, rel=0.1)
    assert naive_high - naive_low == pytest.approx(expected / np.sqrt(5), rel=0.1)
    assert low < values.mean() < high
    assert grouped_bootstrap_interval(values, np.arange(200)) == (naive_low, naive_high)
