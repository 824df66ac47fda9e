"""The recipe of PRRT-PFS on sarcoma patients: what is read of them, and the page that is written."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.predict.prrt_inputs import SCALES
from TumorResponseLib.research.cohorts.sarcoma import (
    FOLDER,
    MOST_VOXELS,
    ONE_INTERVAL,
    ROLES,
    Sarcomas,
    read_patient,
    read_sarcomas,
    without_bands,
)
from TumorResponseLib.research.evaluation.sarcoma import (
    BASELINE,
    FULL,
    NETWORKS,
    RINGS,
    evaluate,
    markdown,
    sampling_error,
)
from TumorResponseLib.research.evaluation.survival.times import survival_times
from TumorResponseLib.research.training.prrt_images import LesionSet
from TumorResponseLib.research.training.prrt_settings import NetworkRecipe, Recipe

PATIENTS, VOXELS = 24, 40
TINY = Recipe(
    repeats=1, repeated_folds=2, edges_months=ONE_INTERVAL, network=NetworkRecipe(steps=25, voxels=20, widths=(2, 2))
)
MIDDLE = 62
"""Of a neighbourhood of 5 x 5 x 5."""


@pytest.fixture(scope="module")
def made() -> Sarcomas:
    """Patients whose PET alone tells the outcome, and whose CT is missing where the outcome is 1 more often."""
    random = np.random.default_rng(0)
    outcome = np.arange(PATIENTS) % 2
    owner = np.repeat(np.arange(PATIENTS), VOXELS)
    patches = {role: random.standard_normal((len(owner), 125)).astype(np.float32) for role in ROLES}
    patches["pet"] += 1.5 * outcome[owner, None]
    tissues = np.zeros((len(owner), 4), dtype=np.bool_)
    for tissue, (first, last) in enumerate(((0, 10), (0, 20), (20, 30), (30, 40))):
        tissues[:, tissue] = (np.arange(len(owner)) % VOXELS >= first) & (np.arange(len(owner)) % VOXELS < last)
    with_ct = (np.arange(PATIENTS) % 6 > 0) | (outcome == 1)
    patients = LesionSet(
        patches=patches,
        tissues=tissues,
        owner=owner,
        present={role: np.ones(PATIENTS, dtype=np.bool_) for role in ROLES} | {"ct": with_ct},
        laboratory=({},) * PATIENTS,
        followed=survival_times(np.where(outcome == 1, 0.5, 1.0), outcome),
        responses=outcome,
        patients=np.array([f"p{number}" for number in range(PATIENTS)]),
        splits=np.full(PATIENTS, ""),
        oracle=np.full(PATIENTS, np.nan),
        volumes_ml=np.ones(PATIENTS),
        cohort_sha256="made",
    )
    return Sarcomas(patients, random.standard_normal((PATIENTS, 2)))


def test_the_page_tells_who_predicts_and_who_does_not(made: Sarcomas, tmp_path: Path) -> None:
    figures = evaluate(made, TINY, tmp_path, Console(file=io.StringIO()))
    everyone = figures["all"]
    assert everyone["PET"]["auroc"]["mean"] > 0.9 and 0.2 < everyone["MR"]["auroc"]["mean"] < 0.8
    assert everyone["PET"]["patients"] == PATIENTS and everyone["PET"]["positives"] == PATIENTS // 2
    assert figures["with CT"]["CT"]["patients"] == int(made.patients.present["ct"].sum())
    assert set(figures["rings"]) == set(NETWORKS) and FULL + RINGS in everyone
    assert BASELINE not in figures["paired"] and figures["paired"]["PET"]["difference"] > 0.2
    stated = [{"set": "volume+SUVmax", "fold_mean": "0.858", "fold_sd": "0.123", "rep_mean": "0.83", "rep_sd": "0.01"}]
    page = markdown(figures, stated, TINY)
    assert f"| PET | {everyone['PET']['auroc']['mean']:.3f} ± " in page
    assert "| volume+SUVmax | 0.858 ± 0.123 | 0.830 ± 0.010 |" in page
    # Bands of noise change nothing, and the page says so of every network.
    low, high = figures["rings"]["MR"]["interval"]
    assert low < 0.0 < high and "ot told apart from the same network without rings: " in page.split("## Reading")[1]
    assert not any(name in page for name in made.patients.patients)


def test_the_tumour_alone_leaves_the_bands_out(made: Sarcomas) -> None:
    alone = without_bands(made.patients)
    assert alone.tissues.shape == (PATIENTS * 20, 2) and alone.tissues[:, 1].all()
    assert all(len(values) == PATIENTS * 20 for values in alone.patches.values())
    assert (np.bincount(alone.owner) == 20).all() and len(alone) == PATIENTS


def test_the_sampling_error_is_that_of_hanley_and_mcneil() -> None:
    # By hand: (0.16 + 14 (2/3 - 0.64) + 23 (1.28/1.8 - 0.64)) / 360 = 0.006024.
    assert sampling_error(0.8, 15, 24) == pytest.approx(0.006024**0.5, rel=1e-3)


def test_a_folder_without_the_cohort_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"holds no sts_dev/cohort\.csv"):
        read_sarcomas(tmp_path, lambda done, total: None)


def test_a_real_patient_is_read_as_its_table_says(shared_data: Path) -> None:
    folder = shared_data / FOLDER
    with (folder / "cohort.csv").open(newline="") as file:
        rows = {row["patient"]: row for row in csv.DictReader(file)}
    row = rows["STS_003"]
    patches, tissues, volume = read_patient(row, folder, np.random.default_rng(0))
    assert volume == pytest.approx(float(row["volume_ml"]), rel=1e-3)
    assert set(patches) == set(ROLES) and all(values.shape == (MOST_VOXELS, 125) for values in patches.values())
    hot, tumour, near, wide = tissues.T
    assert (hot <= tumour).all() and not (near & (tumour | wide)).any()
    scale = SCALES["pet"]
    suv = np.exp(patches["pet"][:, MIDDLE] * scale.unit) * scale.centre
    # Resampled, the hottest voxel is a little less hot; the tumour takes up more than what lies around it.
    assert 0.7 * float(row["suvmax"]) < suv[tumour].max() <= float(row["suvmax"]) * 1.001
    assert suv[hot].min() >= np.median(suv[tumour]) and suv[tumour].mean() > suv[wide].mean()
    without = next(one for one in rows.values() if not one["ct"])
    found, _, _ = read_patient(replace_files(without), folder, np.random.default_rng(0))
    assert "ct" not in found


def replace_files(row: dict[str, str]) -> dict[str, str]:
    """The row without its MR, which takes longest to read."""
    return row | {"mr": "", "mr_mask": ""}
