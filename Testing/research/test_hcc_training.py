"""A tiny training of HCC from cohort folder to bundle, its reading, and how held-out animals calibrate it."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading import read_cohort, study_of
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.models.bundle import Bundle, read_bundle
from TumorResponseLib.models.device import resolve_device
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.hcc import CALIBRATION, ESTIMATES, Calibration, Hcc, tumour_of
from TumorResponseLib.predict.hcc_inputs import ROLES, sequences_of, tumour_slices
from TumorResponseLib.predict.hcc_outline import MODEL, SEQUENCES_INPUT, TUMOUR_INPUT
from TumorResponseLib.research.cohorts.hcc import simulate
from TumorResponseLib.research.networks.multitask_unetpp import OneTumour
from TumorResponseLib.research.training.card_figures import METRICS
from TumorResponseLib.research.training.hcc import train
from TumorResponseLib.research.training.hcc_augment import BatchRecipe, batches
from TumorResponseLib.research.training.hcc_calibration import fit_scales
from TumorResponseLib.research.training.hcc_card import ESTIMATED, GIVEN_OUTLINE, OWN_OUTLINE, SEGMENTATION
from TumorResponseLib.research.training.hcc_held_out import THRESHOLDS, ask
from TumorResponseLib.research.training.hcc_network import Recipe, estimate_scale, hold_out, train_network
from TumorResponseLib.research.training.hcc_ridge import refit_estimates
from TumorResponseLib.research.training.hcc_volumes import HccSet, read_training_set

TINY = Recipe(epochs=1, batch=BatchRecipe(tumours=2, tumour_slices=1, other_slices=1))
RATS, SEED = 11, 5


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohort") / "hcc"
    simulate(RATS, SEED, folder, workers=1)
    return folder


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def trained(cohort: Path, work: Path) -> Bundle:
    return train(cohort, work.parent / "hcc-bundle", lambda done, total: None, work=work, recipe=TINY)


@pytest.fixture(scope="module")
def data(cohort: Path, work: Path, trained: Bundle) -> HccSet:
    def never(done: int, total: int) -> None:
        raise AssertionError("The volumes were kept and are read again.")

    return read_training_set(cohort, work / "volumes.npz", never)


def test_only_training_animals_are_read_and_histology_only_where_it_is(cohort: Path, data: HccSet) -> None:
    rows = [row for row in read_cohort(cohort) if row.split == "train"]
    animals = {row.patient for row in rows}
    assert set(data.outlined.animals) == set(data.read.animals) == animals and len(animals) < RATS
    assert len(data.outlined) == 4 * len(data.read) == len(rows)
    last = {row.patient: row for row in rows if row.response is not None}
    for index, animal in enumerate(data.read.animals):
        assert data.responses[index] == last[animal].response
        assert data.histology[index] == pytest.approx([float(last[animal].other[name]) for name in ESTIMATES])
    assert data.virtual and data.volumes_mm3.min() > 50
    assert data.outlined.slices.shape == (14 * len(rows), len(ROLES), 96, 96)
    assert all(data.read.tumour[data.read.of(index)].any(axis=(1, 2)).all() for index in range(len(data.read)))


def test_whole_animals_of_both_responses_are_held_out(data: HccSet) -> None:
    held = hold_out(data, TINY)
    assert set(data.responses[held]) == {0, 1} and held.sum() == 4 and (~held).sum() == 4
    assert not set(data.read.animals[held]) & set(data.read.animals[~held])
    np.testing.assert_array_equal(held, hold_out(data, TINY))


def test_batches_hold_the_chosen_animals_alone_and_vary(data: HccSet) -> None:
    chosen = np.flatnonzero(~hold_out(data, TINY))
    recipe = BatchRecipe(tumours=2, tumour_slices=4, other_slices=2)
    first, again, other = (list(batches(data, chosen, recipe, seed)) for seed in (1, 1, 2))
    assert sorted(np.concatenate([one.volumes for one in first])) == sorted(chosen)
    batch = first[0]
    assert batch.slices.shape == (10, 3, 96, 96) and batch.owner.shape == (10, 2)
    assert batch.owner[:8].sum(dim=0).tolist() == [4, 4] and not batch.owner[8:].any()
    torch.testing.assert_close(batch.slices, again[0].slices)
    assert not torch.equal(batch.slices, other[0].slices)
    assert set(np.unique(batch.mask)) == {0.0, 1.0} and batch.tumour.shape == batch.mask.shape
    every = [one for seed in range(20) for one in batches(data, chosen, recipe, seed)]
    absent = torch.cat([(one.slices == 0).all(dim=(2, 3)) for one in every])
    assert absent[:, 0].any() and absent[:, 1].any() and not absent[:, 2].any()
    assert not absent[:, :2].all(dim=1).any()  # a study without both is refused


def test_a_finished_training_is_taken_up_and_gives_the_same_file(
    cohort: Path, work: Path, trained: Bundle, data: HccSet
) -> None:
    def never(done: int, total: int) -> None:
        raise AssertionError("The epochs were done and are done again.")

    chosen = np.flatnonzero(~hold_out(data, TINY))
    network = train_network(data, chosen, TINY, work / "network.pt", never)
    means, deviations = (torch.from_numpy(values).float() for values in estimate_scale(data, chosen))
    shipped = OneTumour(network, means, deviations).eval()
    before = np.square(ask(shipped, data.read, chosen).estimates - data.histology[chosen]).mean(axis=0)
    refit_estimates(shipped, data, chosen)
    after = np.square(ask(shipped, data.read, chosen).estimates - data.histology[chosen]).mean(axis=0)
    assert (after < before).all()
    study = study_of(next(row for row in read_cohort(cohort) if row.response is not None))
    tumour = tumour_of(study)
    assert tumour is not None
    seen = tumour_slices(sequences_of(study), tumour)
    found = OpenBundle(trained, resolve_device("cpu")).run(
        MODEL, {SEQUENCES_INPUT: seen.sequences, TUMOUR_INPUT: seen.tumour}
    )
    with torch.inference_mode():
        expected = shipped(torch.from_numpy(seen.sequences), torch.from_numpy(seen.tumour))
    for name, values in zip(OneTumour.OUTPUTS, expected, strict=True):
        tolerance = 0.01 * max(float(values.abs().max()), 0.1)
        np.testing.assert_allclose(found[name], values.numpy(), atol=tolerance, err_msg=name)
    output = Hcc().predict(study, tumour, OpenBundle(trained, resolve_device("cpu")))
    assert len(output.prediction.estimates) == 2 and output.prediction.evidence == "virtual cohort"


def test_the_bundle_says_what_it_is_and_fits_the_size(trained: Bundle) -> None:
    assert (trained.path / MODEL).stat().st_size < 20e6
    assert trained.setting("postprocessing", "threshold") in THRESHOLDS
    for name in ("all", "without_t1", "without_t2"):
        assert 0.0 <= trained.setting("held_out", name, "auc") <= 1.0
        assert trained.setting("held_out", name, "viability_rmse") > 0.0
        calibration = Calibration.of_json(trained.read_json(CALIBRATION)[name])
        assert all(scale.reach > 0 for scale in calibration.estimates)


def test_straight_lines_are_fitted_and_reach_as_far_as_they_say() -> None:
    random = np.random.default_rng(0)
    told = random.normal(size=(4000, 2))
    histology = np.column_stack([0.4 + 0.1 * told[:, 0], 0.05 - 0.01 * told[:, 1]])
    noise = random.normal(size=histology.shape) * [0.1, 0.02]
    scales = fit_scales(told, histology + noise, 0.9)
    assert [(one.intercept, one.slope) for one in scales] == [
        pytest.approx((0.4, 0.1), abs=0.01),
        pytest.approx((0.05, -0.01), abs=0.002),
    ]
    # 90 % of a normal distribution lies within 1.645 standard deviations.
    assert [one.reach for one in scales] == pytest.approx([0.1645, 0.0329], rel=0.05)
    few = fit_scales(told[:6], (histology + noise)[:6], 0.9)
    for scale, x, y in zip(few, told[:6].T, (histology + noise)[:6].T, strict=True):
        left_out = [
            abs(y[one] - np.polyval(np.polyfit(np.delete(x, one), np.delete(y, one), 1), x[one])) for one in range(6)
        ]
        assert scale.reach == pytest.approx(max(left_out), rel=1e-6)


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("viability", "", "no number in each of the columns viability, apoptosis"),
        ("response", "2", "no response of 0 non-responder or 1 responder"),
        ("mask_contrast", "", "no tumour mask"),
    ],
)
def test_rows_that_cannot_train_are_refused(
    cohort: Path, tmp_path: Path, column: str, value: str, sentence: str
) -> None:
    table = cohort / "cohort.csv"
    with table.open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["split"] == "train" and row["response"]][:1]
    rows[0][column] = value
    for name in filter(None, (rows[0][one] for one in ("image_t1", "image_t2", "image_contrast", "mask_contrast"))):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(cohort / name, tmp_path / name)
    with (tmp_path / "cohort.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(StudyError, match=sentence):
        read_training_set(tmp_path, tmp_path / "volumes.npz", lambda done, total: None)


def test_the_shipped_bundle_reaches_its_bars_on_animals_never_trained_on() -> None:
    bundle = read_bundle(resources_folder() / "Models" / "hcc")
    metrics = json.loads((bundle.path / METRICS).read_text(encoding="utf-8"))
    assert metrics["bundle_sha256"] == bundle.sha256
    # The test animals are of another cohort than the training animals.
    assert metrics["cohort_sha256"][:12] not in bundle.metadata["training_data"]
    test = metrics["splits"]["test"]
    assert test[SEGMENTATION]["dice"] >= 0.90
    for name in (OWN_OUTLINE, GIVEN_OUTLINE):
        assert test[name]["auc_of_oracle"] >= 0.95
        assert all(test[ESTIMATED][one][name]["rmse_of_noise"] <= 1.25 for one in ESTIMATES)
        # The intervals do not overlap: size change alone is clearly worse.
        assert all(test[size]["auc_ci"][1] < test[name]["auc_ci"][0] for size in ("size-recist", "size-volume"))
    assert all((bundle.path / name).stat().st_size <= 20e6 for name in bundle.metadata["weights"])
