"""Laboratory forest and survival head: what they learn, what they export, and how they are compared on tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from lifelines.datasets import load_gbsg2
from numpy.typing import NDArray

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.laboratory.imputation import ImputationRule, completed
from TumorResponseLib.predict.survival import survival_between
from TumorResponseLib.research.cohorts.survival_tables import TABLES, TablePatients, read_table
from TumorResponseLib.research.evaluation.survival.calibration_at import known_at
from TumorResponseLib.research.evaluation.survival.concordance import harrell_c
from TumorResponseLib.research.evaluation.survival.kaplan_meier import survival_curve
from TumorResponseLib.research.evaluation.survival.real_patients import EndpointReport, markdown, write_reports
from TumorResponseLib.research.evaluation.survival.table_crossval import corrected_interval, cross_validate
from TumorResponseLib.research.evaluation.survival.table_models import COX, HEAD, MODELS, NOBODY_KNOWN
from TumorResponseLib.research.evaluation.survival.times import SurvivalTimes, survival_times
from TumorResponseLib.research.training.export import export_onnx
from TumorResponseLib.research.training.prrt_laboratory import complete_values, fit_forest
from TumorResponseLib.research.training.survival_head import (
    HeadSettings,
    fit_head,
    interval_edges,
    reached_and_happened,
)

NAMES = ("chromogranin_a", "gamma_gt", "albumin")


def patients_with_gaps(count: int, seed: int) -> tuple[list[dict[str, float]], NDArray[np.int64]]:
    """Rounded values, so that many lie exactly on the forest's thresholds; a tenth is missing."""
    random = np.random.default_rng(seed)
    values = np.exp(random.normal([4.5, 3.8, 3.7], [1.2, 0.6, 0.1], size=(count, 3))).round(1)
    outcomes = (random.random(count) < 1 / (1 + np.exp(-(np.log(values[:, 0]) - 4.5)))).astype(np.int64)
    present = random.random((count, 3)) > 0.1
    rows = [
        {name: float(value) for name, value, here in zip(NAMES, row, there, strict=True) if here}
        for row, there in zip(values, present, strict=True)
    ]
    return rows, outcomes


def test_the_forest_in_onnx_gives_the_same_probabilities(tmp_path: Path) -> None:
    rows, outcomes = patients_with_gaps(120, 0)
    forest = fit_forest(rows, outcomes, NAMES)
    path = tmp_path / "laboratory.onnx"
    forest.write_onnx(path, rows)
    assert [one.name for one in tmp_path.iterdir()] == ["laboratory.onnx"]
    assert path.stat().st_size < 2_000_000
    others, truth = patients_with_gaps(400, 1)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert [(port.name, port.shape[1]) for port in session.get_inputs()] == [("values", 3)]
    assert [port.name for port in session.get_outputs()] == ["probabilities"]
    # As reading does it: the rule from its JSON, the values completed, one patient at a time.
    rule = ImputationRule.from_json(forest.rule.to_json())
    told = [
        session.run(None, {"values": np.array([list(completed(row, rule).values.values())], dtype=np.float32)})[0][0]
        for row in others
    ]
    assert np.abs(np.array(told)[:, 1] - forest.probabilities(others)).max() < 1e-5
    assert np.allclose(np.sum(told, axis=1), 1.0, atol=1e-5)
    expected = forest.probabilities(others)
    assert expected[truth == 1].mean() > expected[truth == 0].mean() + 0.1


def test_thresholds_that_float32_cannot_hold_split_alike(tmp_path: Path) -> None:
    """Neighbouring float32 numbers: the threshold between them has to be rounded to one of them."""
    base = np.float32(1000.0)
    ladder = [base]
    for _ in range(11):
        ladder.append(np.nextafter(ladder[-1], np.float32(2000.0)))
    rows = [{"value": float(number)} for number in ladder for _ in range(10)]
    outcomes = [number % 2 for number in range(12) for _ in range(10)]
    forest = fit_forest(rows, outcomes, ["value"])
    forest.write_onnx(tmp_path / "forest.onnx", rows)


def test_the_forest_is_refused_what_it_cannot_learn() -> None:
    with pytest.raises(ValueError, match="both outcomes"):
        fit_forest([{"value": 1.0}] * 3, [0, 0, 0], ["value"])
    with pytest.raises(ValueError, match="both outcomes"):
        fit_forest([{"value": 1.0}] * 3, [0, 0, 1], ["value"], weights=[1.0, 1.0, 0.0])
    with pytest.raises(ValueError, match="no training patient has other"):
        fit_forest([{"value": 1.0}] * 2, [0, 1], ["value", "other"])


def test_known_at_weighs_for_the_censored() -> None:
    """By hand: of four watched past 1, the one censored at 2 hands its weight to the two that go on."""
    followed = survival_times([1.0, 2.0, 3.0, 4.0], [1, 0, 1, 0])
    happened, weights = known_at(followed, 3.5)
    assert happened.tolist() == [True, False, True, False]
    assert weights.tolist() == pytest.approx([1.0, 0.0, 1.5, 1.5])


def test_intervals_and_what_counts_in_them() -> None:
    followed = survival_times([1.0, 2.0, 3.0, 4.0, 2.4, 2.6, 9.0], [1, 1, 1, 1, 0, 0, 0])
    edges = np.array([2.0, 3.0, 4.0])
    counted, happened = reached_and_happened(followed, edges)
    assert happened.astype(int).tolist() == [
        [1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0]
    ]  # fmt: skip
    # Censored in the first half of an interval, at 2.4, it does not count there; in the second, at 2.6, it does.
    assert counted.astype(int).tolist() == [
        [1, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 0, 0], [1, 1, 0], [1, 1, 1]
    ]  # fmt: skip
    curve = survival_curve(followed)
    found = interval_edges(followed, 2)
    assert found[-1] == 4.0 and set(found) <= set(curve.times)
    with pytest.raises(ValueError, match="No event"):
        interval_edges(survival_times([1.0, 2.0], [0, 0]), 3)


def test_survival_between_the_edges_has_a_constant_hazard() -> None:
    found = survival_between(np.array([[0.64, 0.32]]), np.array([2.0, 3.0]), np.array([0.0, 1.0, 2.0, 2.5, 3.0, 9.0]))
    assert found[0] == pytest.approx([1.0, 0.8, 0.64, 0.64 * 0.5**0.5, 0.32, 0.32])


@pytest.fixture(scope="module")
def virtual_patients() -> tuple[NDArray[np.float64], SurvivalTimes, NDArray[np.float64]]:
    """Exponential times whose rate is e^(2 x) / 10, censored; the true survival at 5."""
    random = np.random.default_rng(3)
    features = np.column_stack([random.normal(size=600), 50 + 10 * random.normal(size=600)])
    rate = np.exp(2 * features[:, 0]) / 10
    times, limit = random.exponential(1 / rate), random.uniform(2.0, 20.0, 600)
    return features, survival_times(np.minimum(times, limit), times <= limit), np.exp(-5 * rate)


def test_the_head_recovers_survival_although_patients_are_censored(
    virtual_patients: tuple[NDArray[np.float64], SurvivalTimes, NDArray[np.float64]],
) -> None:
    features, followed, truth = virtual_patients
    state = torch.get_rng_state()
    head = fit_head(features[:400], followed.of(np.arange(400)), HeadSettings(epochs=100))
    assert torch.equal(torch.get_rng_state(), state)
    told = head.survival(features[400:], [0.0, 2.5, 5.0, 10.0])
    assert (told[:, 0] == 1.0).all() and (np.diff(told, axis=1) <= 0.0).all()
    assert np.abs(told[:, 2] - truth[400:]).mean() < 0.08
    assert abs(told[:, 2].mean() - truth[400:].mean()) < 0.05
    assert harrell_c(followed.of(np.arange(400, 600)), -told[:, 2]) > 0.75
    again = fit_head(features[:400], followed.of(np.arange(400)), HeadSettings(epochs=100))
    assert np.array_equal(again.survival(features[400:], [5.0]), head.survival(features[400:], [5.0]))


def test_the_head_in_onnx_gives_the_same_survival(
    tmp_path: Path, virtual_patients: tuple[NDArray[np.float64], SurvivalTimes, NDArray[np.float64]]
) -> None:
    features, followed, _ = virtual_patients
    head = fit_head(features, followed, HeadSettings(epochs=5))
    given = features.astype(np.float32)
    export_onnx(head.network, {"features": torch.from_numpy(given[:4])}, ["survival"], tmp_path / "head.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "head.onnx", providers=["CPUExecutionProvider"])
    (at_edges,) = session.run(None, {"features": given})
    times = np.linspace(0.0, 15.0, 7)
    told = survival_between(at_edges.astype(np.float64), head.edges, times)
    assert np.abs(told - head.survival(features, times)).max() < 1e-5


def breast_cancer(count: int) -> TablePatients:
    table = load_gbsg2().iloc[:count]
    rows = tuple(
        {"nodes": float(nodes), "size": float(size)} for nodes, size in zip(table.pnodes, table.tsize, strict=True)
    )
    return TablePatients(("nodes", "size"), rows, survival_times(table.time, table.cens))


def test_models_are_compared_on_the_same_folds(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    patients = breast_cancer(240)
    models = {name: MODELS[name] for name in (NOBODY_KNOWN, COX, HEAD)}
    found = cross_validate(patients, "nodes", 1, lambda done, all_: seen.append((done, all_)), models)
    assert seen == [(1, 3), (2, 3), (3, 3)]
    nothing, cox, head = (found[name] for name in models)
    assert nothing.harrell_c.mean == 0.5 and nothing.log_rank_p is None
    assert cox.harrell_c.mean > 0.6 and head.harrell_c.mean > 0.6
    assert nothing.integrated_brier is not None and cox.integrated_brier is not None
    assert cox.integrated_brier.mean < nothing.integrated_brier.mean
    assert cox.c_above_cox is None and head.c_above_cox is not None
    assert head.c_above_cox[0] == pytest.approx(head.harrell_c.mean - cox.harrell_c.mean)
    assert cox.log_rank_p is not None and cox.log_rank_p < 0.01

    known = "lower-grade glioma", "death"
    report = EndpointReport(*known, 240, int(patients.followed.events.sum()), 100, found)
    page, figures = write_reports([report], 1, tmp_path)
    text = page.read_text()
    assert text == markdown([report], 1)
    assert f"| {COX} | {cox.harrell_c.mean:.3f} ± " in text and "0.80 ± 0.11" in text
    assert json.loads(figures.read_text())["endpoints"][0]["models"][HEAD]["uno_c"]["mean"] == head.uno_c.mean


def test_the_interval_of_repeated_cross_validation_is_wider_than_the_naive_one() -> None:
    """By hand for differences of variance 0.01 over 30 folds of a third: sqrt((1/30 + 1/2) 0.01) = 0.0730, times the
    t-quantile 2.0452 with 29 degrees of freedom."""
    random = np.random.default_rng(0)
    differences = random.normal(size=30)
    differences = 0.1 * (differences - differences.mean()) / differences.std(ddof=1) + 0.05
    low, high = corrected_interval(differences, 0.5)
    assert (low, high) == pytest.approx((0.05 - 2.0452 * 0.07303, 0.05 + 2.0452 * 0.07303), abs=1e-4)


def test_the_tables_of_real_patients(shared_data: Path) -> None:
    """Patients and events as the data's README counts them."""
    counts = {
        (table.title, endpoint): (len(read.rows), int(read.followed.events.sum()))
        for table in TABLES
        for endpoint in table.endpoints
        for read in [read_table(table, endpoint, shared_data / "tables")]
    }
    assert list(counts.values()) == [(157, 59), (184, 36), (300, 45), (300, 40), (300, 56)]
    glioma = read_table(TABLES[0], "progression", shared_data / "tables")
    assert set(glioma.rows[0]) <= set(glioma.names)
    assert any(set(row) < set(glioma.names) for row in glioma.rows)
    values = complete_values(glioma.rows, ImputationRule.learned(glioma.rows, glioma.names))
    assert values.shape == (157, len(glioma.names)) and np.isfinite(values).all()


def test_a_table_that_is_not_the_known_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / TABLES[0].file).write_text("patient,event_death,time_death_d\na,1,20\n")
    with pytest.raises(StudyError, match="not the one that is known"):
        read_table(TABLES[0], "death", tmp_path)
