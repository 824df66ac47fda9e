"""What an HCC evaluation compares with: size change, groups, errors of estimates; and the card that tells it all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading import CohortRow, read_cohort, study_of
from TumorResponseLib.research.cohorts.hcc import simulate
from TumorResponseLib.research.evaluation.hcc_groups import group_figures
from TumorResponseLib.research.evaluation.hcc_size import (
    DIAMETER,
    VOLUME,
    recist_counts,
    size_changes,
    size_reader,
)
from TumorResponseLib.research.evaluation.regression import regression_metrics


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> list[CohortRow]:
    folder = tmp_path_factory.mktemp("virtual") / "hcc"
    simulate(1, 7, folder, workers=1)
    return read_cohort(folder)


def test_size_change_is_measured_on_the_masks(weeks: list[CohortRow]) -> None:
    first, last = (study_of(weeks[index]).masks["contrast"] for index in (0, -1))
    (changes,) = size_changes(weeks).values()
    assert changes[VOLUME] == pytest.approx(np.log(last.sum() / first.sum()))
    drawn = [float(weeks[index].other["diameter_mm"]) for index in (0, -1)]
    assert changes[DIAMETER] == pytest.approx(np.log(drawn[1] / drawn[0]), abs=0.1)


def test_size_change_needs_two_outlined_weeks(weeks: list[CohortRow], tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="one time point only"):
        size_changes(weeks[:1])
    with pytest.raises(StudyError, match="no tumour mask"):
        size_changes([replace(weeks[0], masks={}), weeks[-1]])


def test_a_size_reader_learns_what_shrinking_means() -> None:
    random = np.random.default_rng(0)
    changes = random.normal(0.0, 0.3, 4000)
    responses = (random.random(4000) < 1 / (1 + np.exp(4.0 * changes))).astype(int)
    reader = size_reader(changes, responses, {"viability": 0.5 + 0.4 * changes + random.normal(0, 0.05, 4000)})
    told = reader.probability(np.array([-0.5, 0.0, 0.5]))
    assert told == pytest.approx(1 / (1 + np.exp(4.0 * np.array([-0.5, 0.0, 0.5]))), abs=0.03)
    assert reader.estimate("viability", np.array([0.25])) == pytest.approx([0.6], abs=0.01)


def test_recist_counts_keep_the_guideline_s_percentages() -> None:
    changes = np.log([0.69, 0.70, 0.71, 1.19, 1.21, 1.5])
    counts = recist_counts(changes, np.array([1, 1, 0, 0, 0, 1]))
    assert counts == {
        "non-responders": {"PR": 0, "SD": 2, "PD": 1},
        "responders": {"PR": 2, "SD": 0, "PD": 1},
    }


def test_groups_are_told_apart() -> None:
    figures = group_figures(["b", "a", "b"], np.array([1, 0, 0]), {"reader": np.array([0.9, 0.2, 0.7])})
    assert list(figures) == ["a", "b"] and figures["b"]["animals"] == 2 and figures["b"]["responders"] == 1
    assert figures["b"]["reader"]["accuracy"] == 0.5 and figures["a"]["reader"]["accuracy"] == 1.0
    assert figures["b"]["reader"]["brier"] == pytest.approx((0.1**2 + 0.7**2) / 2)
    assert figures["b"]["reader"]["mean_probability"] == pytest.approx(0.8)


def test_regression_metrics_have_their_textbook_values() -> None:
    metrics = regression_metrics([1.0, 2.0, 3.0, 4.0], [1.5, 2.0, 2.5, 5.0])
    assert metrics.rmse == pytest.approx(np.sqrt((0.25 + 0.25 + 1.0) / 4))
    assert metrics.r2 == pytest.approx(1 - 1.5 / 5.0) and metrics.bias == pytest.approx(0.25)
    assert metrics.rmse_ci[0] <= metrics.rmse <= metrics.rmse_ci[1]
    with pytest.raises(StudyError, match="measured alike"):
        regression_metrics([1.0, 1.0], [1.0, 2.0])
    with pytest.raises(StudyError, match="at least two"):
        regression_metrics([1.0], [1.0])
    with pytest.raises(StudyError, match="at least two"):
        regression_metrics([1.0, np.nan], [1.0, 2.0])
