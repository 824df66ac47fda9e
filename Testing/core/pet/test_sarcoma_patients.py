"""Real PET in SUV: every patient's volume, SUVmax, SUVpeak and activity against the tables beside the images."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image_units import require_suv
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.pet.lesion_table import LesionTable, measure_lesions
from TumorResponseLib.core.pet.lesions import labels_of_mask, rings_of_lesion, with_lesion
from TumorResponseLib.core.pet.thresholds import of_maximum
from TumorResponseLib.core.study import Study


def table_of(folder: Path, name: str) -> dict[str, dict[str, str]]:
    with (folder / name).open(newline="") as stream:
        return {row["patient"]: row for row in csv.DictReader(stream)}


def study_of(shared_data: Path, folder: Path, patient: str, **fields: str) -> Study:
    for kind in ("pet", "pet_mask"):
        (folder / f"{kind}.nii.gz").unlink(missing_ok=True)
        shutil.copy(shared_data / "sts_dev" / f"{patient}_{kind}.nii.gz", folder / f"{kind}.nii.gz")
    stated = {"image_pet": "pet.nii.gz", "mask_pet": "pet_mask.nii.gz", "units_pet": "SUVbw"} | fields
    (folder / "study.json").write_text(json.dumps(stated))
    return load_study(folder)


def measured(study: Study) -> LesionTable:
    image = study.image("pet")
    require_suv(image, "pet")
    return measure_lesions(image.pixels, study.masks["pet"].astype(np.int32), image.spacing_mm)


def test_every_patient_agrees_with_the_cohorts_tables(shared_data: Path, tmp_path: Path) -> None:
    cohort = table_of(shared_data / "sts_dev", "cohort.csv")
    features = table_of(shared_data / "sts_dev", "baseline_features.csv")
    assert len(cohort) == 39
    for patient, row in cohort.items():
        table = measured(study_of(shared_data, tmp_path, patient))
        assert table.volume_ml == pytest.approx(float(row["volume_ml"]), abs=0.006), patient
        assert table.suv_max == pytest.approx(float(row["suvmax"]), abs=2e-4), patient
        own = features[patient]
        assert table.suv_mean == pytest.approx(float(own["suvmean"]), rel=1e-4), patient
        assert table.suv_peak == pytest.approx(float(own["suvpeak"]), rel=1e-4), patient
        assert table.total_activity == pytest.approx(float(own["tlg"]), rel=1e-4), patient


def test_units_must_be_stated_for_files_and_be_possible(shared_data: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="units_pet"):
        require_suv(study_of(shared_data, tmp_path, "STS_001", units_pet="").image("pet"), "pet")
    with pytest.raises(StudyError, match=r"units_pet holds 'Bq'.*SUVbw"):
        study_of(shared_data, tmp_path, "STS_001", units_pet="Bq")
    with pytest.raises(StudyError, match="units_ct has no image of the role ct"):
        study_of(shared_data, tmp_path, "STS_001", units_ct="HU")
    assert study_of(shared_data, tmp_path, "STS_001", units_pet="suvBW").image("pet").units == "SUVbw"


def test_a_tumour_at_the_scans_end_is_told(shared_data: Path, tmp_path: Path) -> None:
    with (shared_data / "sts_dev" / "qc.csv").open(newline="") as stream:
        ends = {
            row["patient"]: row["tumour_reaches_scan_end"] for row in csv.DictReader(stream) if row["modality"] == "pet"
        }
    cut_off = [patient for patient, reaches in ends.items() if reaches == "1"]
    assert len(cut_off) >= 3
    for patient in ends:
        study = study_of(shared_data, tmp_path, patient)
        table = measured(study)
        assert any(row.touches_end for row in table.rows) == (patient in cut_off), patient
        assert bool(table.warnings) == (patient in cut_off)
    study = study_of(shared_data, tmp_path, cut_off[0])
    rings = rings_of_lesion(study.masks["pet"].astype(np.int32), 1, study.image("pet").spacing_mm, (6.0, 10.0))
    assert rings.labels.shape == study.image("pet").pixels.shape
    assert all(rings.band(region).any() for region in range(3))


def test_a_click_on_the_tumour_finds_it(shared_data: Path, tmp_path: Path) -> None:
    """41 % of the maximum, volume as in the table's ``mtv41`` (which counts it inside the outline only)."""
    features = table_of(shared_data / "sts_dev", "baseline_features.csv")
    study = study_of(shared_data, tmp_path, "STS_003")
    image, tumour = study.image("pet"), study.masks["pet"]
    hottest = np.unravel_index(np.where(tumour, image.pixels, 0).argmax(), tumour.shape)
    beside = (int(hottest[0]), int(hottest[1]) + 1, int(hottest[2]))
    none = np.zeros(image.pixels.shape, dtype=np.int32)
    labels = with_lesion(none, image.pixels, image.spacing_mm, of_maximum(2.5), beside)
    inside = measure_lesions(image.pixels, np.where(tumour, labels, 0), image.spacing_mm)
    assert inside.volume_ml == pytest.approx(float(features["STS_003"]["mtv41"]), rel=1e-3)
    assert labels_of_mask(labels > 0).max() == 1
