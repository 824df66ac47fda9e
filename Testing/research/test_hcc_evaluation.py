"""The shipped HCC bundle on rats of another seed: its figures are those of its predictions, and its card tells them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading import CohortRow, read_cohort, study_of, write_cohort
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.models.bundle import read_bundle
from TumorResponseLib.models.device import resolve_device
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.hcc import ESTIMATES, Hcc
from TumorResponseLib.predict.system import Prediction
from TumorResponseLib.research.cohorts.hcc import simulate
from TumorResponseLib.research.evaluation.evaluate_hcc import evaluate
from TumorResponseLib.research.evaluation.segmentation import score_image
from TumorResponseLib.research.training.hcc_card import evaluated_card

SHIPPED = resources_folder() / "Models" / "hcc"
RATS, SEED = 9, 21
"""Few, with two of either response among both the training and the test animals."""


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """First and last week only, which is enough for a change of size."""
    folder = tmp_path_factory.mktemp("cohort") / "hcc"
    simulate(RATS, SEED, folder, workers=1)
    write_cohort([row for row in read_cohort(folder) if row.timepoint in ("week-0", "week-3")], folder)
    return folder


@pytest.fixture(scope="module")
def evaluated(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    out = tmp_path_factory.mktemp("evaluated") / "out"
    done: list[tuple[int, int]] = []
    path = evaluate(SHIPPED, cohort, out, lambda *progress: done.append(progress))
    assert done == [(number, 8) for number in range(1, 9)]
    return json.loads(path.read_text()), out


@pytest.fixture(scope="module")
def read(cohort: Path) -> list[tuple[CohortRow, Prediction]]:
    """The test animals' last week, from the network's own outline."""
    bundle, system = OpenBundle(read_bundle(SHIPPED), resolve_device("cpu")), Hcc()
    rows = [row for row in read_cohort(cohort) if row.split == "test" and row.response is not None]
    found = []
    for row in rows:
        study = study_of(row)
        outline = system.outline(study, study.image("contrast"), bundle).mask
        dice = score_image(outline, study.masks["contrast"], "").dice
        assert dice is not None and dice > 0.85
        found.append((row, system.predict(study, outline, bundle).prediction))
    return found


def test_figures_are_those_of_the_predictions(
    evaluated: tuple[dict[str, Any], Path], read: list[tuple[CohortRow, Prediction]]
) -> None:
    content, out = evaluated
    assert content["system"] == "hcc" and list(content["splits"]) == ["test"]
    figures = content["splits"]["test"]
    responses = [row.response for row, _ in read]
    told = [prediction.probabilities[-1] for _, prediction in read]
    assert figures["hcc"]["patients"] == len(read) == 4
    assert figures["hcc"]["auc"] == pytest.approx(roc_auc_score(responses, told))
    assert figures["hcc"]["brier"] == pytest.approx(np.mean((np.array(told) - responses) ** 2), abs=1e-6)
    for index, quantity in enumerate(ESTIMATES):
        measured = np.array([float(row.other[quantity]) for row, _ in read])
        estimated = np.array([prediction.estimates[index].value for _, prediction in read])
        truth = np.array([float(row.other[f"{quantity}_true"]) for row, _ in read])
        of_one = figures["estimates"][quantity]
        error = np.sqrt(np.mean((estimated - measured) ** 2))
        noise = np.sqrt(np.mean((truth - measured) ** 2))
        assert of_one["hcc"]["rmse"] == pytest.approx(error, abs=1e-6)
        assert of_one["histology-noise"]["rmse"] == pytest.approx(noise, abs=1e-6)
        assert of_one["hcc"]["rmse_of_noise"] == pytest.approx(error / noise, rel=1e-4)
    assert {"roc", "calibration", "decision", *ESTIMATES} == {
        path.stem.removeprefix("test-") for path in out.glob("*.svg")
    }


def test_outline_size_change_and_groups_stand_beside(evaluated: tuple[dict[str, Any], Path], cohort: Path) -> None:
    figures = evaluated[0]["splits"]["test"]
    segmentation = figures["segmentation"]
    assert segmentation["lesions"] == 8 and segmentation["missed"] == 0
    assert segmentation["dice"] > 0.9 and 0.8 < segmentation["iou"] < segmentation["dice"]
    rows = [row for row in read_cohort(cohort) if row.split == "test"]
    volumes = [int(study_of(row).masks["contrast"].sum()) for row in rows]
    shrunk = -np.log(np.array(volumes[1::2]) / volumes[::2])
    auc = roc_auc_score([row.response for row in rows[1::2]], shrunk)
    # Learned on other animals: shrinking may be read either way round.
    assert figures["size-volume"]["auc"] in (pytest.approx(auc), pytest.approx(1 - auc))
    counts = figures["size-recist"]["recist"]
    assert sum(sum(by_word.values()) for by_word in counts.values()) == 4
    assert figures["oracle"]["auc"] == roc_auc_score(
        [row.response for row in rows[1::2]], [row.oracle_probability for row in rows[1::2]]
    )
    assert sum(group["animals"] for group in figures["arms"].values()) == 4
    assert sum(group["animals"] for group in figures["swelling"].values()) == 4


def test_saliency_lies_on_the_tumour_and_hangs_on_the_weights(evaluated: tuple[dict[str, Any], Path]) -> None:
    saliency = evaluated[0]["splits"]["test"]["saliency"]
    assert saliency["patients"] == 4 and sum(saliency["share_by_region"].values()) == pytest.approx(1.0, abs=1e-6)
    assert saliency["share_by_region"]["tumour"] > 3 * saliency["area_by_region"]["tumour"]
    assert abs(saliency["shuffled_correlation"]) < 0.5


def test_the_card_tells_the_figures(evaluated: tuple[dict[str, Any], Path]) -> None:
    figures = evaluated[0]["splits"]["test"]
    card = evaluated_card(read_bundle(SHIPPED).metadata, evaluated[0]["splits"])
    for text in (
        f"| hcc, its own outline | {figures['hcc']['auc']:.3f} (",
        f"| change of longest diameter (RECIST) | {figures['size-recist']['auc']:.3f} (",
        f"| oracle | {figures['oracle']['auc']:.3f} (",
        f"| hcc | {figures['segmentation']['dice']:.3f} (",
        f"| hcc, its own outline | {figures['estimates']['apoptosis']['hcc']['rmse']:.4f} (",
        "**Evidence:** virtual cohort",
        "Context, not a result of this bundle",
    ):
        assert text in card


def test_a_cohort_of_training_animals_only_is_refused(tmp_path: Path) -> None:
    simulate(1, 2026, tmp_path / "hcc", workers=1)
    assert {row.split for row in read_cohort(tmp_path / "hcc")} == {"train"}
    with pytest.raises(StudyError, match="hold some out"):
        evaluate(SHIPPED, tmp_path / "hcc", tmp_path / "out", lambda done, total: None)
