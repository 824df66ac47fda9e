"""The virtual cohort dlrs3: the same for the same seed, as hard as stated, and readable from its images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.loading import CohortRow, load_study, read_cohort, study_of
from TumorResponseLib.core.rings import make_rings
from TumorResponseLib.core.study import Study
from TumorResponseLib.research.cohorts.dlrs3 import SHARE_COLUMNS, image_of, simulate
from TumorResponseLib.research.cohorts.dlrs3_biology import (
    COEFFICIENTS,
    INTERCEPT,
    ORACLE_AUC,
    draw_patients,
    solve_coefficients,
)
from TumorResponseLib.research.cohorts.samples.dlrs3 import write_dlrs3_sample

SEED = 2026
PATIENTS = 48


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> list[CohortRow]:
    folder = tmp_path_factory.mktemp("virtual") / "dlrs3"
    simulate(PATIENTS, SEED, folder)
    return read_cohort(folder)


@pytest.fixture(scope="module")
def studies(cohort: list[CohortRow]) -> list[Study]:
    return [study_of(row) for row in cohort]


@pytest.fixture(scope="module")
def contrasts(studies: list[Study]) -> NDArray[np.float64]:
    return np.array([region_contrasts(study) for study in studies])


def region_contrasts(study: Study) -> list[float]:
    """Mean grey of each region against the tissue beyond 10 mm; the display is logarithmic, so these are decibels."""
    image, tumour = study.image(), study.masks["tumour"]
    return contrasts_of(image.pixels, tumour, image.spacing_mm)


def contrasts_of(pixels: NDArray[np.uint8], tumour: MaskArray, spacing_mm: tuple[float, ...]) -> list[float]:
    rings = make_rings(tumour, spacing_mm)
    below_skin = (np.arange(pixels.shape[0]) * spacing_mm[0] > 2.5)[:, None]
    beyond = pixels[(rings.labels == 0) & below_skin].mean()
    return [float(pixels[rings.band(region) & below_skin].mean() - beyond) for region in range(4)]


def shares_of(rows: list[CohortRow]) -> NDArray[np.float64]:
    return np.array([[float(row.other[column]) for column in SHARE_COLUMNS] for row in rows])


def test_the_coefficients_are_the_solution_for_the_stated_oracle() -> None:
    assert solve_coefficients(ORACLE_AUC, INTERCEPT) == pytest.approx(COEFFICIENTS, abs=1e-3)


def test_oracle_climbs_from_the_tumour_to_all_margins() -> None:
    patients = draw_patients(2**16, seed=3)
    response = [patient.response for patient in patients]
    known = np.cumsum([patient.shares for patient in patients], axis=1)
    aucs = [roc_auc_score(response, known[:, region]) for region in range(4)]
    assert aucs == pytest.approx(ORACLE_AUC, abs=0.004)
    assert 0.5 < np.mean(response) < 0.6


def test_splits_of_the_whole_cohort() -> None:
    patients = draw_patients(469, SEED)
    sizes = {split: sum(p.split == split for p in patients) for split in ("train", "internal", "external")}
    assert sizes == {"train": 253, "internal": 108, "external": 108}
    assert all((patient.center == 2) == (patient.split == "external") for patient in patients)
    for split in sizes:
        inside = [patient for patient in patients if patient.split == split]
        auc = roc_auc_score([p.response for p in inside], [p.probability for p in inside])
        assert auc == pytest.approx(ORACLE_AUC[-1], abs=0.03)


def test_a_patient_depends_on_seed_and_number_alone() -> None:
    few, many = draw_patients(5, SEED), draw_patients(300, SEED)
    assert few == many[:5]
    assert draw_patients(5, SEED + 1) != few
    first, again = image_of(few[3], SEED), image_of(many[3], SEED)
    assert np.array_equal(first.pixels, again.pixels) and np.array_equal(first.tumour, again.tumour)
    assert not np.array_equal(first.pixels, image_of(few[2], SEED).pixels[: first.pixels.shape[0]])


def test_cohort_files_are_the_same_in_one_process_and_in_two(cohort: list[CohortRow], tmp_path: Path) -> None:
    seen = []
    table = simulate(3, SEED, tmp_path / "three", lambda: seen.append(1), workers=1)
    assert len(seen) == 3
    for mine, other in zip(read_cohort(table.parent), cohort, strict=False):
        assert mine.images["image"].read_bytes() == other.images["image"].read_bytes()
        assert mine.masks["tumour"].read_bytes() == other.masks["tumour"].read_bytes()
        assert replace(mine, images={}, masks={}) == replace(other, images={}, masks={})


def test_simulate_keeps_its_hands_off_a_used_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(UsageError, match="not empty"):
        simulate(2, SEED, tmp_path)
    with pytest.raises(UsageError, match="at least one"):
        simulate(0, SEED, tmp_path / "none")
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_geometry(studies: list[Study]) -> None:
    for study in studies:
        image, tumour = study.image(), study.masks["tumour"]
        assert image.spacing is not None and "MetaImage" in image.spacing.source
        height, width = (size * step for size, step in zip(image.pixels.shape, image.spacing_mm, strict=True))
        assert 32 <= height <= 47 and 45 <= width <= 51
        assert 0.08 < image.spacing_mm[0] == image.spacing_mm[1] < 0.13
        assert tumour.any() and not (tumour[0] | tumour[-1]).any() and not (tumour[:, [0, -1]]).any()
        columns = np.flatnonzero(tumour.any(axis=0)) * image.spacing_mm[1]
        assert 5 < columns[-1] - columns[0] < 31
    assert len({study.image().spacing_mm for study in studies}) > 3


def test_tumours_are_darker_than_what_surrounds_them(contrasts: NDArray[np.float64]) -> None:
    assert (contrasts[:, 0] < contrasts[:, 1]).all()
    assert contrasts[:, 0].mean() < -30


def test_the_truth_in_the_table_adds_up(cohort: list[CohortRow]) -> None:
    probability = 1 / (1 + np.exp(-shares_of(cohort).sum(axis=1)))
    assert probability == pytest.approx([row.oracle_probability for row in cohort], abs=1e-5)


def test_the_second_centre_has_coarser_speckle_and_another_grey_scale(studies: list[Study]) -> None:
    patient = draw_patients(1, SEED)[0]
    first, second = (image_of(replace(patient, center=center), SEED) for center in (1, 2))
    assert grain_mm(first.pixels, first.spacing_mm) < 0.9 * grain_mm(second.pixels, second.spacing_mm)
    assert first.pixels.mean() != pytest.approx(second.pixels.mean(), abs=2.0)


def grain_mm(pixels: NDArray[np.uint8], spacing_mm: tuple[float, float]) -> float:
    """Axial speckle size, from the correlation of neighbouring rows in the lower half of an image."""
    rows = pixels[pixels.shape[0] // 2 :].astype(float)
    rows -= rows.mean()
    correlation = (rows[1:] * rows[:-1]).mean() / (rows**2).mean()
    return spacing_mm[0] / float(np.sqrt(-np.log(correlation)))


@pytest.mark.parametrize(("region", "sign"), [(0, 1), (1, -1), (2, 1), (3, -1)])
def test_each_state_shows_in_its_own_tissue(region: int, sign: int) -> None:
    patient = draw_patients(1, SEED)[0]
    seen = []
    for state in (-1.2, 1.2):
        first, second, third, fourth = (state if tissue == region else 0.0 for tissue in range(4))
        image = image_of(replace(patient, states=(first, second, third, fourth)), SEED)
        seen.append(contrasts_of(image.pixels, image.tumour, image.spacing_mm))
    change = np.subtract(seen[1], seen[0])
    assert sign * change[region] > 15
    assert np.abs(np.delete(change, region)).max() < abs(change[region]) / 3


def test_images_tell_what_the_oracle_knows(cohort: list[CohortRow], contrasts: NDArray[np.float64]) -> None:
    """A logistic regression on mean contrasts comes near the oracle; for the full cohort's figures see dlrs3_image."""
    shares = shares_of(cohort)[:, 1:]
    signs = (1, -1, 1, -1)
    for region in range(4):
        assert signs[region] * np.corrcoef(shares[:, region], contrasts[:, region])[0, 1] > 0.8
    response = np.array([row.response for row in cohort])
    oracle = roc_auc_score(response, shares.sum(axis=1))
    aucs = []
    for known in (1, 4):
        model = make_pipeline(StandardScaler(), LogisticRegression())
        read = cross_val_predict(model, contrasts[:, :known], response, cv=8, method="decision_function")
        aucs.append(roc_auc_score(response, read))
    assert aucs[1] > 0.93 * oracle
    assert aucs[0] < aucs[1]


def test_sample_study_is_a_dicom_file_with_its_own_spacing(tmp_path: Path) -> None:
    write_dlrs3_sample(tmp_path / "dlrs3")
    study = load_study(tmp_path / "dlrs3")
    made = image_of(draw_patients(1, seed=1)[0], seed=1)
    image = study.image()
    assert image.modality == "US"
    assert np.array_equal(image.pixels, made.pixels)
    assert image.spacing_mm == pytest.approx(made.spacing_mm)
    assert image.spacing is not None and "ltrasound" in image.spacing.source
    written = (tmp_path / "dlrs3" / "image.dcm").read_bytes()
    write_dlrs3_sample(tmp_path / "dlrs3")
    assert (tmp_path / "dlrs3" / "image.dcm").read_bytes() == written
    assert {path.name for path in (tmp_path / "dlrs3").iterdir()} == {"image.dcm", "study.json", "how_made.md"}
