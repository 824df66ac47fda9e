"""DICOM files that are damaged, cut, too large or empty: a sentence each, and nothing of the patient in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
    UltrasoundMultiFrameImageStorage,
)

from Testing.core.dicom_examples import CLIP, GREY, example
from Testing.core.dicom_objects import SECRET_NAME, cine, dataset, save
from TumorResponseLib.core.errors import StudyError, TumorResponseError
from TumorResponseLib.core.loading import dicom_header, load_study


@pytest.mark.parametrize("name", ["JPEG2000-embedded-sequence-delimiter.dcm", "JPGExtended.dcm", "MR_truncated.dcm"])
def test_what_no_decoder_reads_is_one_sentence_and_a_quiet_console(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(StudyError, match="cannot be unpacked") as caught:
        load_study(example(name))
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_float_pixels_with_nan(tmp_path: Path) -> None:
    made = dataset(GREY)
    del made.PixelData
    made.BitsAllocated = 32
    del made.BitsStored, made.HighBit, made.PixelRepresentation
    values = GREY.astype(np.float32)
    values[3, 3] = np.nan
    made.FloatPixelData = values.tobytes()
    with pytest.raises(StudyError, match="not a number"):
        load_study(save(made, tmp_path / "a.dcm"))


def test_bombs_and_zero_sizes(tmp_path: Path) -> None:
    huge = dataset(GREY)
    huge.Rows = huge.Columns = 60_000
    with pytest.raises(StudyError, match="more than the"):
        load_study(save(huge, tmp_path / "a.dcm"))
    long = cine(CLIP, FrameTime=40)
    long.NumberOfFrames = 2_000_000_000
    with pytest.raises(StudyError, match="more than the"):
        load_study(save(long, tmp_path / "b.dcm"))
    flat = dataset(GREY)
    flat.Rows = 0
    with pytest.raises(StudyError, match="holds no pixels"):
        load_study(save(flat, tmp_path / "c.dcm"))


def test_a_deflated_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = dataset(np.zeros((1000, 1000), np.uint8))
    bomb.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    path = save(bomb, tmp_path / "a.dcm")
    assert path.stat().st_size < 20_000
    load_study(path)
    # The real limit of 2 GB would take a test of many seconds.
    monkeypatch.setattr(dicom_header, "LARGEST_PIXEL_COUNT", 100_000)
    with pytest.raises(StudyError, match="unpacks to more than is opened"):
        load_study(path)


def test_a_patient_is_never_named(tmp_path: Path) -> None:
    made = dataset(GREY)
    made.PixelData = made.PixelData[:40]
    with pytest.raises(StudyError) as caught:
        load_study(save(made, tmp_path / "a.dcm"))
    assert "Secret" in SECRET_NAME
    assert "SECRET" not in str(caught.value).upper()


def lengths_of(content: bytes) -> list[int]:
    """Some sixty lengths to cut at, and each of the last twelve bytes."""
    some = range(0, len(content), max(1, len(content) // 60))
    return sorted({*some, *range(len(content) - 12, len(content))})


@pytest.mark.parametrize("kind", ["plain", "clip", "rle", "jpeg2000", "jpeg", "deflated", "no extension"])
def test_a_cut_file_is_refused_or_whole(tmp_path: Path, kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    made = cine(CLIP, FrameTime=40) if kind == "clip" else dataset(GREY)
    if kind == "rle":
        made.compress(RLELossless)
    if kind == "deflated":
        made.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    whole = save(made, tmp_path / "whole.dcm")
    if kind == "jpeg2000":
        whole = example("MR_small_jp2klossless.dcm")
        assert dcmread(whole).file_meta.TransferSyntaxUID == JPEG2000Lossless
    if kind == "jpeg":
        whole = example("SC_rgb_jpeg_dcmtk.dcm")
    content = whole.read_bytes()
    cut = tmp_path / ("cut" if kind == "no extension" else "cut.dcm")
    pixels = load_study(whole).image().pixels
    sentences = []
    for length in lengths_of(content):
        cut.write_bytes(content[:length])
        try:
            # What is cut from the end may be padding behind the last pixel.
            np.testing.assert_array_equal(load_study(cut).image().pixels, pixels)
            assert length > len(content) - 128
        except TumorResponseError as error:
            sentences.append(str(error))
    assert len(sentences) > 35
    assert "SECRET" not in " ".join(sentences).upper()
    assert capfd.readouterr() == ("", "")


def test_damaged_bytes_never_surprise(tmp_path: Path) -> None:
    content = save(dataset(GREY, sop_class=UltrasoundMultiFrameImageStorage), tmp_path / "a.dcm").read_bytes()
    for position in range(128, len(content) - GREY.nbytes, 3):
        damaged = bytearray(content)
        damaged[position] ^= 0xFF if position % 2 else 0x05
        (tmp_path / "b.dcm").write_bytes(damaged)
        try:
            load_study(tmp_path / "b.dcm")
        except TumorResponseError:
            continue
