"""A tiny training of CEUS from cohort folder to evaluated bundle, and what the shipped bundle reaches."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
import torch

from TumorResponseLib.cli.app import run
from TumorResponseLib.cli.research_extra import SYSTEM_NAMES
from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading import read_cohort, study_of
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.models.bundle import Bundle
from TumorResponseLib.models.device import resolve_device
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.ceus import Ceus
from TumorResponseLib.predict.ceus_image import CLASSES
from TumorResponseLib.predict.registry import systems
from TumorResponseLib.research.networks.perfusion_cnn import PerfusionCnn
from TumorResponseLib.research.recipes import recipes
from TumorResponseLib.research.training import ceus_folds
from TumorResponseLib.research.training.card_figures import METRICS, add_figures
from TumorResponseLib.research.training.ceus import fit_temperature, train
from TumorResponseLib.research.training.ceus_card import evaluated_card
from TumorResponseLib.research.training.ceus_classifier import ClassifierRecipe
from TumorResponseLib.research.training.ceus_generator import GeneratorRecipe, generate_like, train_generator
from TumorResponseLib.research.training.ceus_images import PerfusionSet, read_images
from TumorResponseLib.research.training.ceus_settings import SETTINGS, Recipe, missing
from TumorResponseLib.research.training.trained_fold import fold_of_each

SHIPPED = resources_folder() / "Models" / "ceus"
TINY = Recipe(
    folds=2,
    repeats=1,
    classifier=ClassifierRecipe(steps=3, batch_size=6, widths=(4, 4, 4)),
    generator=GeneratorRecipe(steps=2, batch_size=4, channels=(8, 8, 8), style_channels=4, latent=3),
)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohort") / "ceus"
    assert run(["simulate", "ceus", "--patients", "26", "--seed", "5", "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def trained(cohort: Path, work: Path) -> Bundle:
    return train(cohort, work.parent / "ceus-bundle", lambda done, total: None, work=work, recipe=TINY)


@pytest.fixture(scope="module")
def images(cohort: Path, work: Path, trained: Bundle) -> PerfusionSet:
    return read_images(cohort, work / "images.npz", refuse)


def refuse(*_: object) -> NoReturn:
    raise AssertionError("nothing was to be read or trained again")


def test_a_trained_bundle_reads_and_is_evaluated(trained: Bundle, cohort: Path, tmp_path: Path) -> None:
    study = study_of(read_cohort(cohort)[0])
    output = Ceus().predict(study, study.masks["tumour"], OpenBundle(trained, resolve_device("cpu")))
    assert output.prediction.evidence == "virtual cohort" and trained.metadata["system"] == "ceus"
    assert trained.metadata["setting"] in SETTINGS and Recipe.of_json(trained.metadata["recipe"]) == TINY
    # The command takes the recipe from the bundle, so that a tiny bundle is evaluated by a tiny recipe.
    assert run(["evaluate", str(trained.path), "--cohort", str(cohort), "--out", str(tmp_path)]) == 0
    content = json.loads((tmp_path / "metrics.json").read_text())
    assert content["bundle_sha256"] == trained.sha256
    test = content["splits"]["test"]
    assert np.sum(test["ceus"]["confusion"]) == test["ceus"]["images"] == test["oracle"]["images"]
    repeated = content["splits"]["repeated"]
    assert {*SETTINGS, "synthetic only", "oracle", "synthetic images"} == repeated.keys()
    assert not (tmp_path / ".repeats").exists() and (tmp_path / "test-ceus-confusion.svg").exists()
    add_figures(trained.path, tmp_path / "metrics.json", evaluated_card)
    card = (trained.path / "docs/README.md").read_text()
    for setting in SETTINGS:
        assert f"| {setting} |" in card
    assert "| oracle |" in card and (trained.path / METRICS).exists()


def test_training_continues_where_it_stopped(images: PerfusionSet, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceus_folds, "_train_fold", refuse)
    learned = images.training()
    assert len(learned) == (images.splits == "train").sum()
    found = ceus_folds.train_folds(learned, TINY, work, lambda done, total: None)
    assert sorted(np.concatenate([fold.held_out for fold in found])) == list(range(len(learned)))
    with pytest.raises(AssertionError, match="again"):
        ceus_folds.train_folds(learned, replace(TINY, seed=TINY.seed + 1), work, lambda done, total: None)


def test_folds_keep_a_patient_together(images: PerfusionSet) -> None:
    pairs = np.repeat(np.array([f"p{number}" for number in range(len(images))]), 2)[: len(images)]
    classes = np.sort(images.responses)
    fold = fold_of_each(pairs, classes, len(CLASSES), folds=2, seed=1)
    assert all(len(set(fold[pairs == patient])) == 1 for patient in pairs)
    with pytest.raises(StudyError, match="one class has"):
        fold_of_each(pairs, classes, len(CLASSES), folds=20, seed=1)


def test_synthetic_images_are_of_the_asked_classes_and_repeat_by_their_seed(images: PerfusionSet) -> None:
    generator = train_generator(images.inputs, images.responses, TINY.generator, seed=1)
    wanted = missing(images.responses, "synthetic for responsive and stable")
    counts = np.bincount(np.concatenate([images.responses, wanted]), minlength=3)
    assert len(set(counts.tolist())) == 1
    assert set(missing(images.responses, "synthetic for stable")) == {CLASSES.index("stable")}
    first, again = (generate_like(generator, images.inputs, images.responses, wanted, seed=2) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first.shape == (len(wanted), 6, 32, 32) and np.isfinite(first).all()
    outside = first[:, 3:].sum(axis=1) == 0
    assert not first[:, 0][outside].any()


def test_activation_maps_add_up_to_the_logits() -> None:
    torch.manual_seed(0)
    network = PerfusionCnn((4, 4, 4))
    inputs = torch.randn(8, 6, 32, 32)
    inputs[:, 3:] = 0
    inputs[:, 3, 10:20, 10:20] = 1
    inputs[:4, 4, 6:10, 10:20] = 1
    network(inputs)  # running statistics
    output = network.eval()(inputs)
    torch.testing.assert_close(output.activation.mean(dim=(2, 3)), output.logits, atol=1e-4, rtol=1e-4)


def test_temperature_cools_what_is_overconfident() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(size=(3000, 3))
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = np.array([random.choice(3, p=row) for row in chances])
    assert fit_temperature(3 * logits, truth) == pytest.approx(3.0, rel=0.1)


def test_the_shipped_bundle_reaches_what_the_issue_asks_for() -> None:
    metrics = json.loads((SHIPPED / METRICS).read_text())
    test = metrics["splits"]["test"]
    assert test["ceus"]["accuracy_of_oracle"] >= 0.93
    by_class = test["ceus"]["accuracy_by_class"]
    assert by_class[CLASSES.index("stable")] == min(by_class)
    assert test["ceus"]["outside_distribution"] <= 0.05
    assert sum(path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file()) < 5_000_000


def test_every_system_that_reads_has_a_recipe() -> None:
    assert recipes().keys() == systems().keys() == set(SYSTEM_NAMES)
