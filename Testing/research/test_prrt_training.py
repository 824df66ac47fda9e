"""A tiny training of PRRT-PFS from cohort folder to evaluated bundle, its likelihood, and the shipped bundle."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import expit

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.laboratory.imputation import completed
from TumorResponseLib.core.loading import read_cohort, study_of
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.models.bundle import Bundle, read_bundle
from TumorResponseLib.models.device import resolve_device
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.prrt_inputs import inputs_of
from TumorResponseLib.predict.prrt_networks import SINGLE_MODELS, network_inputs, rules_of, run_fusion
from TumorResponseLib.research.cohorts.prrt import UNLABELLED, simulate, simulate_unlabelled_ct
from TumorResponseLib.research.evaluation.evaluate_prrt import evaluate
from TumorResponseLib.research.evaluation.prrt_repeats import folds_of
from TumorResponseLib.research.evaluation.survival.times import survival_times
from TumorResponseLib.research.networks.prrt_fusion import PrrtNetwork
from TumorResponseLib.research.training.card_figures import add_figures
from TumorResponseLib.research.training.prrt import train
from TumorResponseLib.research.training.prrt_card import evaluated_card
from TumorResponseLib.research.training.prrt_folds import members_of
from TumorResponseLib.research.training.prrt_images import LesionSet, read_lesions, require_outcome
from TumorResponseLib.research.training.prrt_networks import (
    in_intervals,
    negative_log_likelihood,
    run_network,
    train_network,
)
from TumorResponseLib.research.training.prrt_pretraining import pretrain, read_unlabelled
from TumorResponseLib.research.training.prrt_progression import fit_line, fit_progression
from TumorResponseLib.research.training.prrt_settings import (
    FOREST,
    FUSION,
    MODELS,
    NETWORKS,
    PRETRAINED,
    NetworkRecipe,
    PretrainingRecipe,
    Recipe,
)
from TumorResponseLib.research.training.trained_fold import TrainedFold, load_fold

SHIPPED = resources_folder() / "Models" / "prrt-pfs"
TINY = Recipe(
    folds=2,
    repeats=1,
    repeated_folds=2,
    network=NetworkRecipe(steps=3, widths=(2, 2)),
    pretraining=PretrainingRecipe(steps=3, batch_size=16),
)
PATIENTS = 18
EDGES = (3.0, 6.0, 12.0)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohort") / "prrt"
    simulate(PATIENTS, 5, folder, workers=1)
    simulate_unlabelled_ct(2, 5, folder / UNLABELLED, workers=1)
    return folder


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def trained(cohort: Path, work: Path) -> Bundle:
    return train(cohort, work.parent / "prrt-bundle", quiet, work=work, recipe=TINY)


@pytest.fixture(scope="module")
def patients(cohort: Path, work: Path) -> LesionSet:
    read = read_lesions(cohort, work / "lesions.npz", quiet)
    again = read_lesions(cohort, work / "lesions.npz", refuse)
    np.testing.assert_array_equal(read.patches["ct"], again.patches["ct"])
    return again


def quiet(done: int, total: int) -> None:
    """Nothing to tell."""


def refuse(done: int, total: int) -> None:
    raise AssertionError("nothing was to be read again")


def test_reading_gives_the_probabilities_of_training(
    trained: Bundle, cohort: Path, work: Path, patients: LesionSet
) -> None:
    """From whole fields in ONNX Runtime the same as from the lesions' voxels in torch."""
    opened = OpenBundle(trained, resolve_device("cpu"))
    rules, shipped = rules_of(opened), trained.metadata["setting"]
    folds = [load_checkpoint(work / f"fold{number}.pt") for number in range(TINY.folds)]
    members = members_of(folds, shipped, patients, rules.imputation, TINY)
    told = np.stack([run_network(member, patients, rules.imputation)[0] for member in members], axis=1)
    for place, row in enumerate(read_cohort(cohort)[:6]):
        study = study_of(row)
        given = network_inputs(inputs_of(study, study.masks["pet"]), completed(study.laboratory, rules.imputation))
        fusion = run_fusion(given, opened)
        np.testing.assert_allclose(expit(fusion.logits), expit(told[place]), atol=1e-4)
        trained_chance = rules.progression.probability(told[place])
        assert rules.progression.probability(fusion.logits) == pytest.approx(trained_chance, abs=1e-4)
        # The parts add up: laboratory values to their share, activation maps to those of the images, all to the logit.
        assert fusion.value_shares.sum() == pytest.approx(fusion.shares[0], abs=1e-4)
        for role, share in zip(("pet", "ct"), fusion.shares[1:], strict=True):
            assert fusion.activations[role].mean() == pytest.approx(share, abs=1e-4)
            assert not fusion.activations[role][given["tissues"][1] == 0].any()
        usual = np.mean([float(member.intercept.detach()) for member in members])
        assert fusion.logits.mean() == pytest.approx(usual + fusion.shares.sum(), abs=1e-4)
        for role in ("pet", "ct"):
            alone = opened.run(SINGLE_MODELS[role], {role: given[role][None], "tissues": given["tissues"][None]})[
                "logits"
            ][0]
            assert alone.shape == (TINY.folds,) and np.isfinite(alone).all()


def test_a_trained_bundle_is_evaluated(trained: Bundle, cohort: Path, tmp_path: Path) -> None:
    assert trained.metadata["evidence"] == "virtual cohort" and trained.metadata["system"] == "prrt-pfs"
    assert Recipe.of_json(trained.metadata["recipe"]) == TINY
    names = trained.metadata["network_data_format"]["inputs"]["laboratory"]["names"]
    assert "cycles" not in names and "age" not in names and len(names) == 13
    path = evaluate(trained.path, cohort, tmp_path, quiet)
    content = json.loads(path.read_text())
    assert content["bundle_sha256"] == trained.sha256 and not (tmp_path / ".repeats").exists()
    repeated = content["splits"]["repeated"]
    assert set(MODELS) < set(repeated) and repeated["oracle"]["patients"] == PATIENTS
    assert set(repeated["paired"]) == set(MODELS) - {FOREST}
    assert {FUSION, PRETRAINED, "oracle"} < set(repeated["survival"])
    assert content["splits"]["train"]["prrt-pfs"]["patients"] == PATIENTS
    add_figures(trained.path, path, evaluated_card)
    card = (trained.path / "docs" / "README.md").read_text()
    assert f"| {PRETRAINED} | {repeated[PRETRAINED]['auroc']['mean']:.3f} ±" in card and "0.72 ± 0.01" in card


def test_no_model_reads_the_therapy_cycles(cohort: Path, patients: LesionSet) -> None:
    """They stand in the table, and not among what is learned from."""
    table = cohort / "cohort.csv"
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["cycles"] for row in rows} - {"4"}
    assert all("cycles" not in values for values in patients.laboratory)


def test_a_patient_is_tested_in_one_fold_of_each_repeat(patients: LesionSet) -> None:
    recipe = replace(TINY, repeats=3, repeated_folds=3)
    folds = folds_of(patients, recipe)
    assert folds.shape == (3, PATIENTS) and set(folds.ravel()) == {0, 1, 2}
    assert len({tuple(fold) for fold in folds}) == 3
    for fold in folds:
        counts = [int(patients.responses[fold == place].sum()) for place in range(3)]
        assert max(counts) - min(counts) <= 1
    with pytest.raises(StudyError, match="as many patients of each class"):
        folds_of(patients, replace(TINY, repeated_folds=PATIENTS))


def test_the_likelihood_is_that_of_the_curve() -> None:
    followed = survival_times([2.0, 6.0, 7.0, 12.0, 20.0, 30.0], [1, 1, 0, 0, 1, 0])
    log_odds = torch.tensor([[-2.0, -1.0, 0.5]]).expand(6, 3)
    first, second, third = (1 / (1 + math.exp(value)) for value in (-2.0, -1.0, 0.5))
    # An event at an edge is of the interval before it, one after the last edge counts as none; whoever is censored
    # counts for an interval from its middle on: 7 months lie before 9, the middle of the last one.
    chances = [1 - first, first - second, second, third, third, third]
    found = negative_log_likelihood(log_odds, in_intervals(followed, np.array(EDGES)))
    assert float(found) == pytest.approx(-sum(math.log(chance) for chance in chances), rel=1e-5)


def test_the_calibration_finds_slope_and_survival_again() -> None:
    random = np.random.default_rng(0)
    logits = random.standard_normal(4000)
    # Log-logistic times: log odds of an event by t are 2 logit - 1 + 1.5 log(t / 12).
    spread = random.random(4000)
    months = 12.0 * (spread / (1 - spread) * np.exp(-(2.0 * logits - 1.0))) ** (1 / 1.5)
    watched = random.uniform(5.0, 40.0, 4000)
    followed = survival_times(np.minimum(months, watched), months <= watched)
    edges = (3.0, 6.0, 12.0, 24.0)
    model, _ = fit_progression(logits, followed, edges)
    assert model.line.slope == pytest.approx(2.0, abs=0.15) and model.line.intercept == pytest.approx(-1.0, abs=0.15)
    np.testing.assert_allclose(model.shifts, 1.5 * np.log(np.array(edges) / 12.0), atol=0.2)
    assert model.shifts[2] == 0.0


def test_a_single_model_is_calibrated_and_never_turned_round() -> None:
    random = np.random.default_rng(1)
    logits = random.standard_normal(4000)
    responses = (random.random(4000) < expit(1.5 * logits - 0.5)).astype(np.int64)
    line = fit_line(logits, responses)
    assert line.slope == pytest.approx(1.5, abs=0.15) and line.intercept == pytest.approx(-0.5, abs=0.1)
    turned = fit_line(-logits, responses)
    assert turned.slope == 0.0 and turned.probability(9.0) == pytest.approx(responses.mean())


def test_a_network_learns_what_the_images_show() -> None:
    """Outcomes made from the difference of CT and PET in the lesions, which neither image tells alone."""
    random, count, voxels = np.random.default_rng(3), 90, 20
    owner = np.repeat(np.arange(count), voxels)
    blood, own = random.standard_normal(count), random.standard_normal((2, count))
    shown = dict(zip(("pet", "ct"), 0.9 * blood + 0.4 * own, strict=True))
    patches = {
        role: (state[owner, None] + 0.3 * random.standard_normal((len(owner), 125))).astype(np.float32)
        for role, state in shown.items()
    }
    difference = own[1] - own[0]
    late = difference < 0.0
    made = LesionSet(
        patches=patches,
        tissues=np.stack([np.arange(len(owner)) % voxels < 5, np.ones(len(owner), dtype=np.bool_)], axis=1),
        owner=owner,
        present={role: np.ones(count, dtype=np.bool_) for role in patches},
        laboratory=({},) * count,
        followed=survival_times(np.where(late, 24.0, 2.0), ~late),
        responses=(~late).astype(np.int64),
        patients=np.arange(count).astype(np.str_),
        splits=np.full(count, ""),
        oracle=np.full(count, np.nan),
        volumes_ml=np.ones(count),
        cohort_sha256="made",
    )
    both = replace(NETWORKS[FUSION], laboratory=False)
    told = {
        name: run_network(train_network(made, modalities, NetworkRecipe(), EDGES, None, 0), made, None)[0]
        for name, modalities in {"both": both, "PET": NETWORKS["PET"], "CT": NETWORKS["CT"], "again": both}.items()
    }
    found = {name: float(np.corrcoef(logits, difference)[0, 1]) for name, logits in told.items()}
    assert found["both"] > 0.9 and max(found["PET"], found["CT"]) < 0.6
    np.testing.assert_array_equal(told["both"], told["again"])


def test_a_missing_image_counts_as_that_of_an_average_patient(patients: LesionSet) -> None:
    missing = replace(patients, present=patients.present | {"ct": np.arange(PATIENTS) % 4 > 0})
    network = train_network(missing, NETWORKS["CT"], TINY.network, EDGES, None, 0)
    _, features = run_network(network, missing, None)
    absent = ~missing.present["ct"]
    assert not features[absent].any() and features[~absent].all(axis=1).all()


def test_pretraining_learns_to_tell_what_was_covered(cohort: Path) -> None:
    patches = read_unlabelled(cohort / UNLABELLED, 0, quiet)
    assert patches.shape == (600, 125) and np.isfinite(patches).all()
    recipe = PretrainingRecipe(steps=60, batch_size=256, learning_rate=0.01)
    start = pretrain(patches, recipe, (4, 4), 0)
    network = PrrtNetwork(("ct",), 0, 2, 3, 2, (4, 4))
    network.branch("ct").load_state_dict(start, strict=False)
    np.testing.assert_array_equal(network.branch("ct").look.weight.detach(), start["look.weight"])
    assert not any(name.startswith("norm.") for name in start)
    # A linear read-out of what the pre-trained convolutions find tells the neighbourhood better than one of new ones.
    new = PrrtNetwork(("ct",), 0, 2, 3, 2, (4, 4)).branch("ct").eval()
    errors = []
    for branch in (network.branch("ct").eval(), new):
        with torch.inference_mode():
            found = branch.cells_of(torch.from_numpy(patches))[:, 1:].numpy()
        ahead = np.column_stack([found, np.ones(len(found))])
        known = np.linalg.lstsq(ahead[:300], patches[:300], rcond=None)[0]
        errors.append(float(((ahead[300:] @ known - patches[300:]) ** 2).mean()))
    assert errors[0] < errors[1]


def test_a_row_without_outcome_is_refused(cohort: Path) -> None:
    rows = read_cohort(cohort)
    with pytest.raises(StudyError, match="lacks response"):
        require_outcome(replace(rows[0], response=None))
    with pytest.raises(StudyError, match="has no mask_pet"):
        require_outcome(replace(rows[0], masks={}))


def test_the_shipped_fusion_beats_the_laboratory_values() -> None:
    bundle = read_bundle(SHIPPED)
    figures = json.loads((SHIPPED / "docs" / "metrics.json").read_text())
    assert figures["bundle_sha256"] == bundle.sha256
    repeated = figures["splits"]["repeated"]
    assert repeated["oracle"]["patients"] == 116 and repeated["oracle"]["positives"] == 42
    paired = repeated["paired"][PRETRAINED]
    assert paired["difference"] > 0.0 and paired["won"] >= 9


def load_checkpoint(path: Path) -> TrainedFold:
    key = torch.load(path, weights_only=True)["key"]
    found = load_fold(path, key)
    assert found is not None
    return found
