from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import UID

from Testing.core.dicom_objects import ct_series, ct_slice, dataset, save
from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Spacing
from TumorResponseLib.core.loading import load_study

BLANK = np.zeros((6, 5), dtype=np.int16)


def test_slices_are_sorted_by_position_and_placed(tmp_path: Path) -> None:
    stored = ct_series(tmp_path / "ct", [4.0, -2.0, 1.0, 7.0, -5.0])
    study = load_study(tmp_path / "ct")
    image = study.image()
    np.testing.assert_array_equal(image.pixels, stored.astype(int) - 1024)
    assert image.spacing == Spacing((3.0, 0.5, 0.7), "DICOM PixelSpacing and slice positions")
    assert image.frame.origin == (-10.0, 20.0, -5.0)
    assert image.frame.reference_uid == "1.2.3.9"
    assert image.modality == "CT"
    assert study.name == "ct"
    assert len({file.sha256 for file in study.files}) == 5


def test_oblique_slices_follow_the_normal(tmp_path: Path) -> None:
    along_columns, along_rows = np.array([0.6, 0.8, 0.0]), np.array([0.0, 0.0, -1.0])
    normal = np.cross(along_columns, along_rows)
    for number in range(3):
        position = np.array([5.0, 6.0, 7.0]) - 2.5 * number * normal
        made = ct_slice(BLANK + number, tuple(position), ImageOrientationPatient=[*along_columns, *along_rows])
        save(made, tmp_path / f"{number}.dcm")
    image = load_study(tmp_path).image()
    assert (image.pixels[:, 0, 0] + 1024).tolist() == [2, 1, 0]
    assert image.spacing_mm == pytest.approx((2.5, 0.5, 0.7))
    directions = np.array(image.frame.directions)
    np.testing.assert_allclose(directions, np.stack([along_columns, along_rows, normal], axis=1))
    # The first voxel of the last slice, through the frame, is where that slice says it lies.
    last = np.array(image.frame.origin) + directions @ np.array([0, 0, 2 * 2.5])
    np.testing.assert_allclose(last, [5.0, 6.0, 7.0])


def test_rounded_positions_are_even(tmp_path: Path) -> None:
    ct_series(tmp_path, [round(0.625 * number, 1) for number in range(12)])
    assert load_study(tmp_path).image().spacing_mm[0] == pytest.approx(0.625, abs=0.01)


def test_each_slice_has_its_own_rescale(tmp_path: Path) -> None:
    for number, slope in enumerate((0.5, 2.5)):
        made = ct_slice(BLANK + 10, (0, 0, float(number)), RescaleSlope=slope, RescaleIntercept=0)
        save(made, tmp_path / f"{number}.dcm")
    assert load_study(tmp_path).image().pixels[:, 0, 0].tolist() == [5.0, 25.0]


def cut_before_rows(path: Path) -> None:
    """As an interrupted copy leaves a file: kind and series are there, the size of the image is not."""
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"\x28\x00\x10\x00")])


@pytest.mark.parametrize("number", [0, 2, 4], ids=["first", "middle", "last"])
def test_a_slice_that_is_cut_off_is_not_left_out_in_silence(tmp_path: Path, number: int) -> None:
    ct_series(tmp_path, [0.0, 2.0, 4.0, 6.0, 8.0])
    cut_before_rows(sorted(tmp_path.iterdir())[number])
    for series_uid in (None, "1.2.3.4.5678901234"):
        with pytest.raises(StudyError, match="cut off or damaged"):
            load_study(tmp_path, series_uid=series_uid)


def test_a_damaged_file_does_not_keep_a_series_from_being_read(tmp_path: Path) -> None:
    ct_series(tmp_path, [0.0, 2.0, 4.0])
    (tmp_path / "broken.dcm").write_bytes(bytes(range(256)) * 4)
    with pytest.raises(StudyError, match=r"broken\.dcm"):
        load_study(tmp_path)
    study = load_study(tmp_path, series_uid="1.2.3.4.5678901234")
    assert study.image().pixels.shape[0] == 3
    assert any("broken.dcm" in warning and "left out" in warning for warning in study.warnings)


def test_several_series_are_listed_and_chosen(tmp_path: Path) -> None:
    first, second = "1.2.826.0.1.11111111", "1.2.826.0.1.22222222"
    for number, (uid, heights) in enumerate([(first, [0.0, 1.0, 2.0]), (second, [5.0, 7.0])], start=1):
        ct_series(tmp_path / f"sub{number}", heights, seed=number, SeriesInstanceUID=UID(uid), SeriesNumber=str(number))
    with pytest.raises(StudyError) as caught:
        load_study(tmp_path)
    message = str(caught.value)
    assert "2 series" in message
    assert "number 1, CT, 3 images, uid ...11111111" in message
    assert "number 2, CT, 2 images, uid ...22222222" in message
    assert "choose one by its uid (--series)" in message
    assert first not in message
    assert load_study(tmp_path, series_uid=second).image().pixels.shape == (2, 6, 5)
    assert load_study(tmp_path, series_uid="11111111").image().pixels.shape == (3, 6, 5)
    with pytest.raises(StudyError, match="names 0 of the series"):
        load_study(tmp_path, series_uid="1.2.3")
    with pytest.raises(StudyError, match="names 2 of the series"):
        load_study(tmp_path, series_uid="")


def test_other_files_and_objects_are_passed_over(tmp_path: Path) -> None:
    ct_series(tmp_path, [0.0, 1.0])
    report = dataset(BLANK, "SR", SeriesInstanceUID="1.9.9")
    del report.PixelData, report.Rows
    save(report, tmp_path / "report.dcm")
    (tmp_path / "README.txt").write_text("exported")
    (tmp_path / ".DS_Store").touch()
    (tmp_path / "empty").touch()
    assert load_study(tmp_path).image().pixels.shape == (2, 6, 5)


def test_missing_uneven_and_doubled_slices(tmp_path: Path) -> None:
    ct_series(tmp_path / "gap", [0.0, 1.0, 2.0, 5.0, 6.0])
    with pytest.raises(StudyError, match="2 of the slices of gap are missing"):
        load_study(tmp_path / "gap")
    ct_series(tmp_path / "uneven", [0.0, 1.0, 2.3, 3.0, 4.0])
    with pytest.raises(StudyError, match="unevenly spaced"):
        load_study(tmp_path / "uneven")
    ct_series(tmp_path / "twice", [0.0, 1.0, 1.0, 2.0])
    with pytest.raises(StudyError, match="lie at one position"):
        load_study(tmp_path / "twice")
    ct_series(tmp_path / "same", [3.0, 3.0])
    with pytest.raises(StudyError, match="lie at one position"):
        load_study(tmp_path / "same")


def test_slices_that_do_not_belong_together(tmp_path: Path) -> None:
    def pair(name: str, **second: object) -> Path:
        pixels = second.pop("pixels", BLANK)
        position = second.pop("position", (0.0, 0.0, 1.0))
        save(ct_slice(BLANK, (0.0, 0.0, 0.0)), tmp_path / name / "a")
        save(ct_slice(pixels, position, **second), tmp_path / name / "b")  # type: ignore[arg-type]
        return tmp_path / name

    with pytest.raises(StudyError, match="differ in size"):
        load_study(pair("size", pixels=np.zeros((6, 6), np.int16)))
    with pytest.raises(StudyError, match="differ in orientation"):
        load_study(pair("turned", ImageOrientationPatient=[0, 1, 0, 0, 0, 1]))
    with pytest.raises(StudyError, match="frames of reference"):
        load_study(pair("frames", FrameOfReferenceUID="1.2.3.10"))
    with pytest.raises(StudyError, match="differ in pixel spacing"):
        load_study(pair("spacing", PixelSpacing=[0.6, 0.7]))
    with pytest.raises(StudyError, match="tilted gantry"):
        load_study(pair("tilted", position=(0.0, 0.3, 1.0)))
    with pytest.raises(StudyError, match="not that of a plane"):
        load_study(pair("skewed", ImageOrientationPatient=[1, 0, 0, 1, 0, 0]))


def test_stills_in_one_series_are_not_a_volume(tmp_path: Path) -> None:
    for number in range(3):
        save(dataset(BLANK.astype(np.uint8)), tmp_path / f"{number}.dcm")
    with pytest.raises(StudyError, match="separate pictures"):
        load_study(tmp_path)


def test_a_cut_slice_is_named(tmp_path: Path) -> None:
    ct_series(tmp_path, [0.0, 1.0, 2.0])
    victim = sorted(tmp_path.iterdir())[1]
    victim.write_bytes(victim.read_bytes()[:-10])
    with pytest.raises(StudyError, match=victim.name):
        load_study(tmp_path)


def test_a_folder_with_one_file_is_that_file(tmp_path: Path) -> None:
    save(ct_slice(BLANK, (1.0, 2.0, 3.0)), tmp_path / "only")
    image = load_study(tmp_path).image()
    assert image.pixels.shape == (6, 5)
    assert image.spacing == Spacing((0.5, 0.7), "DICOM PixelSpacing")
    assert image.frame.origin == (1.0, 2.0, 3.0)
