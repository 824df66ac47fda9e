"""Copies of the sample PET/CT study with one field missing or wrong: ``read`` names it in one sentence."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate
from pydicom import Dataset, dcmread

from TumorResponseLib.cli.app import run
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.core.saving.volumes import write_volume

SAMPLE = resources_folder() / "SampleData" / "prrt-pfs"

Change = Callable[[Path], None]


def dicom(series: str, **fields: Any) -> Change:
    """Every slice with other fields; None takes one away."""

    def change(study: Path) -> None:
        for path in (study / series).iterdir():
            dataset = dcmread(path)
            _set(dataset, fields)
            dataset.save_as(path)

    return change


def dose(**fields: Any) -> Change:
    """Likewise for the fields of the radiopharmaceutical."""

    def change(study: Path) -> None:
        for path in (study / "pet").iterdir():
            dataset = dcmread(path)
            _set(dataset.RadiopharmaceuticalInformationSequence[0], fields)
            dataset.save_as(path)

    return change


def _set(dataset: Dataset, fields: dict[str, Any]) -> None:
    for keyword, value in fields.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)


def one_slice(series: str, **fields: Any) -> Change:
    """The fields of one slice only; without fields the slice is deleted."""

    def change(study: Path) -> None:
        path = study / series / "012.dcm"
        if not fields:
            path.unlink()
            return
        dataset = dcmread(path)
        _set(dataset, fields)
        dataset.save_as(path)

    return change


def cut_off(series: str) -> Change:
    """A slice of which the second half is missing."""

    def change(study: Path) -> None:
        path = study / series / "012.dcm"
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])

    return change


def stated(**fields: Any) -> Change:
    """Other fields in ``study.json``; None takes one away."""

    def change(study: Path) -> None:
        path = study / "study.json"
        held = json.loads(path.read_text()) | fields
        path.write_text(json.dumps({name: value for name, value in held.items() if value is not None}))

    return change


def laboratory(row: int, **cells: str) -> Change:
    """Other cells in a row of ``laboratory.csv``; row 0 is the header."""

    def change(study: Path) -> None:
        path = study / "laboratory.csv"
        with path.open(newline="", encoding="utf-8") as stream:
            lines = list(csv.reader(stream))
        header = list(lines[0])
        for column, cell in cells.items():
            lines[row][header.index(column)] = cell
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(lines)

    return change


def text(name: str, content: str) -> Change:
    """A file with other content."""

    def change(study: Path) -> None:
        (study / name).write_text(content)

    return change


def twice(series: str) -> Change:
    """A slice and its copy."""

    def change(study: Path) -> None:
        shutil.copy(study / series / "012.dcm", study / series / "copy.dcm")

    return change


PET_FIELD = r"The DICOM field {} of \d{{3}}\.dcm"

WRONG: dict[str, tuple[Change, str]] = {
    "weight missing": (dicom("pet", PatientWeight=None), PET_FIELD.format("PatientWeight") + " is missing"),
    "weight in g": (dicom("pet", PatientWeight=74000), PET_FIELD.format("PatientWeight") + " is 74000 kg, but"),
    "dose missing": (dose(RadionuclideTotalDose=None), "RadionuclideTotalDose of .* is missing"),
    "dose in MBq": (dose(RadionuclideTotalDose=150), "RadionuclideTotalDose of .* is 150 Bq, but must lie"),
    "half-life missing": (dose(RadionuclideHalfLife=None), "RadionuclideHalfLife of .* is missing"),
    "half-life in min": (dose(RadionuclideHalfLife=67.7), "half-lives; correct it.* or RadionuclideHalfLife"),
    "injection time missing": (
        dose(RadiopharmaceuticalStartTime=None, RadiopharmaceuticalStartDateTime=None),
        r"RadiopharmaceuticalStartDateTime \(or RadiopharmaceuticalStartTime\) of .* is missing",
    ),
    "injected after the scan": (
        dose(RadiopharmaceuticalStartDateTime="20240102113000"), "StartDateTime of .* lies after the scan",
    ),
    "injection time impossible": (
        dose(RadiopharmaceuticalStartDateTime="2024010299"), "StartDateTime of .* is 2024010299, which is no date",
    ),
    "no radiopharmaceutical": (
        dicom("pet", RadiopharmaceuticalInformationSequence=None),
        "RadiopharmaceuticalInformationSequence of .* is missing",
    ),
    "units missing": (dicom("pet", Units=None), PET_FIELD.format("Units") + " is missing"),
    "units unknown": (dicom("pet", Units="PROPCNTS"), PET_FIELD.format("Units") + " is PROPCNTS, which gives no SUV"),
    "units of one slice": (one_slice("pet", Units="GML"), "Units of 012.dcm differs from the other slices'"),
    "decay correction missing": (dicom("pet", DecayCorrection=None), "DecayCorrection of .* is missing"),
    "decay correction unknown": (dicom("pet", DecayCorrection="LATER"), "DecayCorrection of .* is LATER"),
    "no attenuation correction": (dicom("pet", CorrectedImage=["DECY"]), "CorrectedImage of .* lacks ATTN"),
    "corrections missing": (dicom("pet", CorrectedImage=None), "CorrectedImage of .* is missing"),
    "series date missing": (dicom("pet", SeriesDate=None), "SeriesDate of .* is missing"),
    "series time missing": (dicom("pet", SeriesTime=None), "SeriesTime of .* is missing"),
    "acquisition time missing": (dicom("pet", AcquisitionTime=None), "AcquisitionTime of .* is missing"),
    "acquisition date missing": (dicom("pet", AcquisitionDate=None), "AcquisitionDate of .* is missing"),
    "PET slope 0": (dicom("pet", RescaleSlope=0), "rescale slope of .* is 0"),
    "PET slice missing": (one_slice("pet"), "1 of the slices of pet are missing"),
    "PET slice twice": (twice("pet"), "Several images of pet lie at one position"),
    "PET slice without place": (one_slice("pet", ImagePositionPatient=None), "separate pictures without a place"),
    "PET slice of another size": (one_slice("pet", Rows=30), "slices of pet differ in size"),
    "PET slice cut off": (cut_off("pet"), r"012\.dcm .*cut off"),
    "CT without slope": (dicom("ct", RescaleSlope=None), "RescaleSlope of .* is missing, so its values are not HU"),
    "CT in other units": (dicom("ct", RescaleType="US"), "RescaleType of .* is US, not HU"),
    "CT turned": (one_slice("ct", ImageOrientationPatient=[0, 1, 0, 1, 0, 0]), "slices of ct differ in orientation"),
    "CT of two frames": (one_slice("ct", FrameOfReferenceUID="1.2.3"), "slices of ct belong to different frames"),
    "no such CT": (stated(image_ct="scan"), "column image_ct holds 'scan'; there is no such file"),
    "no such laboratory table": (stated(laboratory="values.csv"), "column laboratory holds 'values.csv'; there is no"),
    "no such mask": (stated(mask="tumour.nrrd"), "column mask holds 'tumour.nrrd'; there is no such file"),
    "CT said to be a PET": (stated(units_ct="SUVbw"), "ct image is DICOM of modality CT .* correct units_ct"),
    "units of no image": (stated(units_mr="HU"), "column units_mr has no image of the role mr beside it"),
    "units not known": (stated(units_pet="MBq"), "column units_pet holds 'MBq'; it must be one of SUVbw"),
    "no such series": (stated(series_pet="9.9.9.9"), r"uid 9\.9\.9\.9 names 0 of the series of pet"),
    "time before baseline": (stated(time_months=-1), "column time_months holds '-1'; it must not be negative"),
    "event without time": (stated(time_months=None), "column event needs time_months beside it"),
    "laboratory value twice": (
        stated(lab_crp=4), "gives crp as a field and in laboratory.csv; keep one",
    ),
    "impossible field": (stated(lab_psa=-1, units_lab_psa="µg/l"), "column units_lab_psa names a unit, but"),
    "study.json broken": (text("study.json", '{"image_pet": '), r"The file study\.json of .* is not JSON"),
    "no unit column": (laboratory(0, unit="in"), "laboratory.csv must have the columns analyte, value, unit"),
    "unknown analyte": (laboratory(1, analyte="psa"), "Row 2 of laboratory.csv: the analyte 'psa' is not known"),
    "unknown unit": (laboratory(2, unit="mmol"), "Row 3 of laboratory.csv: gamma-GT in 'mmol' cannot be converted"),
    "no unit": (laboratory(4, unit=""), "Row 5 of laboratory.csv: AST has no unit; give one of U/l"),
    "impossible value": (laboratory(8, value="2"), "Row 9 of laboratory.csv: albumin of 2 g/l is impossible"),
    "no number": (laboratory(9, value="6,6"), "Row 10 of laboratory.csv: creatinine holds '6,6'; it must be a number"),
    "analyte twice": (laboratory(5, analyte="GOT"), "Row 6 of laboratory.csv: AST stands in the table twice"),
    "range upside down": (laboratory(8, low="60"), "Row 9 of laboratory.csv: the range of albumin from 60 to 52"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Invalid value for VR")
@pytest.mark.parametrize("case", WRONG)
def test_each_wrong_field_is_named_in_one_sentence(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, sentence = WRONG[case]
    study = tmp_path / "study"
    shutil.copytree(SAMPLE, study)
    change(study)
    assert run(["read", str(study), "--device", "cpu", "--out", str(tmp_path / "out")]) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("Error: ") and line.endswith(".")
    assert re.search(sentence, line), line


def shifted(series: str, by_mm: float) -> Change:
    """Every slice at another place."""

    def change(study: Path) -> None:
        for path in (study / series).iterdir():
            dataset = dcmread(path)
            dataset.ImagePositionPatient[0] = float(dataset.ImagePositionPatient[0]) + by_mm
            dataset.save_as(path)

    return change


def as_volume(role: str) -> Change:
    """The image as a NRRD, of which nothing says the units."""

    def change(study: Path) -> None:
        image = load_study(study).image(role)
        write_volume(image.pixels, image, study / f"{role}.nrrd")
        stated(**{f"image_{role}": f"{role}.nrrd"})(study)

    return change


MISFITS: dict[str, tuple[Change, str]] = {
    "no CT": (stated(image_ct=None), "has no CT; name it image_ct in study.json"),
    "CT of another examination": (dicom("ct", FrameOfReferenceUID="1.2.3"), "different Frame of Reference UIDs"),
    "CT beside the PET": (shifted("ct", 900.0), "do not overlap in the patient"),
    "PET of unknown units": (as_volume("pet"), r'not known to be in SUV.*"units_pet": "SUVbw"'),
    "CT of unknown units": (as_volume("ct"), r'not known to be in HU.*"units_ct": "HU"'),
}


@pytest.mark.parametrize("case", MISFITS)
def test_images_that_do_not_fit_are_told_and_the_rest_is_written(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, sentence = MISFITS[case]
    study, out = tmp_path / "study", tmp_path / "out"
    shutil.copytree(SAMPLE, study)
    change(study)
    assert run(["read", str(study), "--device", "cpu", "--out", str(out)]) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("Error: study: ") and re.search(sentence, error), error
    result = json.loads((out / "result.json").read_text())
    assert result["predictions"] == [] and result["regions"][0]["name"] == "tumour"
    assert (out / "report.html").exists()


def test_the_sample_is_read_with_all_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert run(["read", str(SAMPLE), "--device", "cpu", "--out", str(out)]) == 0
    names = {path.name for path in out.iterdir()}
    assert {"result.json", "regions.seg.nrrd", "saliency-fused.nrrd", "report.html"} <= names
    result = json.loads((out / "result.json").read_text())
    validate(result, json.loads((resources_folder() / "Schemas" / "result.schema.json").read_text()))
    (prediction,) = result["predictions"]
    assert prediction["system"] == "prrt-pfs" and len(prediction["estimates"]) == 2
    assert any("curves-survival" in name for name in names)
    assert any("table-lesions" in name for name in names) and any("table-laboratory" in name for name in names)
    assert "progression" in capsys.readouterr().out
