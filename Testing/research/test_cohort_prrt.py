"""The virtual cohort prrt-pfs: the same for the same seed, as hard as stated, read back by the loaders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.image_units import require_hounsfield, require_suv
from TumorResponseLib.core.laboratory.panel import ANALYTES
from TumorResponseLib.core.loading import CohortRow, read_cohort, study_of
from TumorResponseLib.research.cohorts.prrt import (
    PATIENTS,
    SHARE_COLUMNS,
    laboratory_of,
    scans_of,
    simulate,
    simulate_unlabelled_ct,
)
from TumorResponseLib.research.cohorts.prrt_biology import (
    COEFFICIENTS,
    HORIZON_MONTHS,
    ORACLE_AUC,
    VirtualPatient,
    coefficients,
    draw_patients,
    true_survival,
)
from TumorResponseLib.research.evaluation.survival.kaplan_meier import survival_curve
from TumorResponseLib.research.evaluation.survival.times import survival_times

SEED = 2026
WRITTEN = 3


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> list[CohortRow]:
    done: list[int] = []
    folder = tmp_path_factory.mktemp("virtual") / "prrt"
    table = simulate(WRITTEN, SEED, folder, lambda: done.append(1), workers=1)
    assert table == folder / "cohort.csv" and len(done) == WRITTEN
    assert [one.name for one in folder.parent.iterdir()] == ["prrt"]
    return read_cohort(folder)


@pytest.fixture(scope="module")
def many() -> list[VirtualPatient]:
    return draw_patients(8192, 1)


def test_as_many_progress_as_published() -> None:
    patients = draw_patients(PATIENTS, SEED)
    assert (PATIENTS, sum(patient.response for patient in patients)) == (116, 42)
    assert patients[:50] == draw_patients(50, SEED)
    assert draw_patients(8, SEED) != draw_patients(8, SEED + 1)


def test_the_oracle_is_as_good_as_stated(many: list[VirtualPatient]) -> None:
    progressed = [patient.response for patient in many]

    def auc(scores: list[float]) -> float:
        return float(roc_auc_score(progressed, scores))

    assert auc([one.laboratory for one in many]) == pytest.approx(ORACLE_AUC[0], abs=0.01)
    assert auc([one.probability for one in many]) == pytest.approx(ORACLE_AUC[1], abs=0.01)
    # Either image alone says little, their difference much.
    assert 0.55 < auc([one.perfusion for one in many]) < 0.61
    assert 0.55 < auc([-one.uptake for one in many]) < 0.61
    assert auc([one.perfusion - one.uptake for one in many]) > 0.78
    assert auc([one.burden for one in many]) == pytest.approx(0.5, abs=0.02)
    assert coefficients() == pytest.approx(COEFFICIENTS, abs=0.01)


def test_times_follow_the_stated_law_and_everybody_is_watched_for_a_year(many: list[VirtualPatient]) -> None:
    assert all(one.event == (one.time_months == one.progression_months) for one in many)
    assert all(one.event or one.time_months > HORIZON_MONTHS for one in many)
    assert 0.3 < np.mean([not one.event for one in many]) < 0.6
    curve = survival_curve(survival_times([one.time_months for one in many], [one.event for one in many]))
    for months in (6.0, 12.0, 24.0, 36.0):
        expected = np.mean([true_survival(one.probability, months) for one in many])
        assert curve.at(months)[0] == pytest.approx(expected, abs=0.015)
    assert true_survival(0.3, 12.0) == pytest.approx(0.7)
    early = [one for one in many if one.progression_months < 1.5]
    assert early and all(one.cycles == 1 for one in early)
    assert all(one.cycles == 4 for one in many if one.progression_months > 6.0)


def test_the_table_holds_what_was_drawn(cohort: list[CohortRow]) -> None:
    for row, patient in zip(cohort, draw_patients(WRITTEN, SEED), strict=True):
        assert (row.response, row.event) == (patient.response, patient.event)
        assert row.time_months == pytest.approx(patient.time_months, abs=1e-3)
        assert row.oracle_probability == pytest.approx(patient.probability, abs=1e-6)
        shares = [float(row.other[column]) for column in SHARE_COLUMNS]
        assert 1 / (1 + np.exp(-sum(shares))) == pytest.approx(patient.probability, abs=1e-5)
        assert row.laboratory == laboratory_of(patient, SEED)
        assert row.other["cycles"] == str(patient.cycles)


def test_images_are_read_back_with_units_and_two_grids(cohort: list[CohortRow]) -> None:
    patients = draw_patients(WRITTEN, SEED)
    for row, patient in zip(cohort, patients, strict=True):
        study = study_of(row)
        pet, ct = study.images["pet"], study.images["ct"]
        require_suv(pet, "pet")
        require_hounsfield(ct, "ct")
        assert pet.spacing_mm == pytest.approx((4.0, 4.07, 4.07), abs=1e-5)
        assert ct.spacing_mm == pytest.approx((4.0, 3.1, 3.1), abs=1e-5)
        assert pet.frame.origin != ct.frame.origin and pet.pixels.shape != ct.pixels.shape
        on_pet, on_ct = study.masks["pet"], study.masks["ct"]
        made = scans_of(patient, SEED)
        assert np.array_equal(on_pet, made.pet.tumour) and np.array_equal(on_ct, made.ct.tumour)
        assert np.array_equal(ct.pixels, made.ct.image.pixels)
        # One tumour on two grids: the same volume and the same place in the patient.
        volumes = [mask.sum() * np.prod(image.spacing_mm) for mask, image in ((on_pet, pet), (on_ct, ct))]
        assert volumes[0] == pytest.approx(volumes[1], rel=0.1)
        middles = [
            np.argwhere(mask).mean(axis=0) * image.spacing_mm + image.frame.origin[::-1]
            for mask, image in ((on_pet, pet), (on_ct, ct))
        ]
        # Half a voxel: a lesion of 14 mm is four voxels wide.
        assert np.abs(middles[0] - middles[1]).max() < 2.0
        assert pet.pixels[on_pet].mean() > 2 * np.median(pet.pixels[ct_like(pet.pixels)])
        assert -1024 <= ct.pixels.min() < -900 and 150 < ct.pixels.max() < 400


def ct_like(pixels: np.ndarray) -> np.ndarray:
    """Where PET sees a body at all."""
    return pixels > 0.2


def test_what_the_images_show_follows_the_states() -> None:
    """Two patients' bodies alike but for the state: more uptake on PET, more enhancement on CT."""
    patients = draw_patients(64, SEED)
    ordered = sorted(patients, key=lambda one: one.uptake)
    low, high = (scans_of(one, SEED).pet for one in (ordered[0], ordered[-1]))
    assert high.image.pixels[high.tumour].mean() > 2 * low.image.pixels[low.tumour].mean()
    ordered = sorted(patients, key=lambda one: one.perfusion)
    low, high = (scans_of(one, SEED).ct for one in (ordered[0], ordered[-1]))
    assert high.image.pixels[high.tumour].mean() > 50 + low.image.pixels[low.tumour].mean()


def test_laboratory_values_are_possible_tell_of_the_state_and_are_sometimes_missing() -> None:
    patients = draw_patients(512, SEED)
    rows = [laboratory_of(patient, SEED) for patient in patients]
    assert set().union(*rows) == set(ANALYTES)
    for name, analyte in ANALYTES.items():
        values = [row[name] for row in rows if name in row]
        assert min(values) >= analyte.possible[0] and max(values) <= analyte.possible[1]
    missing = 1 - sum(map(len, rows)) / (len(rows) * len(ANALYTES))
    assert 0.02 < missing < 0.08

    def correlation(name: str) -> float:
        known = [(np.log(row[name]), one.laboratory) for row, one in zip(rows, patients, strict=True) if name in row]
        return float(np.corrcoef(np.transpose(known))[0, 1])

    assert correlation("chromogranin_a") > 0.5 and correlation("gamma_gt") > 0.5
    assert abs(correlation("creatinine")) < 0.15


def test_unlabelled_ct_for_pre_training(tmp_path: Path, cohort: list[CohortRow]) -> None:
    simulate_unlabelled_ct(1, SEED, tmp_path / "ct", workers=1)
    (row,) = read_cohort(tmp_path / "ct")
    assert row.response is None and row.time_months is None and list(row.images) == ["ct"]
    own = study_of(row).images["ct"]
    assert own.units == "HU" and not np.array_equal(own.pixels, study_of(cohort[0]).images["ct"].pixels)


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        simulate(1, SEED, tmp_path)
    with pytest.raises(UsageError, match="at least one patient"):
        simulate(0, SEED, tmp_path / "new")
    assert [one.name for one in tmp_path.iterdir()] == ["note.txt"]
