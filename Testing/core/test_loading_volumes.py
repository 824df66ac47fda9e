from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray

from TumorResponseLib.core.errors import SpacingError, StudyError, TumorResponseError
from TumorResponseLib.core.image import Spacing
from TumorResponseLib.core.loading import load_mask, load_study

VOXELS = np.random.default_rng(3).integers(-1000, 1000, (4, 6, 5)).astype(np.int16)
KINDS = ["nii", "nii.gz", "nrrd", "mha"]


def volume(pixels: np.ndarray = VOXELS, spacing: tuple[float, ...] = (0.5, 0.7, 2.5)) -> sitk.Image:
    image = sitk.GetImageFromArray(pixels)
    image.SetSpacing(spacing)
    return image


def written(image: sitk.Image, path: Path, compress: bool = False) -> Path:
    sitk.WriteImage(image, str(path), useCompression=compress or path.suffix == ".gz")
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_oblique_anisotropic_volume(tmp_path: Path, kind: str) -> None:
    image = volume()
    turn = sitk.Euler3DTransform((0, 0, 0), 0.3, -0.2, 0.5).GetMatrix()
    image.SetDirection(turn)
    image.SetOrigin((-12.5, 30.25, 100.0))
    study = load_study(written(image, tmp_path / f"a.{kind}"))
    found = study.image()
    np.testing.assert_array_equal(found.pixels, VOXELS)
    assert study.name == "a"
    assert found.spacing_mm == pytest.approx((2.5, 0.7, 0.5))
    assert found.frame.origin == pytest.approx((-12.5, 30.25, 100.0), abs=1e-4)
    np.testing.assert_allclose(np.array(found.frame.directions).ravel(), turn, atol=1e-5)
    # The far corner lies where ITK says.
    offset = np.array(found.frame.directions) @ np.array([4 * 0.5, 5 * 0.7, 3 * 2.5])
    np.testing.assert_allclose(
        np.array(found.frame.origin) + offset, image.TransformIndexToPhysicalPoint((4, 5, 3)), atol=1e-3
    )


@pytest.mark.parametrize("kind", KINDS)
def test_two_dimensional_file_and_single_slice(tmp_path: Path, kind: str) -> None:
    flat = load_study(written(volume(VOXELS[0], (0.5, 0.7)), tmp_path / f"a.{kind}")).image()
    np.testing.assert_array_equal(flat.pixels, VOXELS[0])
    assert flat.spacing_mm == pytest.approx((0.7, 0.5))
    single = load_study(written(volume(VOXELS[:1]), tmp_path / f"b.{kind}")).image()
    np.testing.assert_array_equal(single.pixels, VOXELS[0])
    assert single.spacing_mm == pytest.approx((0.7, 0.5))


def test_four_axes_are_refused_unless_the_last_is_one(tmp_path: Path) -> None:
    moving = sitk.GetImageFromArray(np.stack([VOXELS, VOXELS]), isVector=False)
    with pytest.raises(StudyError, match=r"has 4 axes \(5 x 6 x 4 x 2\)"):
        load_study(written(moving, tmp_path / "a.nii.gz"))
    still = sitk.GetImageFromArray(VOXELS[None], isVector=False)
    np.testing.assert_array_equal(load_study(written(still, tmp_path / "b.nii.gz")).image().pixels, VOXELS)


def test_colour_volume(tmp_path: Path) -> None:
    colour = sitk.GetImageFromArray(np.zeros((4, 6, 5, 3), np.uint8), isVector=True)
    with pytest.raises(StudyError, match="3 values a voxel"):
        load_study(written(colour, tmp_path / "a.nrrd"))
    waves = sitk.GetImageFromArray(VOXELS.astype(np.complex64))
    with pytest.raises(StudyError, match="complex64 values"):
        load_study(written(waves, tmp_path / "b.nii"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_nan_and_infinity(tmp_path: Path, kind: str, value: float, precision: type) -> None:
    holes: NDArray[np.floating] = VOXELS.astype(precision)
    np.testing.assert_array_equal(load_study(written(volume(holes), tmp_path / f"a.{kind}")).image().pixels, holes)
    holes[1, 2, 3] = value
    with pytest.raises(StudyError, match="not a number or infinite"):
        load_study(written(volume(holes), tmp_path / f"b.{kind}"))


def nrrd(path: Path, *lines: str, sizes: str = "4 3") -> Path:
    head = "\n".join(["NRRD0004", "type: uchar", "dimension: 2", f"sizes: {sizes}", "encoding: raw", *lines])
    path.write_bytes(head.encode() + b"\n\n" + bytes(range(12)))
    return path


def test_header_without_spacing_gives_none(tmp_path: Path) -> None:
    assert load_study(nrrd(tmp_path / "a.nrrd")).image().spacing is None
    (tmp_path / "a.mha").write_bytes(
        b"ObjectType = Image\nNDims = 2\nDimSize = 4 3\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n" + bytes(12)
    )
    assert load_study(tmp_path / "a.mha").image().spacing is None
    content = bytearray(written(volume(spacing=(1, 1, 1)), tmp_path / "a.nii").read_bytes())
    assert load_study(tmp_path / "a.nii").image().spacing == Spacing((1.0, 1.0, 1.0), "NIfTI header")
    content[123] = 0  # unit unknown
    content[252:256] = bytes(4)  # neither qform nor sform
    (tmp_path / "b.nii").write_bytes(content)
    assert load_study(tmp_path / "b.nii").image().spacing is None


def test_spacing_in_other_units_is_not_used(tmp_path: Path) -> None:
    study = load_study(nrrd(tmp_path / "a.nrrd", "spacings: 2 3", 'units: "cm" "cm"'))
    assert study.image().spacing is None
    assert "not in mm" in study.warnings[0]
    assert load_study(nrrd(tmp_path / "b.nrrd", "spacings: 2 3", 'units: "mm" "mm"')).image().spacing_mm == (3, 2)


@pytest.mark.parametrize("spacing", ["0 1", "-1 1", "nan nan", "x 1"])
def test_spacing_that_is_no_length_in_text_headers(tmp_path: Path, spacing: str) -> None:
    with pytest.raises(SpacingError, match=r"a\.nrrd .NRRD header. is not a positive length"):
        load_study(nrrd(tmp_path / "a.nrrd", f"spacings: {spacing}"))
    (tmp_path / "a.mha").write_bytes(
        f"ObjectType = Image\nNDims = 2\nDimSize = 4 3\nElementSpacing = {spacing}\n"
        "ElementType = MET_UCHAR\nElementDataFile = LOCAL\n".encode()
        + bytes(12)
    )
    with pytest.raises(SpacingError, match=r"a\.mha .MetaImage header. is not a positive length"):
        load_study(tmp_path / "a.mha")


@pytest.mark.parametrize("step", [0.0, -0.5, float("nan")])
def test_spacing_that_is_no_length_in_nifti(tmp_path: Path, step: float) -> None:
    content = bytearray(written(volume(), tmp_path / "a.nii").read_bytes())
    struct.pack_into("<f", content, 80, step)
    (tmp_path / "a.nii").write_bytes(content)
    with pytest.raises(SpacingError, match=r"a\.nii .NIfTI header. is not a positive length"):
        load_study(tmp_path / "a.nii")


def test_user_spacing_overrides_the_header(tmp_path: Path) -> None:
    path = written(volume(), tmp_path / "a.nrrd")
    study = load_study(path, spacing=Spacing((3.0, 1.0, 1.0), "--spacing"))
    assert study.image().spacing == Spacing((3.0, 1.0, 1.0), "given by the user")
    assert "3 x 1 x 1 mm, is used for a.nrrd in place of 2.5 x 0.7 x 0.5 mm (NRRD header)" in study.warnings[0]


def test_detached_header_reads_only_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "data.raw").write_bytes(bytes(range(12)))
    head = "NRRD0004\ntype: uchar\ndimension: 2\nsizes: 4 3\nspacings: 1 1\nencoding: raw\ndata file: {}\n"
    (tmp_path / "a.nhdr").write_text(head.format("data.raw"))
    study = load_study(tmp_path / "a.nhdr")
    assert study.image().pixels.tolist() == np.arange(12).reshape(3, 4).tolist()
    assert [file.path.name for file in study.files] == ["a.nhdr", "data.raw"]
    for elsewhere in ("../data.raw", "/etc/passwd", "slice%03d.raw 1 3 1", "LIST"):
        (tmp_path / "b.nhdr").write_text(head.format(elsewhere))
        with pytest.raises(StudyError, match="not one file in its own folder"):
            load_study(tmp_path / "b.nhdr")
    (tmp_path / "c.nhdr").write_text(head.format("missing.raw"))
    with pytest.raises(StudyError, match=r"There is no file missing\.raw"):
        load_study(tmp_path / "c.nhdr")


def test_bombs_are_refused_by_their_header(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="more than the"):
        load_study(nrrd(tmp_path / "a.nrrd", "spacings: 1 1", sizes="100000 100000"))
    content = bytearray(written(volume(), tmp_path / "a.nii").read_bytes())
    struct.pack_into("<3h", content, 42, 30000, 30000, 30000)
    (tmp_path / "b.nii.gz").write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(StudyError, match="more than the"):
        load_study(tmp_path / "b.nii.gz")
    struct.pack_into("<3h", content, 42, 0, 5, 5)
    (tmp_path / "c.nii").write_bytes(content)
    with pytest.raises(StudyError, match="holds no pixels"):
        load_study(tmp_path / "c.nii")


def test_nifti_that_unpacks_without_end_is_not_unpacked_to_the_end(tmp_path: Path) -> None:
    content = written(volume(), tmp_path / "a.nii").read_bytes()
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(content + bytes(60_000_000), compresslevel=1))
    np.testing.assert_array_equal(load_study(tmp_path / "a.nii.gz").image().pixels, VOXELS)


@pytest.mark.parametrize("kind", ["nii", "nii.gz", "nrrd", "compressed.nrrd", "mha", "compressed.mha"])
def test_a_cut_volume_is_refused(tmp_path: Path, kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    content = written(volume(), tmp_path / f"a.{kind}", compress="compressed" in kind).read_bytes()
    cut = tmp_path / f"cut.{kind}"
    some = range(0, len(content), max(1, len(content) // 30))
    for length in sorted({*some, *range(len(content) - 12, len(content))}):
        cut.write_bytes(content[:length])
        if kind == "compressed.nrrd" and length >= len(content) - 12:
            # Of the gzip stream only its end and checksum are missing.
            try:
                np.testing.assert_array_equal(load_study(cut).image().pixels, VOXELS)
            except TumorResponseError:
                continue
        else:
            with pytest.raises(TumorResponseError):
                load_study(cut)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", ["nii", "nii.gz", "nrrd", "mha"])
def test_damaged_headers_never_surprise(tmp_path: Path, kind: str) -> None:
    content = written(volume(), tmp_path / f"a.{kind}").read_bytes()
    for position in range(0, min(360, len(content)), 5):
        damaged = bytearray(content)
        damaged[position] ^= 0x41
        (tmp_path / f"b.{kind}").write_bytes(damaged)
        try:
            load_study(tmp_path / f"b.{kind}")
        except TumorResponseError:
            continue


def test_sheared_nifti_has_its_own_sentence(tmp_path: Path) -> None:
    content = bytearray(written(volume(), tmp_path / "a.nii").read_bytes())
    struct.pack_into("<2h", content, 252, 0, 1)
    struct.pack_into("<12f", content, 280, 0.5, 0.3, 0, 0, 0, 0.7, 0, 0, 0, 0, 2.5, 0)
    (tmp_path / "a.nii").write_bytes(content)
    with pytest.raises(StudyError, match="sheared"):
        load_study(tmp_path / "a.nii")


@pytest.mark.parametrize("modality", ["pet", "ct", "mr"])
def test_patient_volumes_with_their_masks(shared_data: Path, modality: str) -> None:
    path = shared_data / "sts_dev" / f"STS_001_{modality}.nii.gz"
    image = load_study(path).image()
    reference = sitk.ReadImage(str(path))
    np.testing.assert_allclose(image.pixels, sitk.GetArrayFromImage(reference))
    assert image.spacing_mm == pytest.approx(reference.GetSpacing()[::-1])
    mask = load_mask(path.with_name(f"STS_001_{modality}_mask.nii.gz"), image)
    assert mask.shape == image.spatial_shape
    assert mask.any()
    with pytest.raises(TumorResponseError):
        load_mask(path.with_name(f"STS_003_{modality}_mask.nii.gz"), image)
