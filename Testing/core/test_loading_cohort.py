from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image as Pillow

from TumorResponseLib.core.errors import MaskError, StudyError
from TumorResponseLib.core.image import Spacing
from TumorResponseLib.core.loading import CohortRow, load_study, read_cohort, study_of, write_cohort

PIXELS = np.random.default_rng(5).integers(0, 256, (12, 17), dtype=np.uint8)
MASK = np.zeros((12, 17), np.uint8)
MASK[3:8, 5:11] = 255


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a picture, its mask and a PET volume with its mask."""
    cohort = tmp_path / "cohort"
    (cohort / "images").mkdir(parents=True)
    Pillow.fromarray(PIXELS).save(cohort / "images" / "p1.png")
    Pillow.fromarray(MASK).save(cohort / "images" / "m1.png")
    volume = sitk.GetImageFromArray(np.arange(24, dtype=np.float32).reshape(2, 3, 4))
    sitk.WriteImage(volume, str(cohort / "pet.nii.gz"))
    sitk.WriteImage(volume > 20, str(cohort / "pet_mask.nii.gz"))
    Pillow.fromarray(PIXELS).save(tmp_path / "outside.png")
    return cohort


def table(folder: Path, *rows: dict[str, str]) -> Path:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with (folder / "cohort.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)
    return folder


GOOD = {"patient": "P1", "image": "images/p1.png", "mask": "images/m1.png"}


def test_every_field_is_read(folder: Path) -> None:
    full = GOOD | {
        "timepoint": "after 2 cycles", "split": "external", "center": "B", "image_pet": "pet.nii.gz",
        "mask_pet": "pet_mask.nii.gz", "response": "1", "time_months": "7.5", "event": "0", "lab_crp": "3.25",
        "lab_cga": "", "arm": "control", "oracle_probability": "0.8", "spacing_mm": "0.1 0.2", "scanner": "x",
    }  # fmt: skip
    (row,) = read_cohort(table(folder, full))
    assert row == CohortRow(
        patient="P1",
        timepoint="after 2 cycles",
        split="external",
        center="B",
        images={"image": folder / "images" / "p1.png", "pet": folder / "pet.nii.gz"},
        masks={"tumour": folder / "images" / "m1.png", "pet": folder / "pet_mask.nii.gz"},
        response=1,
        time_months=7.5,
        event=False,
        laboratory={"crp": 3.25},
        arm="control",
        oracle_probability=0.8,
        spacing=Spacing((0.1, 0.2), "given by the user"),
        other={"scanner": "x"},
    )
    assert row.name == "P1-after_2_cycles"


def test_a_row_becomes_a_study(folder: Path) -> None:
    (row,) = read_cohort(table(folder, GOOD | {"timepoint": "t1", "lab_crp": "3", "spacing_mm": "0.1"}))
    study = study_of(row)
    np.testing.assert_array_equal(study.image().pixels, PIXELS)
    np.testing.assert_array_equal(study.masks["tumour"], MASK > 0)
    assert study.image().spacing == Spacing((0.1, 0.1), "given by the user")
    assert (study.name, study.timepoint, study.laboratory) == ("P1-t1", "t1", {"crp": 3.0})
    assert [file.path.name for file in study.files] == ["p1.png", "m1.png"]
    assert study_of(row, spacing=Spacing((0.3,), "--spacing")).image().spacing_mm == (0.3, 0.3)


def test_masks_lie_on_the_image_of_their_role(folder: Path) -> None:
    fields = GOOD | {"image_pet": "pet.nii.gz", "mask_pet": "pet_mask.nii.gz", "mask_within": "images/m1.png"}
    (row,) = read_cohort(table(folder, fields))
    study = study_of(row)
    assert study.masks["pet"].shape == study.image("pet").pixels.shape == (2, 3, 4)
    assert study.masks["within"].shape == study.image("image").pixels.shape
    (wrong,) = read_cohort(table(folder, GOOD | {"mask": "pet_mask.nii.gz"}))
    with pytest.raises(MaskError):
        study_of(wrong)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("patient", "", "is missing"),
        ("image", "", "is missing"),
        ("image", "../outside.png", "must stay inside the folder"),
        ("image", "/etc/passwd", "must stay inside the folder"),
        ("image", "images/none.png", "there is no such file"),
        ("mask", "images/none.png", "there is no such file"),
        ("split", "validation", "one of train, internal, external, test"),
        ("response", "yes", "must be a number"),
        ("response", "0.5", "number of a class"),
        ("time_months", "-1", "must not be negative"),
        ("event", "2", "must be 0 or 1"),
        ("lab_crp", "high", "must be a number"),
        ("lab_crp", "inf", "must be a finite number"),
        ("oracle_probability", "1.5", "between 0 and 1"),
        ("spacing_mm", "0.1 0", "positive numbers in mm"),
        ("spacing_mm", "0.1 0.1 0.1 0.1", "one number, or one for each axis"),
    ],
)
def test_a_wrong_field_is_named_with_row_and_column(folder: Path, column: str, value: str, reason: str) -> None:
    second = GOOD | {"patient": "P2", "time_months": "3"} | {column: value}
    with pytest.raises(StudyError) as caught:
        read_cohort(table(folder, GOOD, second))
    assert f"Row 3 of cohort.csv: column {column} " in str(caught.value)
    assert reason in str(caught.value)


def test_a_link_does_not_lead_outside(folder: Path) -> None:
    (folder / "link.png").symlink_to(folder.parent / "outside.png")
    with pytest.raises(StudyError, match="must stay inside"):
        read_cohort(table(folder, GOOD | {"image": "link.png"}))


def test_every_wrong_field_has_its_sentence(folder: Path) -> None:
    with pytest.raises(StudyError) as caught:
        read_cohort(table(folder, GOOD | {"response": "x", "event": "1"}, GOOD | {"lab_crp": "y"}))
    lines = str(caught.value).split("\n")
    assert [line.split(";")[0] for line in lines] == [
        "Row 2 of cohort.csv: column response holds 'x'",
        "Row 2 of cohort.csv: column event needs time_months beside it.",
        "Row 3 of cohort.csv: column lab_crp holds 'y'",
    ]
    many = [GOOD | {"patient": f"P{number}", "response": "x"} for number in range(30)]
    with pytest.raises(StudyError, match="There are 20 more wrong fields"):
        read_cohort(table(folder, *many))


def test_tables_that_are_none(folder: Path) -> None:
    with pytest.raises(StudyError, match=r"There is no file cohort\.csv"):
        read_cohort(folder)
    path = folder / "cohort.csv"
    path.write_bytes(b"patient,image\nP1,\xff\xfe\n")
    with pytest.raises(StudyError, match="is not CSV in UTF-8"):
        read_cohort(folder)
    path.write_text("patient,image\n")
    with pytest.raises(StudyError, match="has no rows"):
        read_cohort(folder)
    path.write_text("patient,image,image\nP1,a,b\n")
    with pytest.raises(StudyError, match="names the column image twice"):
        read_cohort(folder)
    path.write_text("patient,image\nP1,images/p1.png,more\n")
    with pytest.raises(StudyError, match=r"Row 2 of cohort\.csv: it has 3 fields"):
        read_cohort(folder)
    with pytest.raises(
        StudyError, match=r"Row 3 of cohort\.csv: column patient repeats patient and timepoint of row 2"
    ):
        read_cohort(table(folder, GOOD, GOOD))


def test_written_and_read_back(folder: Path) -> None:
    rows = [
        CohortRow(
            "P1", "t1", "train", "A", {"image": folder / "images" / "p1.png", "pet": folder / "pet.nii.gz"},
            {"tumour": folder / "images" / "m1.png"}, 1, 3.5, True, {"crp": 0.1}, "drug, high", 1 / 3,
            Spacing((0.1, 0.30000000000000004), "given by the user"), {"note": 'says "hello"'},
        ),
        CohortRow("P2", images={"image": folder / "images" / "p1.png"}, response=0),
    ]  # fmt: skip
    path = write_cohort(rows, folder)
    assert path == folder / "cohort.csv"
    assert read_cohort(folder) == rows
    assert "images/p1.png" in path.read_text()
    assert str(folder) not in path.read_text()


def test_a_table_that_cannot_be_written_leaves_the_old_one(folder: Path) -> None:
    table(folder, GOOD)
    before = (folder / "cohort.csv").read_text()
    outside = CohortRow("P9", images={"image": folder.parent / "outside.png"})
    with pytest.raises(StudyError, match=r"outside\.png lies outside the cohort's folder"):
        write_cohort([CohortRow("P1", images={"image": folder / "images" / "p1.png"}), outside], folder)
    with pytest.raises(StudyError, match="at least one row"):
        write_cohort([], folder)
    assert (folder / "cohort.csv").read_text() == before
    assert {path.name for path in folder.iterdir()} == {"images", "pet.nii.gz", "pet_mask.nii.gz", "cohort.csv"}


def test_a_table_of_nothing_but_a_byte_order_mark_is_empty(folder: Path) -> None:
    (folder / "cohort.csv").write_bytes(b"\xef\xbb\xbf")
    with pytest.raises(StudyError, match=r"cohort\.csv of cohort is empty"):
        read_cohort(folder)


def described(folder: Path, **fields: object) -> Path:
    (folder / "study.json").write_text(json.dumps(fields))
    return folder


def test_study_folder(folder: Path) -> None:
    described(folder, image="images/p1.png", mask="images/m1.png", spacing_mm=[0.1, 0.2], timepoint="t2", lab_crp=3.5)
    study = load_study(folder)
    np.testing.assert_array_equal(study.image().pixels, PIXELS)
    np.testing.assert_array_equal(study.masks["tumour"], MASK > 0)
    assert study.image().spacing == Spacing((0.1, 0.2), "given by the user")
    assert (study.name, study.timepoint, study.laboratory) == ("cohort", "t2", {"crp": 3.5})
    assert [file.path.name for file in study.files] == ["study.json", "p1.png", "m1.png"]
    again = load_study(folder / "study.json", spacing=Spacing((0.5,), "--spacing"))
    assert again.image().spacing_mm == (0.5, 0.5)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("{", "not JSON"),
        ('{"lab_crp": ' + "9" * 5000 + "}", "not JSON"),
        ("[1]", "one object"),
        ("{}", "column image is missing"),
        ('{"image": {"a": 1}}', "column image must be text, a number, or a list of numbers"),
        ('{"image": "../outside.png"}', "column image holds '../outside.png'; the path must stay inside"),
        ('{"image": "images/p1.png", "lab_crp": "high"}', "study.json of cohort: column lab_crp holds 'high'"),
        ('{"image": "images/p1.png", "spacing_mm": [0.1, -1]}', "column spacing_mm"),
        ('{"image": "images/p1.png", "spacing_mm": NaN}', "column spacing_mm"),
    ],
)
def test_study_folders_that_are_wrong(folder: Path, text: str, reason: str) -> None:
    (folder / "study.json").write_text(text)
    with pytest.raises(StudyError) as caught:
        load_study(folder)
    assert reason in str(caught.value)
