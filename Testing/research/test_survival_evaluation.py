"""Kaplan-Meier, log-rank, concordance, Brier score and calibration, against published figures of lifelines' tables.

Where a figure has no printed source, scikit-survival 0.28.0 computed it once on the same table; it is no dependency.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from lifelines.datasets import load_gbsg2, load_leukemia, load_lung, load_regression_dataset, load_rossi, load_waltons
from numpy.typing import NDArray

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.research.evaluation.figures import calibration_figure, save_svg
from TumorResponseLib.research.evaluation.survival.brier import brier_curve, kaplan_meier_prediction
from TumorResponseLib.research.evaluation.survival.calibration_at import calibration_at
from TumorResponseLib.research.evaluation.survival.concordance import harrell_c, uno_c
from TumorResponseLib.research.evaluation.survival.figures import brier_figure, kaplan_meier_figure
from TumorResponseLib.research.evaluation.survival.kaplan_meier import at_risk, log_rank, risk_groups, survival_curve
from TumorResponseLib.research.evaluation.survival.summary import survival_metrics
from TumorResponseLib.research.evaluation.survival.times import SurvivalTimes, censoring, survival_times
from TumorResponseLib.research.training.cox import CoxModel, fit_cox

LEUKEMIA = load_leukemia()
LUNG = load_lung()
ROSSI = load_rossi()
WALTONS = load_waltons()
GBSG2 = load_gbsg2()


def follow_up(table: object, time: str, event: str) -> SurvivalTimes:
    return survival_times(table[time].to_numpy(), table[event].to_numpy())  # type: ignore[index]


@pytest.fixture(scope="module")
def breast_cancer() -> tuple[SurvivalTimes, NDArray[np.float64], CoxModel]:
    """GBSG2 with the coding of scikit-survival's example: grade as a number, the two factors as 0 and 1."""
    features = np.column_stack(
        [
            GBSG2.age,
            GBSG2.estrec,
            GBSG2.horTh == "yes",
            GBSG2.menostat == "Pre",
            GBSG2.pnodes,
            GBSG2.progrec,
            GBSG2.tgrade.str.len(),
            GBSG2.tsize,
        ]
    ).astype(np.float64)
    followed = follow_up(GBSG2, "time", "cens")
    return followed, features, fit_cox(features, followed)


def test_kaplan_meier_of_the_leukaemia_trial() -> None:
    """Freireich's 6-MP trial. R survival, summary(survfit(Surv(t, relapse) ~ group)): n.risk 21 17 15 12 11 7 6,
    survival 0.857 0.807 0.753 0.690 0.627 0.538 0.448."""
    treated = follow_up(LEUKEMIA[LEUKEMIA.Rx == 0], "t", "status")
    curve = survival_curve(treated)
    steps = (6, 7, 10, 13, 16, 22, 23)
    assert [round(curve.at(time)[0], 3) for time in steps] == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert at_risk(treated, steps) == (21, 17, 15, 12, 11, 7, 6)
    assert (curve.patients, curve.events) == (21, 9)
    assert curve.at(5.9) == (1.0, (1.0, 1.0))
    assert curve.at(40.0)[0] == curve.survival[-1]


def test_numbers_at_risk() -> None:
    """lifelines' documentation, Quickstart, survival_table_from_events(load_waltons()): at_risk 163 163 162 160 157."""
    assert at_risk(follow_up(WALTONS, "T", "E"), (0, 6, 7, 9, 13)) == (163, 163, 162, 160, 157)


def test_medians() -> None:
    """R survival, survfit(Surv(time, status) ~ sex, data = lung): n 138 and 90, events 112 and 53, median 270 and 426.
    The same of Freireich's trial: 6 MP 21 9 23, placebo 21 21 8."""
    men, women = (survival_curve(follow_up(LUNG[LUNG.sex == sex], "time", "status")) for sex in (1, 2))
    assert (men.patients, men.events, men.median) == (138, 112, 270)
    assert (women.patients, women.events, women.median) == (90, 53, 426)
    treated, placebo = (survival_curve(follow_up(LEUKEMIA[LEUKEMIA.Rx == arm], "t", "status")) for arm in (0, 1))
    assert (treated.median, placebo.median) == (23, 8)
    assert treated.median_ci[1] is None
    mild = survival_curve(survival_times([3, 4, 5, 6], [1, 0, 0, 0]))
    assert mild.median is None and mild.median_ci[1] is None


@pytest.mark.parametrize(
    ("table", "columns", "statistic", "p_value"),
    [
        # R survival, survdiff on Freireich's trial: Chisq= 16.8 on 1 degrees of freedom, p= 4.17e-05.
        (LEUKEMIA, ("t", "status", "Rx"), "16.8", "4.17e-05"),
        # R survival, survdiff(Surv(time, status) ~ sex, data = lung): Chisq= 10.3, p= 0.00131.
        (LUNG, ("time", "status", "sex"), "10.3", "1.31e-03"),
    ],
    ids=["leukemia", "lung"],
)
def test_log_rank(table: object, columns: tuple[str, str, str], statistic: str, p_value: str) -> None:
    time, event, group = columns
    test = log_rank(follow_up(table, time, event), table[group].to_numpy())  # type: ignore[index]
    assert f"{test.statistic:.1f}" == statistic
    assert f"{test.p_value:.2e}" == p_value
    assert test.degrees_of_freedom == 1


def test_harrell_c_of_the_rossi_model() -> None:
    """lifelines' own test of CoxPHFitter on load_rossi(): Concordance = 0.640; R survival, summary(coxph): 0.64."""
    features = ROSSI.drop(columns=["week", "arrest"]).to_numpy(dtype=np.float64)
    followed = follow_up(ROSSI, "week", "arrest")
    assert f"{harrell_c(followed, fit_cox(features, followed).risks(features)):.3f}" == "0.640"
    assert harrell_c(followed, np.zeros(len(followed))) == 0.5


def test_harrell_c_of_the_regression_table() -> None:
    """lifelines' documentation, Quickstart, CoxPHFitter on load_regression_dataset(): Concordance = 0.58."""
    table = load_regression_dataset()
    features = table[["var1", "var2", "var3"]].to_numpy(dtype=np.float64)
    followed = follow_up(table, "T", "E")
    assert f"{harrell_c(followed, fit_cox(features, followed).risks(features)):.2f}" == "0.58"


def test_uno_c() -> None:
    """scikit-survival 0.28.0, concordance_index_ipcw: lung by age 0.5493491149011153; the same with tau=362.8
    0.5497872121186562; rossi by prio, tau=52, 0.5961268458000484; GBSG2 by pnodes, tau=1825, 0.6298304981001723."""
    lung, rossi, breast = (follow_up(LUNG, "time", "status"), follow_up(ROSSI, "week", "arrest"),
                           follow_up(GBSG2, "time", "cens"))  # fmt: skip
    assert uno_c(lung, LUNG.age) == pytest.approx(0.5493491149011153, abs=1e-12)
    assert uno_c(lung, LUNG.age, horizon=362.8) == pytest.approx(0.5497872121186562, abs=1e-12)
    assert uno_c(rossi, ROSSI.prio, horizon=52) == pytest.approx(0.5961268458000484, abs=1e-12)
    assert uno_c(breast, GBSG2.pnodes, horizon=1825) == pytest.approx(0.6298304981001723, abs=1e-12)
    with pytest.raises(StudyError, match="choose an earlier one"):
        uno_c(rossi, ROSSI.prio)


def test_uno_c_stays_where_harrell_c_moves_with_the_censoring() -> None:
    """Early and late events need not be ranked equally well; heavy late censoring then moves Harrell's C only."""
    random = np.random.default_rng(0)
    risk = random.normal(size=2500)
    # The risk counts for much early and for nothing late.
    early = random.random(2500) < 0.5
    times = np.where(early, np.exp(-1.0 - risk + 0.3 * random.normal(size=2500)), random.uniform(0.0, 12.0, 2500))
    whole = survival_times(times, np.ones(2500))
    limit = random.exponential(4.0, 2500)
    cut = survival_times(np.minimum(times, limit), times <= limit)
    truth = uno_c(whole, risk, horizon=8.0)
    assert abs(uno_c(cut, risk, horizon=8.0) - truth) < 0.01
    assert abs(harrell_c(cut, risk) - harrell_c(whole, risk)) > 0.02


def test_brier_score_of_breast_cancer(breast_cancer: tuple[SurvivalTimes, NDArray[np.float64], CoxModel]) -> None:
    """scikit-survival's documentation, Cox model (Efron's ties) on GBSG2: brier_score at 1825 days [0.20881843];
    integrated_brier_score over np.arange(365, 1826) 0.1815853064627424."""
    followed, features, model = breast_cancer
    at = np.arange(365, 1826)
    curve = brier_curve(followed, model.survival(features, at), at)
    assert f"{curve.scores[at.tolist().index(1825)]:.8f}" == "0.20881843"
    assert f"{curve.integrated:.4f}" == "0.1816"
    assert curve.integrated == pytest.approx(0.1815853064627424, abs=1e-7)
    knows_nothing = brier_curve(followed, kaplan_meier_prediction(followed, len(followed), at), at)
    assert knows_nothing.integrated > curve.integrated
    once = brier_curve(followed, model.survival(features, [1825.0]), [1825.0])
    assert once.integrated == once.scores[0] == pytest.approx(curve.scores[-1])


def test_brier_score_without_censoring_is_the_squared_error() -> None:
    followed = survival_times([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1])
    predicted = np.array([[0.9, 0.2], [0.8, 0.1], [0.7, 0.6], [1.0, 0.5]])
    curve = brier_curve(followed, predicted, [1.5, 3.5])
    happened = np.array([[1, 1], [0, 1], [0, 1], [0, 0]])
    assert np.allclose(curve.scores, ((1 - happened - predicted) ** 2).mean(axis=0))


def test_censoring_leaves_after_the_event() -> None:
    """By hand: at 2 one event and one censored of three; the event first, so one of the remaining two is lost."""
    watched = censoring(survival_times([1.0, 2.0, 2.0, 5.0], [1, 1, 0, 1]))
    assert watched.at([0.5, 1.0, 1.9, 2.0, 5.0]).tolist() == [1.0, 1.0, 1.0, 0.5, 0.5]


def test_patients_whom_nobody_followed_so_long_are_no_evidence_of_calibration() -> None:
    times = np.r_[np.ones(10), np.full(5, 24.0), np.full(5, 6.0)]
    events = np.r_[np.zeros(15, bool), np.ones(5, bool)]
    risks = np.r_[np.full(10, 0.1), np.full(10, 0.6)]
    found = calibration_at(survival_times(times, events), risks, 12.0, bins=2)
    assert [(one.patients, one.observed) for one in found.bins] == [(10, pytest.approx(0.5))]
    assert found.expected_error == pytest.approx(0.1)


def test_calibration_at_a_year_when_patients_are_censored() -> None:
    random = np.random.default_rng(1)
    log_odds = random.normal(-0.5, 1.2, 4000)
    risk = 1 / (1 + np.exp(-log_odds))
    # The chance of the event by 12 months is exactly the risk (log-logistic times).
    spread = random.random(4000)
    months = 12 * (spread / (1 - spread) * np.exp(-log_odds)) ** (1 / 1.5)
    limit = random.exponential(20.0, 4000)
    followed = survival_times(np.minimum(months, limit), months <= limit)
    right = calibration_at(followed, risk, 12.0)
    assert right.expected_error < 0.03
    assert right.intercept is not None and abs(right.intercept) < 0.1
    assert right.slope is not None and abs(right.slope - 1) < 0.1
    assert sum(one.patients for one in right.bins) == 4000
    assert all(one.observed_ci[0] <= one.observed <= one.observed_ci[1] for one in right.bins)
    bold = calibration_at(followed, 1 / (1 + np.exp(-2 * log_odds - 0.5)), 12.0)
    assert bold.expected_error > 0.08
    assert bold.slope is not None and abs(bold.slope - 0.5) < 0.05
    # To leave out the censored would call every risk too low.
    known = followed.events | (followed.times > 12)
    naive = (followed.events & (followed.times <= 12))[known].mean()
    observed = np.average([one.observed for one in right.bins], weights=[one.patients for one in right.bins])
    assert abs(observed - risk.mean()) < 0.02 < abs(naive - risk.mean())


def test_summary_and_figures(
    breast_cancer: tuple[SurvivalTimes, NDArray[np.float64], CoxModel], tmp_path: Path
) -> None:
    followed, features, model = breast_cancer
    times = np.array([365.0, 730.0, 1095.0, 1460.0, 1825.0])
    survival = model.survival(features, times)
    metrics = survival_metrics(followed, survival, times, 365.0)
    assert (metrics.patients, metrics.events) == (686, 299)
    assert 0.65 < metrics.uno_c < metrics.harrell_c < 0.72
    assert metrics.calibration.expected_error < 0.05
    with pytest.raises(ValueError, match=r"100\.0 is not in list"):
        survival_metrics(followed, survival, times, 100.0)

    risk = 1 - survival[:, 0]
    groups = risk_groups(risk, np.quantile(risk, [1 / 3, 2 / 3]).tolist())
    assert sorted(np.unique(groups, return_counts=True)[1].tolist()) == [228, 229, 229]
    named = {name: followed.of(groups == number) for number, name in enumerate(("low", "middle", "high"))}
    figure = kaplan_meier_figure(named, log_rank(followed, groups), (0, 500, 1000, 1500, 2000), "Groups", "days")
    for path, drawn in {
        tmp_path / "km.svg": figure,
        tmp_path / "brier.svg": brier_figure({"Cox": metrics.brier}, "Brier", "days"),
        tmp_path / "calibration.svg": calibration_figure({"Cox": metrics.calibration}, "At one year"),
    }.items():
        save_svg(drawn, path)
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
    text = (tmp_path / "km.svg").read_text()
    assert "log-rank p &lt; 0.001" in text and "at risk" in text
    for name, patients in named.items():
        curve = survival_curve(patients)
        assert f"{name}: {curve.events} of {curve.patients}" in text
        assert all(f">{count}<" in text for count in at_risk(patients, (0, 500, 1000, 1500, 2000)))


@pytest.mark.parametrize(
    ("times", "events", "message"),
    [
        ([], [], "one time of at least 0"),
        ([1.0, -2.0], [1, 0], "one time of at least 0"),
        ([1.0, float("nan")], [1, 0], "one time of at least 0"),
        ([1.0, 2.0], [1], "one 0 or 1 for each of the 2"),
        ([1.0, 2.0], [1, 2], "one 0 or 1"),
    ],
)
def test_follow_up_that_makes_no_sense_is_refused(times: list[float], events: list[int], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        survival_times(times, events)


def test_predictions_that_make_no_sense_are_refused() -> None:
    followed = survival_times([1.0, 2.0, 3.0], [1, 0, 0])
    with pytest.raises(StudyError, match="one number for each of the 3"):
        harrell_c(followed, [0.1, 0.2])
    with pytest.raises(StudyError, match="No pair"):
        harrell_c(survival_times([1.0, 2.0], [0, 0]), [0.1, 0.2])
    with pytest.raises(StudyError, match="No pair"):
        uno_c(followed, [0.1, 0.2, 0.3], horizon=0.5)
    with pytest.raises(StudyError, match="rising times"):
        brier_curve(followed, np.ones((3, 2)), [2.0, 1.0])
    with pytest.raises(StudyError, match="one probability"):
        brier_curve(followed, 2 * np.ones((3, 1)), [1.0])
    with pytest.raises(StudyError, match="choose an earlier one"):
        brier_curve(followed, np.ones((3, 1)), [9.0])
    with pytest.raises(StudyError, match="followed up to then"):
        calibration_at(followed, [0.1, 0.2, 0.3], 9.0)
    with pytest.raises(StudyError, match="at least two groups"):
        log_rank(followed, [0, 0, 0])
