"""SUVs of DICOM PET against numbers computed by hand (see ``pet_objects``), on every unit and decay variant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.uid import ExplicitVRLittleEndian

from Testing.core.dicom_objects import save
from Testing.core.pet.pet_objects import GE, ct_series, pet_series, pet_slice, pet_study, philips, suvs, two_slices
from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image_units import HOUNSFIELD, require_hounsfield, require_suv
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.pet.fields import PHILIPS_ACTIVITY_FACTOR, PHILIPS_SUV_FACTOR
from TumorResponseLib.core.pet.suv import Body, lean_mass_james, lean_mass_janmahasatian, mean_activity_delay_s

MEAN_DELAY_S = 3600 * np.log2(2 * np.log(2))
"""A frame of one half-life loses half: its mean is 1 / (2 ln 2) of its start, reached after log2(2 ln 2) half-lives."""


def test_start_decays_to_the_series_time(tmp_path: Path) -> None:
    two_slices(tmp_path / "pet")
    assert suvs(tmp_path) == pytest.approx([2, 4], rel=1e-6)
    image = load_study(tmp_path).image("pet")
    assert image.units == "SUVbw"
    require_suv(image, "pet")


def test_administration_leaves_the_whole_dose_and_needs_no_time(tmp_path: Path) -> None:
    two_slices(
        tmp_path / "pet", DecayCorrection="ADMIN", SeriesTime=None, AcquisitionTime=None,
        RadiopharmaceuticalStartTime=None,
    )  # fmt: skip
    assert suvs(tmp_path) == pytest.approx([1, 2], rel=1e-6)


def test_no_correction_decays_each_slice_to_its_own_mean(tmp_path: Path) -> None:
    fields: dict[str, Any] = {"DecayCorrection": "NONE", "CorrectedImage": ["ATTN"], "ActualFrameDuration": 3_600_000}
    slices = [pet_slice(0, AcquisitionTime="100000", **fields), pet_slice(4, AcquisitionTime="110000", **fields)]
    pet_series(tmp_path / "pet", slices)
    # 400 MBq x 1/2 x 1/(2 ln 2) = 144.2695 MBq for the slice at 10 h, half of that an hour later.
    assert suvs(tmp_path) == pytest.approx([2.772588722, 5.545177444], rel=1e-6)


def test_factors_follow_their_slices_whichever_way_the_files_lie(tmp_path: Path) -> None:
    fields: dict[str, Any] = {"DecayCorrection": "NONE", "CorrectedImage": ["ATTN"], "ActualFrameDuration": 3_600_000}
    slices = [pet_slice(4, AcquisitionTime="110000", **fields), pet_slice(0, AcquisitionTime="100000", **fields)]
    pet_series(tmp_path / "pet", slices)
    assert suvs(tmp_path) == pytest.approx([2.772588722, 5.545177444], rel=1e-6)


def test_a_series_named_later_counts_from_the_earliest_acquisition(tmp_path: Path) -> None:
    slices = [
        pet_slice(0, SeriesTime="150000", AcquisitionTime="101000"),
        pet_slice(4, SeriesTime="150000", AcquisitionTime="100000"),
    ]
    pet_series(tmp_path / "pet", slices)
    assert suvs(tmp_path) == pytest.approx([2, 2], rel=1e-6)


def test_frame_reference_time_leads_back_to_the_start_of_the_scan(tmp_path: Path) -> None:
    two_slices(
        tmp_path / "pet", SeriesTime="150000", AcquisitionTime="103000", ActualFrameDuration=3_600_000,
        FrameReferenceTime=f"{1000 * (1800 + MEAN_DELAY_S):.3f}",
    )  # fmt: skip
    assert suvs(tmp_path) == pytest.approx([2, 4], rel=1e-6)


@pytest.mark.parametrize("series_time", ["095000", "150000"])
def test_ge_tells_the_scan_time_itself(tmp_path: Path, series_time: str) -> None:
    two_slices(tmp_path / "pet", SeriesTime=series_time, private=GE)
    assert suvs(tmp_path) == pytest.approx([2, 4], rel=1e-6)


def test_ge_scan_time_is_found_in_another_block_and_as_bytes(tmp_path: Path) -> None:
    made = pet_slice(SeriesTime="150000")
    made.private_block(0x0009, "GEMS_OTHER", create=True).add_new(0x0D, "DT", "19990101000000")
    made.private_block(0x0009, "GEMS_PETD_01", create=True).add_new(0x0D, "UN", b"20240102100000")
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    other = pet_slice(4, SeriesTime="150000", private=GE)
    save(made, tmp_path / "pet" / "a.dcm")
    save(other, tmp_path / "pet" / "b.dcm")
    assert suvs(tmp_path) == pytest.approx([2, 2], rel=1e-6)


@pytest.mark.parametrize(
    "injection",
    [
        {"RadiopharmaceuticalStartTime": "233000"},
        {"RadiopharmaceuticalStartDateTime": "20240101233000.000", "RadiopharmaceuticalStartTime": None},
        {"RadiopharmaceuticalStartDateTime": "20240101223000+0000", "TimezoneOffsetFromUTC": "+0100"},
        {"RadiopharmaceuticalStartDateTime": "20240101233000+0000"},
    ],
)
def test_injected_before_midnight(tmp_path: Path, injection: dict[str, str]) -> None:
    two_slices(tmp_path / "pet", SeriesTime="003000", AcquisitionTime="003500", **injection)
    assert suvs(tmp_path) == pytest.approx([2, 4], rel=1e-6)


def test_scan_across_midnight(tmp_path: Path) -> None:
    fields: dict[str, Any] = {
        "SeriesDate": "20240101",
        "SeriesTime": "235500",
        "RadiopharmaceuticalStartTime": "225500",
    }
    slices = [
        pet_slice(0, AcquisitionDate="20240101", AcquisitionTime="235500", **fields),
        pet_slice(4, AcquisitionDate="20240102", AcquisitionTime="000500", **fields),
    ]
    pet_series(tmp_path / "pet", slices)
    assert suvs(tmp_path) == pytest.approx([2, 2], rel=1e-6)


@pytest.mark.parametrize("suv_type", [None, "BW"])
def test_grams_per_ml_are_suv_as_they_are(tmp_path: Path, suv_type: str | None) -> None:
    two_slices(
        tmp_path / "pet", Units="GML", SUVType=suv_type, stored=3, RescaleSlope=0.5, PatientWeight=None,
        without_item=True,
    )  # fmt: skip
    assert suvs(tmp_path) == pytest.approx([1.5, 1.5], rel=1e-6)


def test_grams_per_ml_by_lean_mass_are_brought_to_body_weight(tmp_path: Path) -> None:
    # Janmahasatian, a man of 80 kg and 2 m: index 20, 9270 x 80 / (6680 + 4320) = 67.41818 kg.
    two_slices(tmp_path / "pet", Units="GML", SUVType="LBMJANMA", stored=2, RescaleSlope=0.5)
    assert suvs(tmp_path) == pytest.approx([80 / 67.4181818182] * 2, rel=1e-6)
    assert suvs(tmp_path, units_pet="SUVlbm(Janma)") == [1, 1]


@pytest.mark.parametrize(
    ("units", "sex", "lean_kg"),
    [
        ("SUVlbm(Janma)", "M", 67.4181818182),
        ("SUVlbm(Janma)", "F", 54.2898975110),
        ("SUVlbm(James128)", "M", 67.52),
        ("SUVlbm(James128)", "F", 61.92),
    ],
)
def test_lean_body_mass(tmp_path: Path, units: str, sex: str, lean_kg: float) -> None:
    two_slices(tmp_path / "pet", PatientSex=sex)
    assert suvs(tmp_path, units_pet=units) == pytest.approx([2 * lean_kg / 80, 4 * lean_kg / 80], rel=1e-6)
    assert load_study(tmp_path).image("pet").units == units


def test_lean_body_mass_formulas() -> None:
    assert lean_mass_janmahasatian(Body(70, 1.75, "F")) == pytest.approx(9270 * 70 / (8780 + 244 * 22.857142857))
    assert lean_mass_james(Body(70, 1.75, "M")) == pytest.approx(77 - 128 * 0.16)
    with pytest.raises(StudyError, match="James's formula"):
        lean_mass_james(Body(250, 1.5, "F"))


@pytest.mark.parametrize("other", ["0", None])
def test_philips_counts(tmp_path: Path, other: str | None) -> None:
    two_slices(tmp_path / "suv" / "pet", Units="CNTS", private=philips(0x00, "0.0004"), without_item=True)
    assert suvs(tmp_path / "suv") == pytest.approx([2, 4], rel=1e-6)
    # Without its SUV factor, or with one of 0, counts become Bq/ml first: half as many here.
    slices = [pet_slice(height, Units="CNTS", private=philips(0x09, "0.5")) for height in (0, 4)]
    if other is not None:
        for made in slices:
            made.private_block(0x7053, "Philips PET Private Group").add_new(0x00, "DS", other)
    pet_series(tmp_path / "activity" / "pet", slices)
    assert suvs(tmp_path / "activity") == pytest.approx([1, 1], rel=1e-6)


def test_mean_of_a_frame() -> None:
    assert mean_activity_delay_s(3600, 3600) == pytest.approx(MEAN_DELAY_S)
    assert abs(MEAN_DELAY_S - 1696.44) < 0.01
    assert mean_activity_delay_s(0.001, 6586) == pytest.approx(0.0005)
    assert mean_activity_delay_s(600, 6586) < 300


def test_a_series_alone_is_shown_as_stored_where_it_gives_no_suv(tmp_path: Path) -> None:
    two_slices(tmp_path / "good")
    two_slices(tmp_path / "bad", PatientWeight=None)
    good, bad = load_study(tmp_path / "good"), load_study(tmp_path / "bad")
    assert (good.image().units, good.warnings) == ("SUVbw", ())
    assert bad.image().units == ""
    np.testing.assert_array_equal(bad.image().pixels[:, 0, 0], [5000, 10000])
    assert "PatientWeight" in bad.warnings[0]
    with pytest.raises(StudyError, match="units_pet"):
        require_suv(bad.image(), "pet")


def test_ct_and_pet_of_one_folder_by_series(tmp_path: Path) -> None:
    two_slices(tmp_path / "dicom" / "pet")
    ct_series(tmp_path / "dicom" / "ct")
    with pytest.raises(StudyError, match="2 series"):
        pet_study(tmp_path, image_pet="dicom")
    study = pet_study(tmp_path, image_pet="dicom", series_pet="5678901234", image_ct="dicom", series_ct="987654321")
    assert study.image("pet").pixels[:, 0, 0] == pytest.approx([2, 4])
    assert (study.image("ct").pixels == 40).all()
    assert study.image("ct").units == HOUNSFIELD
    require_hounsfield(study.image("ct"), "ct")
    with pytest.raises(StudyError, match="modality CT and cannot be in SUVbw"):
        pet_study(tmp_path, image_pet="dicom/ct", units_pet="SUVbw")


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("RescaleSlope", {"RescaleSlope": None}),
        ("RescaleIntercept", {"RescaleIntercept": None}),
        ("RescaleType", {"RescaleType": "US"}),
    ],
)
def test_ct_must_say_that_it_is_in_hounsfield_units(tmp_path: Path, field: str, fields: dict[str, Any]) -> None:
    two_slices(tmp_path / "pet")
    ct_series(tmp_path / "ct", **fields)
    with pytest.raises(StudyError, match=f"The DICOM field {field} of ct0.dcm"):
        pet_study(tmp_path, image_ct="ct")


def test_private_tags_are_those_of_the_conformance_statements() -> None:
    assert PHILIPS_SUV_FACTOR == (0x7053, "Philips PET Private Group", 0x00)
    assert PHILIPS_ACTIVITY_FACTOR == (0x7053, "Philips PET Private Group", 0x09)
