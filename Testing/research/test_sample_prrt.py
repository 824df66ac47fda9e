"""The sample PET/CT study: DICOM series that the loader brings back to the simulated SUV and HU."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from TumorResponseLib.core.fusion_grid import Grid, require_one_frame
from TumorResponseLib.core.laboratory.table import HIGH, MISSING, laboratory_table
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.core.study import Study
from TumorResponseLib.research.cohorts.prrt import laboratory_of, scans_of
from TumorResponseLib.research.cohorts.prrt_biology import draw_patients
from TumorResponseLib.research.cohorts.prrt_image import VirtualScans
from TumorResponseLib.research.cohorts.samples.prrt import SAMPLE_PATIENT, write_prrt_sample
from TumorResponseLib.research.cohorts.samples.sample_folder import SAMPLE_SEED

SHIPPED = resources_folder() / "SampleData" / "prrt-pfs"
LARGEST_BYTES = 6_000_000


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study(SHIPPED)


@pytest.fixture(scope="module")
def truth() -> VirtualScans:
    return scans_of(draw_patients(SAMPLE_PATIENT + 1, SAMPLE_SEED)[SAMPLE_PATIENT], SAMPLE_SEED)


def test_pet_comes_back_in_suv(study: Study, truth: VirtualScans) -> None:
    pet = study.image("pet")
    assert (pet.modality, pet.units, study.warnings) == ("PT", "SUVbw", ())
    # Each slice is stored in 32 767 steps of its own largest value.
    largest = truth.pet.image.pixels.max(axis=(1, 2), keepdims=True)
    assert (np.abs(pet.pixels - truth.pet.image.pixels) <= 0.51 * largest / 32767 + 1e-6).all()
    np.testing.assert_array_equal(study.masks["tumour"], truth.pet.tumour)


def test_ct_comes_back_in_hounsfield_units(study: Study, truth: VirtualScans) -> None:
    ct = study.image("ct")
    assert (ct.modality, ct.units) == ("CT", "HU")
    np.testing.assert_array_equal(ct.pixels, truth.ct.image.pixels)


def test_both_lie_where_they_were_in_one_frame(study: Study, truth: VirtualScans) -> None:
    for role, scan in (("pet", truth.pet), ("ct", truth.ct)):
        image = study.image(role)
        assert image.spacing_mm == pytest.approx(scan.image.spacing_mm)
        assert image.frame.origin == pytest.approx(scan.image.frame.origin)
        assert image.frame.directions == scan.image.frame.directions
    require_one_frame({role: Grid.of(image) for role, image in study.images.items()})
    assert len({image.frame.reference_uid for image in study.images.values()}) == 1


def test_laboratory_values_come_back_in_the_panels_units(study: Study) -> None:
    values = laboratory_of(draw_patients(SAMPLE_PATIENT + 1, SAMPLE_SEED)[SAMPLE_PATIENT], SAMPLE_SEED)
    assert study.laboratory.keys() == values.keys()
    for name, value in values.items():
        assert study.laboratory[name] == pytest.approx(value, rel=0.03), name
    flags = {row.flag for row in laboratory_table(study.laboratory, study.laboratory_ranges)}
    assert {HIGH, MISSING} <= flags


def test_no_file_names_anybody(study: Study) -> None:
    assert len(study.files) == 42 + 38 + 3
    for series in ("pet", "ct"):
        for path in (SHIPPED / series).iterdir():
            header = dcmread(path, stop_before_pixels=True)
            assert str(header.PatientName) == "Simulated"
            assert not header.PatientID and not header.PatientBirthDate


def test_the_shipped_sample_is_what_the_code_writes(tmp_path: Path) -> None:
    write_prrt_sample(tmp_path / "prrt-pfs")
    written = {path.relative_to(tmp_path / "prrt-pfs") for path in (tmp_path / "prrt-pfs").rglob("*") if path.is_file()}
    assert written == {path.relative_to(SHIPPED) for path in SHIPPED.rglob("*") if path.is_file()}
    for name in written:
        assert (tmp_path / "prrt-pfs" / name).read_bytes() == (SHIPPED / name).read_bytes(), name
    assert sum((SHIPPED / name).stat().st_size for name in written) < LARGEST_BYTES
