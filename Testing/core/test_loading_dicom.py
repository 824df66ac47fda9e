"""DICOM files of every kind that can be read, and what is said of other objects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.pixels import pixel_array
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    RLELossless,
)

from Testing.core.dicom_examples import CLIP, COLOUR, GREY, example
from Testing.core.dicom_objects import cine, ct_slice, dataset, enhanced_ct, save
from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading import load_study

RANDOM = np.random.default_rng(3)


@pytest.mark.parametrize("name", ["still.dcm", "IM0001", "still.ima"])
def test_grey_still_with_any_name(tmp_path: Path, name: str) -> None:
    study = load_study(save(dataset(GREY), tmp_path / name))
    np.testing.assert_array_equal(study.image().pixels, GREY)
    assert study.image().modality == "US"
    assert study.image().spacing is None
    assert not study.image().is_cine


def test_colour_becomes_luma(tmp_path: Path) -> None:
    pixels = load_study(save(dataset(COLOUR), tmp_path / "a.dcm")).image().pixels
    assert np.abs(pixels - COLOUR @ np.array([0.299, 0.587, 0.114])).max() <= 0.51


def test_monochrome1_is_inverted_but_not_for_measurements(tmp_path: Path) -> None:
    inverse = dataset(GREY, PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(load_study(save(inverse, tmp_path / "a.dcm")).image().pixels, 255 - GREY)
    twelve = dataset(GREY.astype(np.uint16), PhotometricInterpretation="MONOCHROME1", BitsStored=12, HighBit=11)
    np.testing.assert_array_equal(
        load_study(save(twelve, tmp_path / "b.dcm")).image().pixels, 4095 - GREY.astype(np.uint16)
    )
    stored = GREY.astype(np.int16)
    measured = ct_slice(stored, (0, 0, 0), PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(load_study(save(measured, tmp_path / "c.dcm")).image().pixels, stored - 1024)


def test_rescale_to_hounsfield_units_and_fractions(tmp_path: Path) -> None:
    stored = RANDOM.integers(0, 3000, (6, 5)).astype(np.int16)
    whole = load_study(save(ct_slice(stored, (0, 0, 0)), tmp_path / "a.dcm")).image().pixels
    np.testing.assert_array_equal(whole, stored.astype(int) - 1024)
    assert np.issubdtype(whole.dtype, np.integer)
    fraction = dataset(stored, "PT", RescaleSlope="0.25", RescaleIntercept="0")
    np.testing.assert_allclose(load_study(save(fraction, tmp_path / "b.dcm")).image().pixels, stored * 0.25)
    with pytest.raises(StudyError, match=r"slope of c\.dcm is 0"):
        load_study(save(dataset(stored, "PT", RescaleSlope="0", RescaleIntercept="0"), tmp_path / "c.dcm"))


def test_twelve_of_sixteen_bits_with_sign(tmp_path: Path) -> None:
    stored = RANDOM.integers(-2000, 2000, (6, 5)).astype(np.int16)
    packed = dataset(stored & np.int16(0x0FFF), "MR", BitsStored=12, HighBit=11)
    np.testing.assert_array_equal(load_study(save(packed, tmp_path / "a.dcm")).image().pixels, stored)


@pytest.mark.parametrize("pixels", [GREY, COLOUR])
@pytest.mark.parametrize("packing", [RLELossless, DeflatedExplicitVRLittleEndian])
def test_lossless_packings(tmp_path: Path, packing: UID, pixels: np.ndarray) -> None:
    plain = load_study(save(dataset(pixels), tmp_path / "plain.dcm")).image().pixels
    packed = dataset(pixels)
    if packing == RLELossless:
        packed.compress(RLELossless)
    else:
        packed.file_meta.TransferSyntaxUID = packing
    np.testing.assert_array_equal(load_study(save(packed, tmp_path / "packed.dcm")).image().pixels, plain)


@pytest.mark.parametrize(
    "name", ["MR_small_RLE.dcm", "MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm", "MR_small_bigendian.dcm",
             "MR_small_implicit.dcm", "MR_small_padded.dcm"]
)  # fmt: skip
def test_the_same_slice_in_every_packing(name: str) -> None:
    plain = load_study(example("MR_small.dcm")).image()
    packed = load_study(example(name)).image()
    np.testing.assert_array_equal(packed.pixels, plain.pixels)
    assert packed.frame == plain.frame
    assert packed.spacing == plain.spacing


@pytest.mark.parametrize(
    "name", ["SC_rgb_rle.dcm", "SC_rgb_gdcm_KY.dcm", "SC_rgb_jpeg_gdcm.dcm", "SC_rgb_dcmtk_+eb+cr.dcm",
             "SC_rgb_dcmtk_+eb+cy+np.dcm", "SC_ybr_full_422_uncompressed.dcm", "SC_rgb_jpeg_dcmtk.dcm"]
)  # fmt: skip
def test_the_same_colour_bars_in_every_packing(name: str) -> None:
    """Ten bars: red, pale red, green, pale green, blue, pale blue, black, dark grey, light grey, white."""
    colours = [(255, 0, 0), (255, 128, 128), (0, 255, 0), (128, 255, 128), (0, 0, 255), (128, 128, 255), (0,) * 3,
               (64,) * 3, (192,) * 3, (255,) * 3]  # fmt: skip
    pixels = load_study(example(name)).image().pixels
    assert np.abs(pixels[5::10, 50] - np.array(colours) @ np.array([0.299, 0.587, 0.114])).max() <= 6


@pytest.mark.parametrize("name", ["examples_jpeg2k.dcm", "examples_rgb_color.dcm", "SC_rgb_jpeg_dcmd.dcm"])
def test_colour_examples_against_pydicom(name: str) -> None:
    rgb = pixel_array(example(name))
    pixels = load_study(example(name)).image().pixels
    assert np.abs(pixels - rgb @ np.array([0.299, 0.587, 0.114])).max() <= 0.51


def test_palette_example_shows_colours_not_indices() -> None:
    found = load_study(example("examples_palette.dcm"))
    made = dcmread(example("examples_palette.dcm"))
    tables = [
        np.frombuffer(made[f"{colour}PaletteColorLookupTableData"].value, "<u2") for colour in ("Red", "Green", "Blue")
    ]
    rgb = np.stack([table[pixel_array(made)] for table in tables], axis=-1)
    assert np.abs(found.image().pixels - rgb @ np.array([0.299, 0.587, 0.114])).max() <= 1.5


def test_cine_example() -> None:
    image = load_study(example("examples_ybr_color.dcm")).image()
    assert image.pixels.shape == (30, 240, 320)
    assert image.spatial_shape == (240, 320)
    assert image.frame_times_ms is not None
    np.testing.assert_allclose(image.frame_times_ms, np.arange(30) * 33.333)
    rgb = pixel_array(example("examples_ybr_color.dcm"), index=7)
    assert np.abs(image.pixels[7] - rgb @ np.array([0.299, 0.587, 0.114])).max() <= 0.51


@pytest.mark.parametrize(
    ("fields", "times", "warned"),
    [
        ({"FrameTime": 40}, [0, 40, 80, 120], False),
        ({"FrameTimeVector": [0, 10, 30, 20], "FrameTime": 99}, [0, 10, 40, 60], False),
        ({"FrameTimeVector": [0, 10], "FrameTime": 20}, [0, 20, 40, 60], False),
        ({"CineRate": 20}, [0, 50, 100, 150], False),
        ({"FrameTime": 0, "RecommendedDisplayFrameRate": 10}, [0, 100, 200, 300], True),
        ({}, [0, 40, 80, 120], True),
    ],
)
def test_frame_times(tmp_path: Path, fields: dict[str, object], times: list[float], warned: bool) -> None:
    study = load_study(save(cine(CLIP, **fields), tmp_path / "clip.dcm"))
    np.testing.assert_array_equal(study.image().pixels, CLIP)
    assert study.image().frame_times_ms == pytest.approx(times)
    assert bool(study.warnings) == warned
    if warned:
        assert "no time can be measured" in study.warnings[0]


def test_a_clip_of_one_frame_is_a_still(tmp_path: Path) -> None:
    still = load_study(save(cine(CLIP[:1], FrameTime=0), tmp_path / "a.dcm")).image()
    np.testing.assert_array_equal(still.pixels, CLIP[0])


def test_enhanced_ct_is_a_volume_sorted_by_position(tmp_path: Path) -> None:
    stored = RANDOM.integers(0, 3000, (3, 6, 5)).astype(np.int16)
    image = load_study(save(enhanced_ct(stored, [6.0, 2.0, 4.0]), tmp_path / "a.dcm")).image()
    np.testing.assert_array_equal(image.pixels, stored[[1, 2, 0]].astype(int) - 1024)
    assert image.spacing_mm == (2.0, 0.5, 0.7)
    assert image.frame.origin == (-10.0, 20.0, 2.0)
    assert image.frame.reference_uid == "1.2.3.9"


def test_frames_without_a_place_are_not_a_volume(tmp_path: Path) -> None:
    stored = RANDOM.integers(0, 3000, (3, 6, 5)).astype(np.int16)
    with pytest.raises(StudyError, match="do not say where they lie"):
        load_study(save(dataset(stored, "MR", frames=True), tmp_path / "a.dcm"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("liver_1frame.dcm", "a segmentation"),
        ("rtstruct.dcm", "a structure set"),
        ("test-SR.dcm", "a structured report"),
        ("rtdose.dcm", "a dose distribution"),
        ("rtplan.dcm", "a treatment plan"),
        ("waveform_ecg.dcm", "no image"),
        ("dicomdirtests/DICOMDIR", "only lists other files"),
    ],
)
def test_other_objects_are_named(name: str, kind: str) -> None:
    with pytest.raises(StudyError, match=kind):
        load_study(example("CT_small.dcm").parent / name)
