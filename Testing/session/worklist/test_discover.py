"""What counts as a case in whatever the user points at."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from pydicom.uid import UID

from Testing.core.dicom_objects import cine, ct_series, dataset, save
from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image
from TumorResponseLib.core.loading.cohort import write_cohort
from TumorResponseLib.core.loading.rows import CohortRow
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.core.saving import write_volume
from TumorResponseLib.session.study_source import StudySource
from TumorResponseLib.session.worklist.discover import find_cases
from TumorResponseLib.session.worklist.entries import Case

GREY = np.arange(30, dtype=np.uint8).reshape(6, 5)


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(GREY).save(path)
    return path


def volume(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_volume(np.zeros((2, 6, 5), np.int16), Image(np.zeros((2, 6, 5), np.int16)), path)
    return path


def names(*paths: Path) -> list[str]:
    """Names of the cases, all of which open, alike after JSON, and each with images."""
    cases = find_cases(paths)
    for case in cases:
        source = StudySource.from_json(json.loads(json.dumps(case.source.to_json())))
        assert source == case.source and source.path.is_absolute()
        assert source.load().images
    return [case.name for case in cases]


def test_the_sample_studies_are_found() -> None:
    samples = resources_folder() / "SampleData"
    assert "dlrs3" in names(samples)
    assert names(samples / "dlrs3") == names(samples / "dlrs3" / "study.json") == ["dlrs3"]
    assert names(samples / "dlrs3" / "image.dcm") == ["image"]


def test_loose_images_at_any_depth_in_natural_order(tmp_path: Path) -> None:
    for name in ("case 10.png", "case 9.jpg", "deep/er/scan.nrrd", "B.tif"):
        (volume if name.endswith("nrrd") else picture)(tmp_path / name)
    for name in ("notes.txt", ".hidden.png", ".git/x.png", "table.csv", "empty"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert names(tmp_path) == ["B", "case 9", "case 10", "deep/er/scan"]


def test_a_damaged_image_stays_a_case_that_tells_what_is_wrong(tmp_path: Path) -> None:
    picture(tmp_path / "good.png")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "broken.dcm").write_bytes(b"DICM" * 100)
    cases = {case.name: case for case in find_cases([tmp_path])}
    assert list(cases) == ["broken", "empty", "good"]
    for name in ("broken", "empty"):
        with pytest.raises(StudyError, match=name):
            cases[name].source.load()


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("7.png", "7_mask.png"),
        ("benign (7).png", "benign (7)_mask.png"),
        ("benign (7).png", "benign (7)_mask_1.png"),
        ("7.png", "7-Segmentation.png"),
        ("us.nrrd", "Segmentation.seg.nrrd"),
        ("us.nii.gz", "us-label.nii.gz"),
        ("image.png", "mask.png"),
        ("scan.png", "mask.png"),
        ("image_7.png", "mask_7.png"),
        ("images/7.png", "masks/7.png"),
        ("7/7.png", "7/masks/7.png"),
        ("imagesTr/case_007_0000.nii.gz", "labelsTr/case_007.nii.gz"),
    ],
)
def test_a_mask_beside_its_image_is_no_case(tmp_path: Path, image: str, mask: str) -> None:
    for name in (image, mask):
        (picture if name.endswith("png") else volume)(tmp_path / name)
    assert [case.source.path for case in find_cases([tmp_path])] == [tmp_path / image]
    if (tmp_path / image).parent == (tmp_path / mask).parent:
        given = find_cases([tmp_path / mask, tmp_path / image])
        assert [case.source.path for case in given] == [tmp_path / image]


@pytest.mark.parametrize("name", ["label study.png", "masked_1.png", "roi/1.png"])
def test_what_only_sounds_like_a_mask_is_not_lost(tmp_path: Path, name: str) -> None:
    picture(tmp_path / name)
    picture(tmp_path / "other.png")
    assert names(tmp_path) == sorted([name.removesuffix(".png"), "other"])


def test_our_own_results_are_no_cases(tmp_path: Path) -> None:
    picture(tmp_path / "case.png")
    for name in ("result.json", "results.csv"):
        (tmp_path / name).write_text("{}")
    picture(tmp_path / "picture.png")
    picture(tmp_path / "masks" / "001.png")
    volume(tmp_path / "saliency-fused.nrrd")
    volume(tmp_path / "regions.seg.nrrd")
    assert names(tmp_path) == ["case"]


def test_a_cohort_gives_one_case_a_patient_and_time_point(tmp_path: Path) -> None:
    rows = []
    for patient, timepoint in (("P10", "before"), ("P10", "after"), ("P9", "")):
        image = picture(tmp_path / f"images/{patient}{timepoint}.png")
        mask = picture(tmp_path / f"masks/{patient}{timepoint}.png")
        rows.append(CohortRow(patient, timepoint, images={"image": image}, masks={"tumour": mask}))
    write_cohort(rows, tmp_path)
    assert names(tmp_path) == names(tmp_path / "cohort.csv") == ["P10-before", "P10-after", "P9"]
    study = find_cases([tmp_path])[1].source.load()
    assert study.timepoint == "after" and set(study.masks) == {"tumour"}
    assert names(tmp_path.parent / tmp_path.name, tmp_path) == ["P10-before", "P10-after", "P9"]


def test_dicom_series_stills_and_cines(tmp_path: Path) -> None:
    first, second = UID("1.2.826.0.1.11111111"), UID("1.2.826.0.1.22222222")
    ct_series(tmp_path / "ct", [0.0, 1.0, 2.0], seed=1, SeriesInstanceUID=first)
    ct_series(tmp_path / "ct", [5.0, 7.0], seed=2, SeriesInstanceUID=second)
    for number in range(2):
        save(dataset(GREY), tmp_path / "us" / f"IM{number}")
    save(cine(np.zeros((4, 6, 5), np.uint8), SeriesInstanceUID="1.9", FrameTime=40), tmp_path / "us" / "IM2")
    report = dataset(GREY, "SR", SeriesInstanceUID="1.9.9")
    del report.PixelData, report.Rows
    save(report, tmp_path / "us" / "report.dcm")
    assert names(tmp_path) == ["ct (1)", "ct (2)", "us/IM0", "us/IM1", "us/IM2"]
    shapes = [case.source.load().image().pixels.shape for case in find_cases([tmp_path])]
    assert sorted(shapes[:2]) == [(2, 6, 5), (3, 6, 5)] and shapes[2:] == [(6, 5), (6, 5), (4, 6, 5)]


def test_a_series_that_is_spread_over_folders_is_one_case(tmp_path: Path) -> None:
    ct_series(tmp_path / "disc" / "A", [0.0, 1.0], seed=1)
    ct_series(tmp_path / "disc" / "B", [2.0, 3.0], seed=2)
    assert names(tmp_path) == ["disc"]
    assert names(tmp_path / "disc") == ["disc"]
    assert find_cases([tmp_path])[0].source.load().image().pixels.shape == (4, 6, 5)


def test_study_folders_and_loose_images_together(tmp_path: Path) -> None:
    picture(tmp_path / "studies" / "s1" / "us.png")
    (tmp_path / "studies" / "s1" / "study.json").write_text('{"image": "us.png"}')
    picture(tmp_path / "loose.png")
    assert names(tmp_path) == ["loose", "studies/s1"]
    assert find_cases([tmp_path])[1].source == StudySource(tmp_path / "studies" / "s1")


def test_places_are_found_once_however_they_are_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture(tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)
    assert find_cases([Path("a.png"), tmp_path, Path()]) == [Case("a", StudySource(tmp_path / "a.png"))]


def test_nothing_to_open_is_told(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="holds no image or study"):
        find_cases([tmp_path])
    with pytest.raises(StudyError, match=r"no file or folder missing\.png"):
        find_cases([tmp_path / "missing.png"])
    (tmp_path / "notes.txt").write_text("text")
    with pytest.raises(StudyError, match="no extension that is supported"):
        find_cases([tmp_path / "notes.txt"])
    (tmp_path / "cohort.csv").write_text("patient,image\nP1,none.png\n")
    with pytest.raises(StudyError, match="Row 2 of cohort"):
        find_cases([tmp_path])
