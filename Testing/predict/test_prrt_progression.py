"""From logits to progression within a year and survival: the numbers of the model by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from TumorResponseLib.predict.jackknife import jackknife_interval
from TumorResponseLib.predict.prrt_progression import Progression, safe_logit

CONTENT = {
    "line": {"slope": 2.0, "intercept": -0.5},
    "edges_months": [6.0, 12.0, 24.0],
    "shifts": [-1.0, 0.0, 1.5],
    "horizon_months": 12,
    "interval_level": 0.9,
    "branches": {"pet": {"slope": 0.0, "intercept": -1.0}},
}
MODEL = Progression.of_json(CONTENT)
LOGITS = np.array([0.1, 0.4, 0.7])


def test_the_chance_of_progression_is_that_of_the_curve() -> None:
    odds = -0.5 + 2.0 * 0.4
    assert MODEL.log_odds(LOGITS) == pytest.approx(odds)
    assert MODEL.probability(LOGITS) == pytest.approx(expit(odds))
    curve = MODEL.survival(np.array([odds]), np.array([0.0, 6.0, 9.0, 12.0, 24.0, 60.0]))[0]
    at_6, at_12, at_24 = expit(1.0 - odds), expit(-odds), expit(-1.5 - odds)
    # Within an interval the hazard is constant, so that half-way is the geometric mean.
    np.testing.assert_allclose(curve, [1.0, at_6, np.sqrt(at_6 * at_12), at_12, at_24, at_24])


def test_a_branch_has_its_own_calibration() -> None:
    assert MODEL.branches["pet"].probability(3.0) == pytest.approx(expit(-1.0))
    assert safe_logit(1.0) == pytest.approx(logit(1.0 - 1e-4)) and safe_logit(0.25) == pytest.approx(logit(0.25))


def test_the_interval_is_that_of_the_jackknife() -> None:
    each = -0.5 + 2.0 * LOGITS
    # Squared deviations 0.36, 0, 0.36 times 2 / 3; Student's 95th percentile for 2 degrees of freedom is 2.920.
    error = np.sqrt(2.0 / 3.0 * 0.72)
    low, high = MODEL.interval(LOGITS)
    assert low == pytest.approx(expit(each.mean() - 2.91999 * error), rel=1e-4)
    assert high == pytest.approx(expit(each.mean() + 2.91999 * error), rel=1e-4)
    assert jackknife_interval(np.array([0.3, 0.3]), 0.3, 0.9) == pytest.approx((expit(0.3), expit(0.3)))
