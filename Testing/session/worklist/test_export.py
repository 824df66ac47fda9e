"""The exported table and masks."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image as Pillow
from pydicom.uid import UID

from Testing.core.dicom_objects import ct_series
from Testing.session.stand_ins import BrightnessSystem, disc, make_study, systems
from TumorResponseLib.core.errors import TumorResponseError, UsageError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.loading import load_mask, load_study
from TumorResponseLib.session.mask_source import MaskOrigin, MaskSource
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.result import result_document
from TumorResponseLib.session.study_source import StudySource
from TumorResponseLib.session.worklist.discover import find_cases
from TumorResponseLib.session.worklist.entries import EntryStatus
from TumorResponseLib.session.worklist.export import collect, export, write_export
from TumorResponseLib.session.worklist.store import WorklistStore

CORRECTED = MaskSource(MaskOrigin.CORRECTED, added=12, removed=3)
MANUAL = MaskSource(MaskOrigin.MANUAL)


def lopsided(shape: tuple[int, ...]) -> MaskArray:
    """A mask that no flip or transposition leaves as it is."""
    mask = np.zeros(shape, dtype=bool)
    mask[..., 1:3, 2:] = True
    mask[..., 1, 1] = True
    return mask


def rows_of(table: Path) -> list[dict[str, str]]:
    with table.open(newline="", encoding="utf-8-sig") as stream:
        return list(csv.DictReader(stream, strict=True))


@pytest.fixture
def studies(tmp_path: Path) -> Path:
    """A picture, a CT volume, and a picture that will be gone."""
    folder = tmp_path / "studies"
    folder.mkdir()
    for name in ("a.png", "gone.png"):
        Pillow.fromarray(np.arange(120 * 160, dtype=np.uint32).reshape(120, 160).astype(np.uint8)).save(folder / name)
    ct_series(folder / "ct", [-3.0, 0.5, 4.0], SeriesInstanceUID=UID("1.2.3"))
    return folder


@pytest.fixture
def store(tmp_path: Path, studies: Path) -> Iterator[WorklistStore]:
    """The worklist of those three, all with a mask; the last one's image is gone."""
    with WorklistStore(tmp_path / "out") as opened:
        opened.add(find_cases([studies]))
        assert [entry.name for entry in opened.entries()] == ["a", "ct", "gone"]
        opened.set_mask(1, lopsided((120, 160)), CORRECTED)
        opened.set_mask(2, lopsided((3, 6, 5)), MANUAL)
        opened.set_mask(3, lopsided((120, 160)), MANUAL)
        (studies / "gone.png").unlink()
        yield opened


def test_masks_lie_on_their_images(store: WorklistStore, studies: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "export"
    assert export(store, out) == out / "results.csv"
    assert {path.relative_to(out).as_posix() for path in out.rglob("*.*")} == {
        "results.csv",
        "masks/001.png",
        "masks/002.nii.gz",
    }
    with Pillow.open(out / "masks" / "001.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), lopsided((120, 160)).astype(np.uint8) * 255)
    volume = load_study(studies / "ct").image()
    np.testing.assert_array_equal(load_mask(out / "masks" / "002.nii.gz", volume), lopsided((3, 6, 5)))
    written = sitk.ReadImage(str(out / "masks" / "002.nii.gz"))
    assert written.GetSpacing() == pytest.approx((0.7, 0.5, 3.5), abs=1e-5)
    assert written.GetOrigin() == pytest.approx((-10.0, 20.0, -3.0))


def test_a_mask_lies_on_the_image_that_its_system_reads(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    for name, shape in (("first", (2, 8, 9)), ("second", (3, 6, 5))):
        sitk.WriteImage(sitk.GetImageFromArray(np.ones(shape, np.int16)), str(folder / f"{name}.nrrd"))
    (folder / "study.json").write_text('{"image_first": "first.nrrd", "image_second": "second.nrrd"}')
    system = BrightnessSystem("second-reader", roles=("second",))
    with WorklistStore(tmp_path / "out") as store:
        store.add(find_cases([folder]))
        store.set_mask(1, lopsided((3, 6, 5)), MANUAL)
        cases = collect(store)
    (row,) = rows_of(write_export(cases, tmp_path / "export", systems=systems(system)))
    assert (row["mask"], row["problem"]) == ("masks/001.nii.gz", "")
    written = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "export" / row["mask"])))
    np.testing.assert_array_equal(written > 0, lopsided((3, 6, 5)))


def test_the_table_tells_every_case_and_what_is_missing(store: WorklistStore, tmp_path: Path) -> None:
    store.set_status(1, EntryStatus.ACCEPTED)
    store.set_comment(1, 'Rand "unklar", größer\nzweite Zeile')
    store.add_seconds(1, 12.345)
    first, second, third = rows_of(export(store, tmp_path / "export"))
    assert first == {
        "number": "1",
        "name": "a",
        "status": "accepted",
        "comment": 'Rand "unklar", größer\nzweite Zeile',
        "seconds": "12.3",
        "mask": "masks/001.png",
        "origin": "corrected",
        "added": "12",
        "removed": "3",
        "problem": "",
    }
    assert (second["mask"], second["origin"], second["added"], second["problem"]) == (
        "masks/002.nii.gz",
        "manual",
        "",
        "",
    )
    assert third["mask"] == "" and third["problem"] == "There is no file gone.png; check the path."


def test_a_case_without_a_mask_tells_that_its_image_is_gone(store: WorklistStore, tmp_path: Path) -> None:
    store.drop_mask(3)
    assert rows_of(export(store, tmp_path / "export"))[2]["problem"].startswith("There is no gone.png any more")


def test_results_become_columns(store: WorklistStore, tmp_path: Path, reading: Reading) -> None:
    reading.open(make_study())
    reading.run()
    document = result_document(reading)
    document["predictions"][0]["estimates"] = [{"name": "viability", "value": 0.4, "low": 0.3, "high": 0.6, "unit": ""}]
    store.set_result(1, document)
    table = export(store, tmp_path / "export")
    first, second, _ = rows_of(table)
    assert [first[f"dlrs3_viability{end}"] for end in ("", "_low", "_high")] == ["0.4", "0.3", "0.6"]
    prediction, tumour = document["predictions"][0], document["regions"][0]
    assert float(first["dlrs3_probability_responder"]) == pytest.approx(prediction["probabilities"][1], rel=1e-5)
    assert float(first["dlrs3_probability_non-responder"]) == pytest.approx(prediction["probabilities"][0], rel=1e-5)
    assert float(first["dlrs3_interval_low"]) == pytest.approx(prediction["interval"][0], rel=1e-5)
    assert float(first["dlrs3_interval_high"]) == pytest.approx(prediction["interval"][1], rel=1e-5)
    assert first["dlrs3_decision"] == "Responder"
    assert first["dlrs3_in_distribution"] == "TRUE"
    assert first["dlrs3_evidence"] == "virtual cohort"
    assert int(first["tumour_voxels"]) == tumour["voxels"] == disc().sum()
    assert float(first["tumour_area_mm2"]) == pytest.approx(tumour["area_mm2"], rel=1e-5)
    assert float(first["tumour_long_diameter_mm"]) == pytest.approx(tumour["long_diameter_mm"], rel=1e-5)
    assert float(first["0-3_mm_area_mm2"]) == pytest.approx(document["regions"][1]["area_mm2"], rel=1e-5)
    shares = {key: float(value) for key, value in first.items() if key.startswith("share_fused_")}
    assert sum(shares.values()) == pytest.approx(1.0, abs=1e-4)
    assert shares["share_fused_tumour"] == pytest.approx(document["saliency"]["fused"]["tumour"], rel=1e-5)
    assert "0-3_mm_long_diameter_mm" not in first and not any("volume" in column for column in first)
    assert second["dlrs3_decision"] == "" and second.keys() == first.keys()
    assert next(iter(first)) == "number" and list(first)[-1] == "problem"


def test_who_drew_the_outline_is_told_by_the_result_where_no_mask_is_kept(
    store: WorklistStore, tmp_path: Path, reading: Reading
) -> None:
    reading.open(make_study())
    reading.run()
    store.set_result(1, result_document(reading))
    store.drop_mask(1)
    assert rows_of(export(store, tmp_path / "export"))[0]["origin"] == "automatic"


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-5", "@SUM(A1)", " =1+1", "\t=1", "\n=1", "＝1+1"])
def test_no_text_is_computed(store: WorklistStore, tmp_path: Path, text: str) -> None:
    store.set_comment(1, text)
    assert rows_of(export(store, tmp_path / "export"))[0]["comment"] == "'" + text


def test_spreadsheets_and_programs_open_the_table(store: WorklistStore, tmp_path: Path) -> None:
    content = export(store, tmp_path / "export").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfnumber,name,status,") and content.count(b"\r\n") == 4


def test_an_image_that_changed_since_gets_no_mask(store: WorklistStore, studies: Path, tmp_path: Path) -> None:
    Pillow.fromarray(np.zeros((10, 12), np.uint8)).save(studies / "a.png")
    first = rows_of(export(store, tmp_path / "export"))[0]
    assert first["mask"] == "" and "mask of case 1 has shape (120, 160) and the image (10, 12)" in first["problem"]


def test_a_later_export_takes_the_place_of_an_earlier_one(store: WorklistStore, tmp_path: Path) -> None:
    out = tmp_path / "export"
    export(store, out)
    store.drop_mask(1)
    store.set_mask(2, ~lopsided((3, 6, 5)), MANUAL)
    export(store, out)
    assert [path.name for path in (out / "masks").iterdir()] == ["002.nii.gz"]
    assert (sitk.GetArrayFromImage(sitk.ReadImage(str(out / "masks/002.nii.gz"))) == ~lopsided((3, 6, 5))).all()
    assert [row["mask"] for row in rows_of(out / "results.csv")] == ["", "masks/002.nii.gz", ""]


def test_files_of_others_are_left_alone(store: WorklistStore, tmp_path: Path) -> None:
    (tmp_path / "own" / "masks").mkdir(parents=True)
    reference = tmp_path / "own" / "masks" / "001.png"
    reference.write_bytes(b"reference")
    with pytest.raises(UsageError, match=r"masks that are not of this worklist \(001.png\)"):
        export(store, tmp_path / "own")
    (tmp_path / "table").mkdir()
    (tmp_path / "table" / "results.csv").write_text("patient,auc\nP1,0.9\n")
    with pytest.raises(UsageError, match=r"results\.csv of another kind"):
        export(store, tmp_path / "table")
    assert reference.read_bytes() == b"reference"
    assert (tmp_path / "table" / "results.csv").read_text().startswith("patient")
    (tmp_path / "file").write_text("")
    with pytest.raises(TumorResponseError, match="cannot be exported"):
        export(store, tmp_path / "file")
    reference.rename(reference.with_name("patient-1.png"))
    export(store, tmp_path / "own")
    assert reference.with_name("patient-1.png").read_bytes() == b"reference"


def test_no_name_of_a_study_is_in_a_file_name_and_progress_is_told(store: WorklistStore, tmp_path: Path) -> None:
    told: list[float] = []
    write_export(collect(store), tmp_path / "export", progress=told.append)
    assert told == [0.0, pytest.approx(1 / 3), pytest.approx(2 / 3), 1.0]
    assert not any("gone" in path.name or path.name.startswith("a") for path in (tmp_path / "export").rglob("*"))


def test_an_empty_worklist_is_a_table_without_rows(tmp_path: Path) -> None:
    with WorklistStore(tmp_path) as store:
        assert rows_of(export(store, tmp_path)) == []
        export(store, tmp_path)


def test_the_source_of_a_cohorts_row_loads_that_row_only(tmp_path: Path) -> None:
    for name in ("1", "2"):
        Pillow.fromarray(np.full((4, 4), int(name), np.uint8)).save(tmp_path / f"{name}.png")
    (tmp_path / "cohort.csv").write_text("patient,timepoint,image\nP,before,1.png\nP,after,2.png\n")
    assert StudySource(tmp_path, "P", "after").load().image().pixels[0, 0] == 2
    with pytest.raises(TumorResponseError, match="no row of this patient and time point"):
        StudySource(tmp_path, "P", "never").load()
