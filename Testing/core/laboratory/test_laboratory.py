"""Laboratory values: units, ranges, what is impossible, what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from TumorResponseLib.core.errors import BundleError, StudyError
from TumorResponseLib.core.laboratory.imputation import ImputationRule, completed
from TumorResponseLib.core.laboratory.panel import ANALYTES, PANEL, analyte_of
from TumorResponseLib.core.laboratory.table import laboratory_table
from TumorResponseLib.core.loading import load_study, read_cohort, write_cohort
from TumorResponseLib.core.loading.laboratory import read_laboratory
from TumorResponseLib.core.study import Study


def csv_file(folder: Path, *lines: str, header: str = "analyte,value,unit") -> Path:
    path = folder / "laboratory.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def study_of(folder: Path, **fields: object) -> Study:
    (folder / "study.json").write_text(json.dumps({"image": "image.nrrd"} | fields))
    (folder / "image.nrrd").write_bytes(
        b"NRRD0004\ntype: uchar\ndimension: 2\nsizes: 2 2\nencoding: raw\n\n" + bytes([1, 2, 3, 4])
    )
    return load_study(folder)


@pytest.mark.parametrize(
    ("name", "value", "unit", "expected"),
    [
        ("chromogranin_a", 250, "µg/l", 250),
        ("chromogranin_a", 250, "ng/mL", 250),
        ("chromogranin_a", 25, "ug/dL", 250),
        ("gamma_gt", 45, "U/L", 45),
        ("gamma_gt", 0.75, "µkat/L", 45),
        ("gamma_gt", 0.75, "μkat/l", 45),
        ("ldh", 5000, "nkat/l", 300),
        ("bilirubin", 1.2, "mg/dl", 20.5247),
        ("creatinine", 1.0, "mg/dL", 88.402),
        ("creatinine", 0.09, "mmol/l", 90),
        ("albumin", 4.1, "g/dl", 41),
        ("crp", 0.5, "mg/dl", 5),
        ("haemoglobin", 13.5, "g/dl", 135),
        ("haemoglobin", 8.0, "mmol/l", 128.916),
        ("leukocytes", 6500, "/µl", 6.5),
        ("leukocytes", 6.5, "x10^9/L", 6.5),
        ("leukocytes", 6.5, "10*9 / l", 6.5),
        ("thrombocytes", 210, "10E3/uL", 210),
    ],
)
def test_units(name: str, value: float, unit: str, expected: float) -> None:
    assert ANALYTES[name].measured(value, unit) == pytest.approx(expected, rel=1e-5)


def test_the_panel_is_in_order() -> None:
    assert {"chromogranin_a", "gamma_gt"} <= set(ANALYTES)
    for analyte in PANEL:
        assert analyte.converted(1.0, analyte.unit) == 1.0
        low, high = analyte.possible
        for reference in (analyte.male, analyte.female, analyte.reference()):
            limits = [limit for limit in reference if limit is not None]
            assert limits == sorted(limits)
            assert all(low < limit < high for limit in limits)
        for name in (analyte.name, analyte.label.upper(), *analyte.aliases):
            assert analyte_of(name) is analyte
    names = [name for analyte in PANEL for name in (analyte.name, *analyte.aliases)]
    assert len(names) == len(set(names))


def test_reference_ranges_by_sex() -> None:
    gamma_gt, haemoglobin = ANALYTES["gamma_gt"], ANALYTES["haemoglobin"]
    assert (gamma_gt.reference("M"), gamma_gt.reference("F"), gamma_gt.reference()) == (
        (None, 60),
        (None, 40),
        (None, 60),
    )
    assert (haemoglobin.reference("M"), haemoglobin.reference()) == ((130, None), (120, None))
    assert ANALYTES["creatinine"].reference() == (49, 104)


def test_a_table_is_read_and_flagged(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path, "CgA,412,ng/ml,,94", "γ-GT,0.75,µkat/l,,", "Hb,11.2,g/dl,12,16", "albumin,,,,", "LDH,200,U/l,,", "",
        header="analyte,value,unit,low,high",
    )  # fmt: skip
    read = read_laboratory(path)
    assert read.values == pytest.approx({"chromogranin_a": 412, "gamma_gt": 45, "haemoglobin": 112, "ldh": 200})
    assert read.ranges == {"chromogranin_a": (None, 94), "haemoglobin": (120, 160)}
    table = {row.name: row for row in laboratory_table(read.values, read.ranges, "F")}
    assert list(table) == list(ANALYTES)
    flags = {name: row.flag for name, row in table.items() if row.value is not None}
    assert flags == {"chromogranin_a": "high", "gamma_gt": "high", "haemoglobin": "low", "ldh": "normal"}
    assert (table["albumin"].flag, table["albumin"].value, table["albumin"].unit) == ("missing", None, "g/l")
    assert {row.flag for row in laboratory_table({"gamma_gt": 40}, sex="F")[1:2]} == {"normal"}


def test_semicolons_and_a_byte_order_mark_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_bytes("\ufeffAnalyte;Value;Unit\r\nGGT;45;U/l\r\n".encode())
    assert read_laboratory(path).values == {"gamma_gt": 45}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("GGT,45,", "Row 2 of laboratory.csv: gamma-GT has no unit; give one of U/l"),
        ("GGT,45,mg/dl", "gamma-GT in 'mg/dl' cannot be converted; give it in one of U/l, IU/l"),
        ("CgA,4,nmol/l", "chromogranin A in 'nmol/l' cannot be converted"),
        ("GGT,-3,U/l", "gamma-GT of -3 U/l is impossible"),
        ("GGT,0,U/l", "impossible"),
        ("albumin,41,g/dl", "albumin of 410 g/l is impossible .*; check the value and its unit"),
        ("haemoglobin,13.5,g/l", "impossible"),
        ("GGT,<5,U/l", "gamma-GT holds '<5'; it must be a number"),
        ('GGT,"4,5",U/l', "with a decimal point"),
        ("GGT,nan,U/l", "finite"),
        ("magic,1,U/l", "the analyte 'magic' is not known; known are chromogranin_a"),
        ("GGT,45,U/l\ngamma_gt,46,U/l", "Row 3 of laboratory.csv: gamma-GT stands in the table twice"),
        ("GGT,45", "Row 2 of laboratory.csv has 2 fields"),
        ("", "has no rows"),
    ],
)
def test_wrong_rows_are_named(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(StudyError, match=message):
        read_laboratory(csv_file(tmp_path, line))


def test_all_wrong_rows_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as raised:
        read_laboratory(csv_file(tmp_path, "GGT,0,U/l", "CRP,3,mg/l", "LDH,x,U/l"))
    assert [line[:5] for line in str(raised.value).splitlines()] == ["Row 2", "Row 4"]


@pytest.mark.parametrize("header", ["analyte,value", "analyte,value,unit,colour", "value,unit,analyte,value"])
def test_columns_are_checked(tmp_path: Path, header: str) -> None:
    with pytest.raises(StudyError, match="must have the columns analyte, value, unit"):
        read_laboratory(csv_file(tmp_path, "a,b,c", header=header))


def test_range_upside_down(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="upside down"):
        read_laboratory(csv_file(tmp_path, "GGT,45,U/l,60,10", header="analyte,value,unit,low,high"))


def test_study_fields_and_file_together(tmp_path: Path) -> None:
    csv_file(tmp_path, "CgA,412,ng/ml,,94", header="analyte,value,unit,low,high")
    study = study_of(
        tmp_path, laboratory="laboratory.csv", lab_crp=0.5, units_lab_crp="mg/dl", lab_GGT=45, lab_cycles=4
    )
    assert study.laboratory == pytest.approx({"chromogranin_a": 412, "crp": 5, "gamma_gt": 45, "cycles": 4})
    assert study.laboratory_ranges == {"chromogranin_a": (None, 94)}
    assert "laboratory.csv" in [file.path.name for file in study.files]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lab_crp": -1}, "column lab_crp is refused: C-reactive protein of -1 mg/l is impossible"),
        ({"lab_crp": 1, "units_lab_crp": "U/l"}, "column lab_crp is refused: .* cannot be converted"),
        ({"units_lab_crp": "mg/l"}, "column units_lab_crp names a unit, but there is no number"),
        ({"lab_cycles": 4, "units_lab_cycles": "1"}, "column units_lab_cycles names a unit, but the laboratory panel"),
        ({"lab_cga": 4, "lab_chromogranin_a": 5}, "gives chromogranin A a second time"),
        ({"lab_cga": 4, "laboratory": "laboratory.csv"}, "gives chromogranin_a as a field and in laboratory.csv"),
        ({"laboratory": "none.csv"}, "column laboratory holds 'none.csv'; there is no such file"),
    ],
)
def test_wrong_study_fields_are_named(tmp_path: Path, fields: dict[str, object], message: str) -> None:
    csv_file(tmp_path, "CgA,412,ng/ml")
    with pytest.raises(StudyError, match=message):
        study_of(tmp_path, **fields)


def test_rows_with_units_series_and_file_survive_writing(tmp_path: Path) -> None:
    csv_file(tmp_path, "CgA,412,ng/ml")
    (tmp_path / "pet").mkdir()
    (tmp_path / "cohort.csv").write_text(
        "patient,image_pet,units_pet,series_pet,laboratory,lab_ggt,units_lab_ggt\n"
        "P1,pet,SUVlbm(Janma),9.8.7,laboratory.csv,0.75,ukat/l\n"
    )
    rows = read_cohort(tmp_path)
    assert rows[0].units == {"pet": "SUVlbm(Janma)"}
    assert rows[0].series == {"pet": "9.8.7"}
    assert rows[0].laboratory == {"gamma_gt": 45.0}
    assert rows[0].laboratory_file == tmp_path / "laboratory.csv"
    write_cohort(rows, tmp_path)
    assert read_cohort(tmp_path) == rows


def test_missing_values_are_completed_by_the_rule_and_stay_known_as_missing() -> None:
    rows = [{"gamma_gt": 30.0, "crp": 2.0}, {"gamma_gt": 90.0}, {"gamma_gt": 40.0, "crp": 5.0, "ldh": 200.0}]
    rule = ImputationRule.learned(rows, ["gamma_gt", "crp"])
    assert rule == ImputationRule({"gamma_gt": 40.0, "crp": 3.5}, {"gamma_gt": 3, "crp": 2})
    assert ImputationRule.from_json(rule.to_json()) == rule
    done = completed({"crp": 8.0, "ldh": 1.0}, rule)
    assert (done.values, done.missing) == ({"gamma_gt": 40.0, "crp": 8.0}, ("gamma_gt",))
    assert list(done.values) == ["gamma_gt", "crp"]
    with pytest.raises(ValueError, match="no training patient has albumin"):
        ImputationRule.learned(rows, ["albumin"])


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", "{}", '{"values": {"crp": "x"}, "patients": {}, "method": "median"}',
        '{"values": {"crp": 1}, "patients": {}, "method": "median"}',
        '{"values": {"crp": NaN}, "patients": {"crp": 3}, "method": "median"}',
        '{"values": {"crp": 1}, "patients": {"crp": 3}, "method": "mean"}',
    ],
)  # fmt: skip
def test_damaged_rules_are_refused(text: str) -> None:
    with pytest.raises(BundleError, match="imputation rule"):
        ImputationRule.from_json(text)
