"""PET without a trustworthy SUV: each missing or impossible field is named, in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from Testing.core.pet.pet_objects import GE, pet_series, pet_slice, pet_study, philips, suvs, two_slices
from TumorResponseLib.core.errors import StudyError

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("PatientWeight", {"PatientWeight": None}),
    ("PatientWeight", {"PatientWeight": 0}),
    ("PatientWeight", {"PatientWeight": 80000}),
    ("RadiopharmaceuticalInformationSequence", {"without_item": True}),
    ("RadionuclideTotalDose", {"RadionuclideTotalDose": None}),
    ("RadionuclideTotalDose", {"RadionuclideTotalDose": 0}),
    ("RadionuclideTotalDose", {"RadionuclideTotalDose": 400}),
    ("RadionuclideHalfLife", {"RadionuclideHalfLife": None}),
    ("RadionuclideHalfLife", {"RadionuclideHalfLife": -1}),
    ("RadionuclideHalfLife", {"RadionuclideHalfLife": 2}),
    # In minutes: the scan would come 33 half-lives after the injection.
    ("RadiopharmaceuticalStartTime of .* RadionuclideHalfLife", {"RadionuclideHalfLife": 109.8}),
    ("RadiopharmaceuticalStartDateTime", {"RadiopharmaceuticalStartTime": None}),
    ("RadiopharmaceuticalStartDateTime", {"RadiopharmaceuticalStartDateTime": "20240102110000"}),
    ("RadiopharmaceuticalStartDateTime", {"RadiopharmaceuticalStartDateTime": "20231202090000"}),
    ("RadiopharmaceuticalStartDateTime", {"RadiopharmaceuticalStartDateTime": "20240102"}),
    ("RadiopharmaceuticalStartTime", {"RadiopharmaceuticalStartTime": "103000"}),
    ("RadiopharmaceuticalStartTime", {"RadiopharmaceuticalStartTime": "251500"}),
    ("SeriesDate", {"SeriesDate": None}),
    ("SeriesDate", {"SeriesDate": "20241302"}),
    ("SeriesTime", {"SeriesTime": None}),
    ("AcquisitionDate", {"AcquisitionDate": None}),
    ("AcquisitionTime", {"AcquisitionTime": None}),
    ("ActualFrameDuration", {"DecayCorrection": "NONE", "CorrectedImage": ["ATTN"], "ActualFrameDuration": None}),
    ("Units", {"Units": None}),
    ("Units", {"Units": "PROPCNTS"}),
    ("Units", {"Units": "CNTS"}),
    (r"\(7053,xx00\)", {"Units": "CNTS", "private": philips(0x00, "-1")}),
    ("SUVType", {"Units": "GML", "SUVType": "LBM"}),
    ("DecayCorrection", {"DecayCorrection": None}),
    ("DecayCorrection", {"DecayCorrection": "LATER"}),
    ("CorrectedImage", {"CorrectedImage": None}),
    ("CorrectedImage", {"CorrectedImage": ["DECY"]}),
    ("CorrectedImage", {"CorrectedImage": ["ATTN"]}),
    ("CorrectedImage", {"DecayCorrection": "NONE"}),
    (r"\(0009,xx0d\)", {"private": (*GE[:4], "20240102120000")}),
    ("SOPClassUID", {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.128.1"}),
]


@pytest.mark.filterwarnings("ignore:Invalid value for VR")
@pytest.mark.parametrize(("field", "fields"), WRONG)
def test_each_wrong_field_is_named_in_one_sentence(tmp_path: Path, field: str, fields: dict[str, Any]) -> None:
    two_slices(tmp_path / "pet", **fields)
    with pytest.raises(StudyError, match=rf"^The DICOM field {field}.*\.$") as raised:
        pet_study(tmp_path)
    assert ".dcm " in str(raised.value)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("PatientSize", {"PatientSize": None}),
        ("PatientSize", {"PatientSize": 180}),
        ("PatientSex", {"PatientSex": None}),
        ("PatientSex", {"PatientSex": "O"}),
    ],
)
def test_lean_body_mass_needs_height_and_sex(tmp_path: Path, field: str, fields: dict[str, Any]) -> None:
    two_slices(tmp_path / "pet", **fields)
    assert suvs(tmp_path) == pytest.approx([2, 4], rel=1e-6)
    with pytest.raises(StudyError, match=f"^The DICOM field {field} "):
        pet_study(tmp_path, units_pet="SUVlbm(Janma)")


@pytest.mark.parametrize("keyword", ["Units", "DecayCorrection"])
def test_slices_must_agree(tmp_path: Path, keyword: str) -> None:
    other: dict[str, Any] = {keyword: {"Units": "GML", "DecayCorrection": "ADMIN"}[keyword]}
    pet_series(tmp_path / "pet", [pet_slice(0), pet_slice(4, **other)])
    with pytest.raises(StudyError, match=f"{keyword} of .* differs"):
        pet_study(tmp_path)


def test_a_weight_that_is_no_number_is_named(tmp_path: Path) -> None:
    two_slices(tmp_path / "pet")
    for path in (tmp_path / "pet").iterdir():
        path.write_bytes(path.read_bytes().replace(b"DS\x04\x0080.0", b"DS\x04\x0080kg"))
    with pytest.raises(StudyError, match="PatientWeight of"):
        pet_study(tmp_path)


@pytest.mark.parametrize("largest", [30000.0, 0.0])
def test_a_file_said_to_be_in_suv_must_look_like_it(tmp_path: Path, largest: float) -> None:
    volume = sitk.GetImageFromArray(np.linspace(-0.1, largest, 24, dtype=np.float32).reshape(2, 3, 4))
    sitk.WriteImage(volume, str(tmp_path / "pet.nrrd"))
    assert pet_study(tmp_path, image_pet="pet.nrrd").image("pet").units == ""
    with pytest.raises(StudyError, match=f"said to be in SUV, but its largest value is {largest:g}; .*units_pet"):
        pet_study(tmp_path, image_pet="pet.nrrd", units_pet="SUVbw")


def test_dicom_cannot_be_said_to_be_in_other_units(tmp_path: Path) -> None:
    two_slices(tmp_path / "pet")
    with pytest.raises(StudyError, match="DICOM of modality PT and cannot be in HU; correct units_pet"):
        pet_study(tmp_path, units_pet="HU")


def test_counts_that_become_activity_still_need_dose_and_weight(tmp_path: Path) -> None:
    two_slices(tmp_path / "pet", Units="CNTS", private=philips(0x09, "0.5"), PatientWeight=None)
    with pytest.raises(StudyError, match=r"^The DICOM field PatientWeight "):
        pet_study(tmp_path)
