from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from TumorResponseLib.core.errors import SpacingError, StudyError
from TumorResponseLib.core.image import Image
from TumorResponseLib.core.loading import is_picture, load_study
from TumorResponseLib.core.loading.formats import stem_of


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.dcm", "a.nii", "a.nii.gz", "a.nrrd", "a.mha", "a.seg.nrrd", "a"])
def test_missing_and_empty(tmp_path: Path, name: str) -> None:
    with pytest.raises(StudyError, match=rf"There is no file {name}"):
        load_study(tmp_path / name)
    (tmp_path / name).touch()
    with pytest.raises(StudyError, match=rf"{name} is empty \(0 bytes\)"):
        load_study(tmp_path / name)


def test_what_the_system_refuses_is_one_sentence() -> None:
    with pytest.raises(StudyError, match=r"^a+… cannot be read: File name too long; check the path"):
        load_study("a" * 300)


def test_a_file_used_as_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(StudyError, match="There is no file"):
        load_study(tmp_path / "a" / "b.png")


def test_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Permissions do not bind root, who runs tests in containers: the system's refusal is imitated.
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.png").write_bytes(b"x")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(StudyError, match=r"a\.png may not be read"):
        load_study(tmp_path / "a.png")


def test_content_is_named_when_the_extension_is_wrong(tmp_path: Path) -> None:
    picture = Pillow.fromarray(np.zeros((8, 8), np.uint8))
    picture.save(tmp_path / "photo.jpg")
    (tmp_path / "photo.jpg").rename(tmp_path / "photo.png")
    with pytest.raises(StudyError, match=r"photo\.png is named \.png but holds JPEG"):
        load_study(tmp_path / "photo.png")
    (tmp_path / "note.png").write_text("Für den Arzt: kein Bild.", encoding="utf-8")
    with pytest.raises(StudyError, match=r"note\.png is named \.png but holds text"):
        load_study(tmp_path / "note.png")
    (tmp_path / "noise.nii.gz").write_bytes(bytes([7, 0, 200, 3]) * 200)
    with pytest.raises(StudyError, match=r"noise\.nii\.gz is damaged or not compressed NIfTI"):
        load_study(tmp_path / "noise.nii.gz")


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.mov", "a.npy", "a.txt"])
def test_unsupported_extension(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"GIF89a" + bytes(64))
    with pytest.raises(StudyError, match=rf"{name} has no extension that is supported; give PNG, JPEG"):
        load_study(tmp_path / name)


def test_folders_without_a_study(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"neither study\.json nor DICOM images"):
        load_study(tmp_path)
    (tmp_path / "cohort.csv").write_text("patient\n")
    with pytest.raises(StudyError, match="is a cohort"):
        load_study(tmp_path)


def test_a_series_uid_needs_a_folder(tmp_path: Path) -> None:
    Pillow.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(StudyError, match=r"series uid \(--series\) chooses"):
        load_study(tmp_path / "a.png", series_uid="1.2.3")
    (tmp_path / "study.json").write_text('{"image": "a.png"}')
    with pytest.raises(StudyError, match=r"series uid \(--series\) chooses .* names its images; leave it out"):
        load_study(tmp_path, series_uid="1.2.3")


def test_an_image_without_spacing_says_how_to_give_it() -> None:
    with pytest.raises(SpacingError, match=r"; give the spacing \(--spacing, or calibrate it on the depth scale\)\.$"):
        _ = Image(np.zeros((8, 8), np.uint8)).spacing_mm


@pytest.mark.parametrize(
    ("name", "stem"),
    [("a.png", "a"), ("a.b.nii.gz", "a.b"), ("regions.seg.nrrd", "regions"), ("IM0001", "IM0001"), ("x.DCM", "x")],
)
def test_stem(name: str, stem: str) -> None:
    assert stem_of(Path(name)) == stem


def test_pictures_are_known_by_their_extension() -> None:
    assert all(is_picture(Path(name)) for name in ("a.png", "a.JPG", "a.tiff", "a.bmp"))
    assert not any(is_picture(Path(name)) for name in ("a.dcm", "a.nii.gz", "folder", "png"))
