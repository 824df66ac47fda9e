"""A tiny training from cohort folder to bundle, and what the shipped bundle reaches."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading import read_cohort, study_of
from TumorResponseLib.models.device import resolve_device
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.dlrs3 import REFERENCE, STACKING, Dlrs3
from TumorResponseLib.predict.dlrs3_crops import REGIONS
from TumorResponseLib.research.cohorts.dlrs3 import simulate
from TumorResponseLib.research.training import dlrs3_folds
from TumorResponseLib.research.training.dlrs3 import train
from TumorResponseLib.research.training.dlrs3_crops import read_crops
from TumorResponseLib.research.training.dlrs3_folds import Recipe, folds_of
from TumorResponseLib.research.training.stacking import cross_fitted, fit_logistic, fit_stacking
from TumorResponseLib.research.training.training_split import training_rows

TINY = Recipe(folds=2, epochs=1, batch_size=4, widths=(4, 4, 4, 4))


def silent(done: int, total: int) -> None:
    assert 0 <= done <= total


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohort") / "dlrs3"
    simulate(22, 5, folder, workers=1)
    return folder


@pytest.fixture(scope="module")
def trained(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[OpenBundle, Path, list[tuple[int, int]]]:
    folder = tmp_path_factory.mktemp("trained")
    told: list[tuple[int, int]] = []
    work = folder / "work"
    bundle = train(cohort, folder / "dlrs3", lambda *done: told.append(done), work=work, recipe=TINY)
    return OpenBundle(bundle, resolve_device("cpu")), work, told


def test_a_trained_bundle_reads(trained: tuple[OpenBundle, Path, list[tuple[int, int]]], cohort: Path) -> None:
    bundle, _, told = trained
    rows = training_rows(cohort)
    study = study_of(rows[0])
    output = Dlrs3().predict(study, study.masks["tumour"], bundle)
    assert 0.0 < output.prediction.probabilities[-1] < 1.0
    assert output.prediction.evidence == "virtual cohort"
    assert set(output.activations) == set(REGIONS)
    assert bundle.bundle.metadata["system"] == "dlrs3"
    assert len(bundle.bundle.read_json(REFERENCE)["members"]) == TINY.folds
    assert len(bundle.bundle.read_json(STACKING)["replicates"]) == 200
    assert "| fusion |" in (bundle.bundle.path / "docs/README.md").read_text()
    assert told[-1] == (TINY.folds * TINY.epochs, TINY.folds * TINY.epochs) and (len(rows), len(rows)) in told


def test_training_continues_where_it_stopped(
    trained: tuple[OpenBundle, Path, list[tuple[int, int]]], cohort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, work, _ = trained
    monkeypatch.setattr(dlrs3_folds, "_train_fold", refuse)
    crops = read_crops(cohort, work / "crops.npz", refuse)
    assert len(crops) == len(training_rows(cohort))
    found = dlrs3_folds.train_folds(crops, TINY, work, silent)
    assert sorted(np.concatenate([fold.held_out for fold in found])) == list(range(len(crops)))
    with pytest.raises(AssertionError, match="again"):
        dlrs3_folds.train_folds(crops, replace(TINY, seed=TINY.seed + 1), work, silent)


def refuse(*_: object) -> NoReturn:
    raise AssertionError("nothing was to be read or trained again")


def test_folds_keep_a_patient_together(cohort: Path, trained: tuple[OpenBundle, Path, list[tuple[int, int]]]) -> None:
    crops = read_crops(cohort, trained[1] / "crops.npz", refuse)
    pairs = np.repeat(np.array(["a", "b", "c", "d", "e", "f", "g"]), 2)[: len(crops)]
    twice = type(crops)(**{**vars(crops), "patients": np.resize(pairs, len(crops))})
    fold = folds_of(twice, TINY)
    assert all(len(set(fold[twice.patients == patient])) == 1 for patient in twice.patients)
    with pytest.raises(StudyError, match="one class has"):
        folds_of(crops, Recipe(folds=12))


@pytest.mark.parametrize(("column", "sentence"), [("response", "no response"), ("mask", "no tumour mask")])
def test_incomplete_rows_are_named(cohort: Path, tmp_path: Path, column: str, sentence: str) -> None:
    chosen = next(index for index, row in enumerate(read_cohort(cohort)) if row.split == "train")
    folder = tmp_path / "cohort"
    shutil.copytree(cohort, folder)
    table = (cohort / "cohort.csv").read_text().splitlines()
    fields = table[chosen + 1].split(",")
    fields[table[0].split(",").index(column)] = ""
    table[chosen + 1] = ",".join(fields)
    (folder / "cohort.csv").write_text("\n".join(table) + "\n")
    with pytest.raises(StudyError, match=sentence):
        read_crops(folder, tmp_path / "crops.npz", silent)


def test_stacking_finds_the_branch_that_knows() -> None:
    random = np.random.default_rng(0)
    outcomes = random.integers(0, 2, 400)
    knows = 2.0 * (outcomes - 0.5) + random.normal(size=400)
    logits = np.column_stack([knows, random.normal(size=400), -knows])
    stacking = fit_stacking(("a", "b", "c"), logits, outcomes, np.arange(400).astype(str), seed=1)
    assert stacking.weights["a"] > 0.8 and min(stacking.weights.values()) >= 0.0
    assert stacking.replicates.shape == (200, 4)
    np.testing.assert_allclose(stacking.replicates.mean(axis=0)[1], stacking.coefficients[0], rtol=0.1)


def test_stacking_calibrates() -> None:
    random = np.random.default_rng(1)
    truth = random.normal(size=4000)
    outcomes = (random.random(4000) < 1 / (1 + np.exp(-truth))).astype(np.int64)
    overconfident = np.column_stack([5.0 * truth, 5.0 * truth])
    weights = fit_logistic(overconfident, outcomes)
    assert weights[1:].sum() * 5.0 == pytest.approx(1.0, abs=0.12)
    fused = cross_fitted(overconfident, outcomes, np.arange(4000) % 4)
    assert np.abs(fused - 1 / (1 + np.exp(-truth))).mean() < 0.02


def test_the_card_is_written_from_the_numbers(trained: tuple[OpenBundle, Path, list[tuple[int, int]]]) -> None:
    metadata = json.loads((trained[0].bundle.path / "configs/metadata.json").read_text())
    card = (trained[0].bundle.path / "docs/README.md").read_text()
    assert metadata["training_data"] in card and "BMC Cancer" in card and "Research use only" in card
