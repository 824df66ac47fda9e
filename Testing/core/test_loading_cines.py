"""Cines from folders of frames and from videos, and the contrast side of dual displays."""

from __future__ import annotations

import builtins
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from Testing.core.dicom_objects import cine, save
from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading import CohortRow, load_study, read_cohort, write_cohort

FRAMES: NDArray[np.uint8] = np.random.default_rng(0).integers(0, 256, (11, 16, 32), dtype=np.uint8)


def write_frames(folder: Path, frames: NDArray[np.uint8] = FRAMES) -> Path:
    folder.mkdir()
    for number, frame in enumerate(frames):
        Pillow.fromarray(frame).save(folder / f"frame{number}.png")
    return folder


def write_times(folder: Path, rows: list[str]) -> None:
    (folder / "frame_times.csv").write_text("file,time_ms\n" + "\n".join(rows) + "\n")


def test_frames_come_in_counting_order_with_their_times(tmp_path: Path) -> None:
    folder = write_frames(tmp_path / "frames")
    write_times(folder, [f"frame{number}.png,{250 * number + 100}" for number in reversed(range(11))])
    study = load_study(folder, spacing=None)
    image = study.image()
    np.testing.assert_array_equal(image.pixels, FRAMES)
    assert image.frame_times_ms == tuple(250.0 * number for number in range(11))
    assert image.times_known and study.name == "frames" and study.warnings == () and len(study.files) == 12


def test_files_that_a_mac_leaves_are_no_frames(tmp_path: Path) -> None:
    folder = write_frames(tmp_path / "frames")
    (folder / "._frame0.png").write_bytes(b"\0\5\x16\7")
    image = load_study(folder).image()
    np.testing.assert_array_equal(image.pixels, FRAMES)


def test_frames_without_times_say_so(tmp_path: Path) -> None:
    study = load_study(write_frames(tmp_path / "frames"))
    assert study.image().is_cine and not study.image().times_known and len(study.warnings) == 1
    assert "no time can be measured" in study.warnings[0] and "frame_times.csv" in study.warnings[0]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (["frame0.png,0"], "must name each frame once"),
        ([f"frame{number}.png,{-number}" for number in range(11)], "do not grow"),
        ([f"frame{number}.png,soon" for number in range(11)], "with a number in each row"),
        ([*(f"frame{number}.png,{number}" for number in range(11)), "other.png,12"], "and nothing else"),
    ],
)
def test_wrong_tables_of_times_are_refused(tmp_path: Path, rows: list[str], sentence: str) -> None:
    folder = write_frames(tmp_path / "frames")
    write_times(folder, rows)
    with pytest.raises(StudyError, match=sentence):
        load_study(folder)


def test_frames_of_several_sizes_are_refused(tmp_path: Path) -> None:
    folder = write_frames(tmp_path / "frames")
    Pillow.fromarray(FRAMES[0, :8]).save(folder / "frame11.png")
    with pytest.raises(StudyError, match=r"frame11\.png of frames differs in size"):
        load_study(folder)


def write_video(path: Path, codec: str, frames: NDArray[np.uint8] = FRAMES) -> Path:
    av = pytest.importorskip("av", reason="PyAV (extra video) is not installed")
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=8)
        stream.width, stream.height, stream.pix_fmt = 32, 16, "gray" if codec == "ffv1" else "yuv420p"
        for frame in frames:
            for packet in stream.encode(av.VideoFrame.from_ndarray(frame, format="gray")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def test_a_lossless_video_keeps_its_grey_values_and_times(tmp_path: Path) -> None:
    image = load_study(write_video(tmp_path / "clip.avi", "ffv1")).image()
    np.testing.assert_array_equal(image.pixels, FRAMES)
    assert image.spacing is None
    assert image.frame_times_ms == pytest.approx([125.0 * number for number in range(11)])


def test_an_mp4_is_read(tmp_path: Path) -> None:
    smooth = np.repeat(np.arange(20, 240, 20, dtype=np.uint8)[:, None, None], 16, axis=1).repeat(32, axis=2)
    image = load_study(write_video(tmp_path / "clip.mp4", "mpeg4", smooth)).image()
    assert image.pixels.shape == (11, 16, 32) and image.is_cine
    np.testing.assert_allclose(image.pixels.mean(axis=(1, 2)), smooth[:, 0, 0], atol=6)


def test_damaged_and_mislabelled_videos_are_told(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "clip.avi", "ffv1")
    (tmp_path / "cut.avi").write_bytes(whole.read_bytes()[:64])
    with pytest.raises(StudyError, match=r"cut\.avi"):
        load_study(tmp_path / "cut.avi")
    (tmp_path / "clip.mp4").write_bytes(whole.read_bytes())
    with pytest.raises(StudyError, match=r"named \.mp4 but holds AVI"):
        load_study(tmp_path / "clip.mp4")


def test_without_the_extra_one_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "clip.avi"
    path.write_bytes(b"RIFF\0\0\0\0AVI LIST" + bytes(64))
    real = builtins.__import__

    def without_av(name: str, *rest: object, **more: object) -> object:
        if name == "av":
            raise ModuleNotFoundError("No module named 'av'", name="av")
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.delitem(sys.modules, "av", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_av)
    with pytest.raises(StudyError, match=r"needs PyAV, which is not installed; run: pip install"):
        load_study(path)


@pytest.mark.parametrize(("side", "columns"), [("left", slice(0, 16)), ("right", slice(16, 32))])
def test_the_contrast_side_is_cut_out_and_masks_lie_on_it(tmp_path: Path, side: str, columns: slice) -> None:
    save(cine(FRAMES, FrameTime=100), tmp_path / "clip.dcm")
    mask = np.zeros((16, 16), np.uint8)
    mask[4:9, 3:8] = 255
    Pillow.fromarray(mask).save(tmp_path / "mask.png")
    study_json = {"image": "clip.dcm", "mask": "mask.png", "contrast_side": side}
    (tmp_path / "study.json").write_text(json.dumps(study_json))
    study = load_study(tmp_path)
    np.testing.assert_array_equal(study.image().pixels, FRAMES[:, :, columns])
    assert study.masks["tumour"].sum() == 25


def test_other_sides_are_refused_and_a_cohort_keeps_the_side(tmp_path: Path) -> None:
    save(cine(FRAMES, FrameTime=100), tmp_path / "clip.dcm")
    (tmp_path / "study.json").write_text(json.dumps({"image": "clip.dcm", "contrast_side": "top"}))
    with pytest.raises(StudyError, match="contrast_side holds 'top'; it must be left or right"):
        load_study(tmp_path)
    write_cohort([CohortRow("a", images={"image": tmp_path / "clip.dcm"}, contrast_side="left")], tmp_path)
    assert read_cohort(tmp_path)[0].contrast_side == "left"
