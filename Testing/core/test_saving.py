"""Files that are written: geometry, voxels, header fields, and no halves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image as Pillow

from TumorResponseLib.core.errors import TumorResponseError, UsageError
from TumorResponseLib.core.image import Frame, Image, Spacing
from TumorResponseLib.core.loading import load_mask, load_study
from TumorResponseLib.core.rings import make_rings
from TumorResponseLib.core.saving import write_label_map, write_mask_picture, write_segmentation, write_volume

ROTATED = Frame(
    origin=(-12.5, 30.0, 4.25),
    directions=((0.8, -0.6, 0.0), (0.6, 0.8, 0.0), (0.0, 0.0, 1.0)),
    reference_uid="1.2.3",
)


def volume(shape: tuple[int, ...], spacing: tuple[float, ...] | None, frame: Frame = ROTATED) -> Image:
    pixels = np.random.default_rng(1).integers(0, 200, shape, dtype=np.uint8)
    return Image(pixels, Spacing(spacing, "test") if spacing else None, frame)


def disc(shape: tuple[int, ...], radius: float) -> np.ndarray:
    centre = [size // 2 for size in shape]
    return sum((axis - at) ** 2 for axis, at in zip(np.indices(shape), centre, strict=True)) <= radius**2


@pytest.mark.parametrize("name", ["a.nrrd", "a.nii.gz", "a.mha"])
@pytest.mark.parametrize(
    ("shape", "spacing"), [((5, 6, 7), (2.5, 0.5, 0.25)), ((6, 7), (0.5, 0.25))], ids=["3-D", "2-D"]
)
def test_volume_comes_back_through_the_loader(
    tmp_path: Path, name: str, shape: tuple[int, ...], spacing: tuple[float, ...]
) -> None:
    image = volume(shape, spacing)
    values = np.random.default_rng(2).random(shape, dtype=np.float32)
    write_volume(values, image, tmp_path / name)
    back = load_study(tmp_path / name).image()
    np.testing.assert_array_equal(back.pixels, values)
    np.testing.assert_allclose(back.spacing_mm, spacing)
    np.testing.assert_allclose(back.frame.origin, ROTATED.origin, atol=1e-5)
    np.testing.assert_allclose(back.frame.directions, ROTATED.directions, atol=1e-6)


def test_truth_values_are_written_as_bytes(tmp_path: Path) -> None:
    image = volume((6, 7), (1.0, 2.0))
    mask = disc((6, 7), 2)
    write_volume(mask, image, tmp_path / "m.nrrd")
    np.testing.assert_array_equal(sitk.GetArrayFromImage(sitk.ReadImage(tmp_path / "m.nrrd"))[0], mask.astype(np.uint8))
    np.testing.assert_array_equal(load_mask(tmp_path / "m.nrrd", image), mask)


def test_pixels_do_not_become_millimetres(tmp_path: Path) -> None:
    image = volume((6, 7), None)
    write_volume(image.pixels, image, tmp_path / "a.nrrd")
    assert sitk.ReadImage(tmp_path / "a.nrrd").GetSpacing() == (1.0, 1.0, 1.0)
    back = load_study(tmp_path / "a.nrrd").image()
    assert back.spacing is None
    np.testing.assert_array_equal(back.pixels, image.pixels)


def test_a_cine_mask_stacks_its_frames(tmp_path: Path) -> None:
    cine = Image(np.zeros((3, 6, 7), np.uint8), Spacing((0.5, 0.25), "test"), frame_times_ms=(0.0, 40.0, 80.0))
    write_volume(np.ones((3, 6, 7), bool), cine, tmp_path / "m.nii.gz")
    written = sitk.ReadImage(tmp_path / "m.nii.gz")
    assert written.GetSize() == (7, 6, 3)
    assert written.GetSpacing() == pytest.approx((0.25, 0.5, 1.0))


@pytest.mark.parametrize("spacing", [(0.5, 0.25), None])
def test_segmentation_header(tmp_path: Path, spacing: tuple[float, float] | None) -> None:
    image = volume((40, 60), spacing)
    rings = make_rings(disc((40, 60), 6), (0.5, 0.25), (1.0, 3.0))
    write_segmentation(rings, image, tmp_path / "r.seg.nrrd")
    written = sitk.ReadImage(tmp_path / "r.seg.nrrd")
    np.testing.assert_array_equal(sitk.GetArrayFromImage(written)[0], rings.labels)
    names = [written.GetMetaData(f"Segment{index}_Name") for index in range(3)]
    assert names == ["tumour", "0-1 mm", "1-3 mm"]
    assert [written.GetMetaData(f"Segment{index}_LabelValue") for index in range(3)] == ["1", "2", "3"]
    assert "86049000" in written.GetMetaData("Segment0_Tags")


def test_pictures(tmp_path: Path) -> None:
    image = volume((6, 7), None)
    labels = np.arange(42, dtype=np.uint8).reshape(6, 7)
    write_label_map(labels, image, tmp_path / "l.png")
    np.testing.assert_array_equal(np.asarray(Pillow.open(tmp_path / "l.png")), labels)
    write_label_map(labels, image, tmp_path / "l.nrrd")
    np.testing.assert_array_equal(sitk.GetArrayFromImage(sitk.ReadImage(tmp_path / "l.nrrd"))[0], labels)
    write_mask_picture(labels > 20, tmp_path / "m.png")
    np.testing.assert_array_equal(np.asarray(Pillow.open(tmp_path / "m.png")), np.where(labels > 20, 255, 0))


def test_wrong_names_are_refused(tmp_path: Path) -> None:
    image = volume((4, 6, 7), (1.0, 1.0, 1.0))
    labels = image.pixels
    with pytest.raises(UsageError, match=r"a\.png"):
        write_volume(labels, image, tmp_path / "a.png")
    with pytest.raises(UsageError, match="2-D"):
        write_label_map(labels, image, tmp_path / "a.png")
    with pytest.raises(UsageError, match=r"\.seg\.nrrd"):
        write_segmentation(make_rings(disc((4, 6, 7), 1), (1.0, 1.0, 1.0)), image, tmp_path / "a.nrrd")
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_earlier_file(tmp_path: Path) -> None:
    image = volume((6, 7), None)
    target = tmp_path / "a.nrrd"
    target.mkdir()
    (target / "kept").touch()
    with pytest.raises(TumorResponseError, match=r"a\.nrrd cannot be written"):
        write_volume(image.pixels, image, target)
    assert (target / "kept").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a.nrrd"]
    with pytest.raises(TumorResponseError, match="No such file"):
        write_volume(image.pixels, image, tmp_path / "missing" / "a.nrrd")
