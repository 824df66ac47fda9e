"""The Cox baseline against published fits."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines.datasets import load_leukemia, load_regression_dataset, load_rossi

from TumorResponseLib.research.evaluation.survival.kaplan_meier import survival_curve
from TumorResponseLib.research.evaluation.survival.times import survival_times
from TumorResponseLib.research.training.cox import fit_cox

ROSSI = load_rossi()
FEATURES = ROSSI.drop(columns=["week", "arrest"]).to_numpy(dtype=np.float64)
FOLLOWED = survival_times(ROSSI.week, ROSSI.arrest)


def test_rossi() -> None:
    """lifelines' own test of CoxPHFitter on load_rossi():
    fin -0.3794, age -0.0574, race 0.3139, wexp -0.1498, mar -0.4337, paro -0.0849, prio 0.0915;
    log-likelihood ratio test 33.27 on 7 df; its documentation, Survival Regression: partial AIC 1331.50."""
    model = fit_cox(FEATURES, FOLLOWED)
    assert list(ROSSI.columns[2:]) == ["fin", "age", "race", "wexp", "mar", "paro", "prio"]
    assert np.round(model.coefficients, 4).tolist() == [-0.3794, -0.0574, 0.3139, -0.1498, -0.4337, -0.0849, 0.0915]
    assert f"{14 - 2 * model.log_likelihood:.2f}" == "1331.50"
    empty = fit_cox(np.zeros((len(FOLLOWED), 1)), FOLLOWED)
    assert f"{2 * (model.log_likelihood - empty.log_likelihood):.2f}" == "33.27"


def test_regression_table() -> None:
    """lifelines' documentation, Quickstart, CoxPHFitter on load_regression_dataset(): 0.22 0.05 0.22, partial
    log-likelihood -807.62, log-likelihood ratio test 15.54 on 3 df."""
    table = load_regression_dataset()
    followed = survival_times(table["T"], table["E"])
    model = fit_cox(table[["var1", "var2", "var3"]].to_numpy(), followed)
    assert np.round(model.coefficients, 2).tolist() == [0.22, 0.05, 0.22]
    assert f"{model.log_likelihood:.2f}" == "-807.62"
    empty = fit_cox(np.zeros((len(followed), 1)), followed)
    assert f"{2 * (model.log_likelihood - empty.log_likelihood):.2f}" == "15.54"


def test_leukaemia() -> None:
    """R survival, coxph(Surv(T, delta) ~ MP) on Freireich's trial, Efron's ties: coefficient -1.5721."""
    table = load_leukemia()
    model = fit_cox((table.Rx == 0).to_numpy()[:, None], survival_times(table.t, table.status))
    assert f"{model.coefficients[0]:.4f}" == "-1.5721"


def test_the_survival_of_a_model_without_features_is_that_of_all() -> None:
    model = fit_cox(np.zeros((len(FOLLOWED), 1)), FOLLOWED)
    curve = survival_curve(FOLLOWED)
    assert model.survival([[0.0]], [10.0, 30.0, 50.0])[0] == pytest.approx(
        [curve.at(time)[0] for time in (10.0, 30.0, 50.0)], abs=2e-3
    )


def test_the_penalty_pulls_to_zero_and_settles_separated_patients() -> None:
    free, held = fit_cox(FEATURES, FOLLOWED), fit_cox(FEATURES, FOLLOWED, penalty=100.0)
    assert np.linalg.norm(held.coefficients) < 0.5 * np.linalg.norm(free.coefficients)
    apart = survival_times([1.0, 2.0, 3.0, 4.0], [1, 1, 0, 0])
    assert np.isfinite(fit_cox([[1.0], [1.0], [0.0], [0.0]], apart, penalty=1.0).coefficients).all()
    with pytest.raises(ValueError, match="No event"):
        fit_cox(np.ones((2, 1)), survival_times([1.0, 2.0], [0, 0]))
