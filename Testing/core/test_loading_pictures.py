from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from TumorResponseLib.core.errors import SpacingError, StudyError, TumorResponseError
from TumorResponseLib.core.image import Spacing
from TumorResponseLib.core.loading import load_study

RANDOM = np.random.default_rng(1)
GREY = RANDOM.integers(0, 256, (12, 17), dtype=np.uint8)
COLOUR = RANDOM.integers(0, 256, (12, 17, 3), dtype=np.uint8)


def saved(path: Path, pixels: np.ndarray, **options: object) -> Path:
    Pillow.fromarray(pixels).save(path, **options)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("extension", [".png", ".tif", ".tiff", ".bmp", ".PNG"])
def test_grey_pictures_keep_their_pixels_and_have_no_millimetres(tmp_path: Path, extension: str) -> None:
    study = load_study(saved(tmp_path / f"breast{extension}", GREY))
    assert study.name == "breast"
    np.testing.assert_array_equal(study.image().pixels, GREY)
    assert study.image().pixels.dtype == np.uint8
    assert study.image().spacing is None
    assert study.image().modality == ""


def test_resolution_of_a_picture_is_not_taken_for_millimetres(tmp_path: Path) -> None:
    assert load_study(saved(tmp_path / "a.png", GREY, dpi=(254, 254))).image().spacing is None
    assert load_study(saved(tmp_path / "a.jpg", GREY, dpi=(254, 254))).image().spacing is None


def test_jpeg_is_read(tmp_path: Path) -> None:
    smooth = np.tile(np.arange(64, dtype=np.uint8), (48, 1)) * 4
    pixels = load_study(saved(tmp_path / "a.jpeg", smooth, quality=95)).image().pixels
    assert np.abs(pixels.astype(int) - smooth).max() <= 8


def test_colour_becomes_grey_by_luma(tmp_path: Path) -> None:
    expected = COLOUR @ np.array([0.299, 0.587, 0.114])
    pixels = load_study(saved(tmp_path / "a.png", COLOUR)).image().pixels
    assert np.abs(pixels - expected).max() <= 0.51


def test_palette_gives_its_colours_not_its_indices(tmp_path: Path) -> None:
    picture = Pillow.fromarray(np.array([[0, 1, 2]], dtype=np.uint8), mode="L").convert("P")
    picture.putpalette([0, 0, 0, 255, 255, 255, 255, 0, 0])
    picture.save(tmp_path / "a.png")
    assert load_study(tmp_path / "a.png").image().pixels.tolist() == [[0, 255, 76]]


def test_sixteen_bit_keeps_its_depth(tmp_path: Path) -> None:
    deep = RANDOM.integers(0, 65536, (9, 8)).astype(np.uint16)
    for name in ("a.png", "a.tif"):
        pixels = load_study(saved(tmp_path / name, deep)).image().pixels
        np.testing.assert_array_equal(pixels, deep)
        assert pixels.dtype == np.uint16


def test_bilevel_and_float(tmp_path: Path) -> None:
    Pillow.fromarray(GREY > 100).save(tmp_path / "a.png")
    np.testing.assert_array_equal(load_study(tmp_path / "a.png").image().pixels, (GREY > 100) * 255)
    real = RANDOM.random((5, 6)).astype(np.float32)
    np.testing.assert_array_equal(load_study(saved(tmp_path / "a.tif", real)).image().pixels, real)


def test_transparency_is_told(tmp_path: Path) -> None:
    opaque = np.dstack([COLOUR, np.full((12, 17), 255, np.uint8)])
    assert load_study(saved(tmp_path / "a.png", opaque)).warnings == ()
    opaque[0, 0, 3] = 10
    study = load_study(saved(tmp_path / "b.png", opaque))
    assert "transparent" in study.warnings[0]
    assert study.image().pixels.shape == (12, 17)


def test_source_file_and_user_spacing(tmp_path: Path) -> None:
    import hashlib

    path = saved(tmp_path / "a.png", GREY)
    study = load_study(path, spacing=Spacing((0.1,), "--spacing"))
    assert study.files[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert study.image().spacing == Spacing((0.1, 0.1), "given by the user")
    assert study.warnings == ()
    with pytest.raises(SpacingError, match=r"3 numbers, but a\.png has 2 axes"):
        load_study(path, spacing=Spacing((1, 1, 1), "--spacing"))


def test_nan_pixels(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="not a number"):
        load_study(saved(tmp_path / "a.tif", np.array([[1, np.nan]], dtype=np.float32)))


def test_several_pages(tmp_path: Path) -> None:
    pages = [Pillow.fromarray(GREY)] * 2
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    with pytest.raises(StudyError, match="several pictures"):
        load_study(tmp_path / "a.tif")


def png_that_says(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def test_bomb_is_refused_before_decoding(tmp_path: Path) -> None:
    for side in (10_000, 100_000):
        (tmp_path / "a.png").write_bytes(png_that_says(side, side))
        with pytest.raises(StudyError, match="larger than is opened"):
            load_study(tmp_path / "a.png")


def test_bomb_in_text_chunk(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("note", "a" * 20_000_000, zip=True)
    saved(tmp_path / "a.png", GREY, pnginfo=info)
    with pytest.raises(StudyError):
        load_study(tmp_path / "a.png")


def test_zero_size(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_that_says(0, 5))
    with pytest.raises(StudyError):
        load_study(tmp_path / "a.png")


@pytest.mark.parametrize(("name", "options"), [("a.png", {}), ("a.jpg", {}), ("a.bmp", {}), ("a.tif", {}),
                                               ("b.tif", {"compression": "tiff_lzw"})])  # fmt: skip
def test_a_cut_picture_is_refused_or_whole(
    tmp_path: Path, name: str, options: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    whole = saved(tmp_path / name, COLOUR, **options)
    content = whole.read_bytes()
    pixels = load_study(whole).image().pixels
    cut = tmp_path / f"cut{whole.suffix}"
    lengths = {*range(0, len(content), max(1, len(content) // 40)), *range(len(content) - 20, len(content))}
    for length in sorted(lengths):
        cut.write_bytes(content[:length])
        if whole.suffix in (".tif", ".bmp") and length >= len(content) - 8:
            # Padding and the pointer to a next page may be missing; the pixels are there.
            try:
                np.testing.assert_array_equal(load_study(cut).image().pixels, pixels)
            except TumorResponseError:
                continue
        else:
            with pytest.raises(TumorResponseError):
                load_study(cut)
    assert capfd.readouterr() == ("", "")


def test_damaged_bytes_never_surprise(tmp_path: Path) -> None:
    content = saved(tmp_path / "a.png", COLOUR).read_bytes()
    for position in range(8, len(content), 23):
        damaged = bytearray(content)
        damaged[position] ^= 0xFF
        (tmp_path / "b.png").write_bytes(damaged)
        with pytest.raises(TumorResponseError):
            load_study(tmp_path / "b.png")
