"""Masks on the image that they belong to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image as Pillow

from Testing.core.dicom_objects import ct_series, dataset, save
from Testing.core.mask_files import ANYWHERE, BLOB, LABELS, PICTURE, label_map, picture, segments
from TumorResponseLib.core.errors import MaskError, StudyError, TumorResponseError
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.loading import load_mask, load_study


@pytest.mark.parametrize("name", ["m.png", "m.bmp", "m.tif"])
@pytest.mark.parametrize("bright", [255, 1, 76])
def test_picture_masks(tmp_path: Path, name: str, bright: int) -> None:
    found = load_mask(picture(tmp_path / name, (BLOB * bright).astype(np.uint8)), PICTURE)
    np.testing.assert_array_equal(found, BLOB)
    assert found.dtype == bool


def test_the_soft_rim_of_a_picture_mask_is_left_out(tmp_path: Path) -> None:
    soft = (BLOB * 255).astype(np.uint8)
    soft[2, 5:11], soft[8, 5:11] = 127, 128
    found = load_mask(picture(tmp_path / "m.png", soft), PICTURE)
    assert found.sum() == BLOB.sum() + 6
    deep = picture(tmp_path / "n.png", (BLOB * np.uint16(65535)).astype(np.uint16))
    np.testing.assert_array_equal(load_mask(deep, PICTURE), BLOB)


def test_coloured_and_bilevel_picture_masks(tmp_path: Path) -> None:
    red = np.zeros((12, 17, 3), np.uint8)
    red[BLOB, 0] = 255
    np.testing.assert_array_equal(load_mask(picture(tmp_path / "a.png", red), PICTURE), BLOB)
    np.testing.assert_array_equal(load_mask(picture(tmp_path / "b.png", BLOB), PICTURE), BLOB)


def test_one_label_of_a_picture(tmp_path: Path) -> None:
    labels = BLOB.astype(np.uint8)
    labels[0, 0] = 2
    path = picture(tmp_path / "m.png", labels)
    assert load_mask(path, PICTURE).sum() == BLOB.sum() + 1
    np.testing.assert_array_equal(load_mask(path, PICTURE, label=1), BLOB)
    with pytest.raises(MaskError, match=r"has no label 7; it has 1, 2"):
        load_mask(path, PICTURE, label=7)


def test_empty_wrong_shape_and_wrong_axes(tmp_path: Path) -> None:
    with pytest.raises(MaskError, match=r"m\.png is empty"):
        load_mask(picture(tmp_path / "m.png", np.zeros((12, 17), np.uint8)), PICTURE)
    with pytest.raises(MaskError, match=r"m\.png has shape \(17, 12\) and the image \(12, 17\)"):
        load_mask(picture(tmp_path / "m.png", BLOB.T * np.uint8(255)), PICTURE)
    with pytest.raises(MaskError, match="has shape"):
        load_mask(picture(tmp_path / "m.png", BLOB * np.uint8(255)), ANYWHERE)
    with pytest.raises(MaskError, match="has shape"):
        load_mask(label_map(tmp_path / "m.nii.gz"), PICTURE)


def test_a_cine_takes_a_mask_of_one_frame(tmp_path: Path) -> None:
    clip = Image(np.zeros((3, 12, 17), np.uint8), frame_times_ms=(0.0, 40.0, 80.0))
    np.testing.assert_array_equal(load_mask(picture(tmp_path / "m.png", BLOB * np.uint8(255)), clip), BLOB)


@pytest.mark.parametrize("kind", ["nii.gz", "nii", "nrrd", "mha"])
def test_label_maps_on_an_oblique_grid(tmp_path: Path, kind: str) -> None:
    path = label_map(tmp_path / f"m.{kind}")
    np.testing.assert_array_equal(load_mask(path, ANYWHERE), LABELS > 0)
    np.testing.assert_array_equal(load_mask(path, ANYWHERE, label=4), LABELS == 4)
    with pytest.raises(MaskError, match="has no label 3; it has 1, 4"):
        load_mask(path, ANYWHERE, label=3)


def test_geometry_that_does_not_match(tmp_path: Path) -> None:
    with pytest.raises(MaskError, match=r"spacing 2\.5 x 0\.7 x 0\.6 mm and the image 2\.5 x 0\.7 x 0\.5 mm"):
        load_mask(label_map(tmp_path / "a.nii.gz", spacing=(0.6, 0.7, 2.5)), ANYWHERE)
    with pytest.raises(MaskError, match="turned against its image"):
        load_mask(label_map(tmp_path / "b.nii.gz", direction=(1, 0, 0, 0, 1, 0, 0, 0, 1)), ANYWHERE)
    with pytest.raises(MaskError, match="lies 1 voxels beside its image"):
        load_mask(label_map(tmp_path / "c.nii.gz", first=(0, 1, 0)), ANYWHERE)
    with pytest.raises(MaskError, match="has shape"):
        load_mask(label_map(tmp_path / "d.nii.gz", LABELS[1:]), ANYWHERE)


def test_fractions_and_several_values_are_no_labels(tmp_path: Path) -> None:
    with pytest.raises(MaskError, match="holds fractions"):
        load_mask(label_map(tmp_path / "a.nii.gz", LABELS * np.float32(0.3)), ANYWHERE)
    np.testing.assert_array_equal(load_mask(label_map(tmp_path / "b.nrrd", LABELS * 1.0), ANYWHERE), LABELS > 0)
    with pytest.raises(MaskError, match="2 values a voxel"):
        load_mask(label_map(tmp_path / "c.nrrd", np.stack([LABELS, LABELS], axis=-1)), ANYWHERE)


def test_slicer_segmentation_cut_to_its_extent_is_put_back(tmp_path: Path) -> None:
    part = LABELS[1:3, 2:5, 3:6]
    path = label_map(tmp_path / "m.seg.nrrd", part, (3, 2, 1), fields=segments(("Lesion", 1, 0)))
    np.testing.assert_array_equal(load_mask(path, ANYWHERE), LABELS == 1)
    outside = label_map(tmp_path / "n.seg.nrrd", part, (6, 2, 1), fields=segments(("Lesion", 1, 0)))
    with pytest.raises(MaskError, match="reaches beyond its image"):
        load_mask(outside, ANYWHERE)
    other = label_map(tmp_path / "o.seg.nrrd", part, (3, 2, 1), (0.25, 0.7, 2.5), fields=segments(("Lesion", 1, 0)))
    with pytest.raises(MaskError, match="has the spacing"):
        load_mask(other, ANYWHERE)


def test_slicer_segmentation_with_several_segments(tmp_path: Path) -> None:
    named = label_map(tmp_path / "a.seg.nrrd", fields=segments(("Tumour", 4, 0), ("0-3 mm", 1, 0)))
    np.testing.assert_array_equal(load_mask(named, ANYWHERE), LABELS == 4)
    np.testing.assert_array_equal(load_mask(named, ANYWHERE, label=1), LABELS == 1)
    unnamed = label_map(tmp_path / "b.seg.nrrd", fields=segments(("Left", 4, 0), ("Right", 1, 0)))
    with pytest.raises(MaskError, match=r"one segment as tumour among Left, Right; save the one segment alone"):
        load_mask(unnamed, ANYWHERE)
    with pytest.raises(MaskError, match="does not single out"):
        load_mask(unnamed, ANYWHERE, label=9)


def test_a_role_takes_its_own_segment(tmp_path: Path) -> None:
    path = label_map(tmp_path / "a.seg.nrrd", fields=segments(("tumour", 4, 0), ("Within", 1, 0)))
    np.testing.assert_array_equal(load_mask(path, ANYWHERE, role="within"), LABELS == 1)
    np.testing.assert_array_equal(load_mask(path, ANYWHERE), LABELS == 4)
    with pytest.raises(MaskError, match="one segment as exclude among tumour, Within; save the one segment alone"):
        load_mask(path, ANYWHERE, role="exclude")
    only = label_map(tmp_path / "b.seg.nrrd", fields=segments(("Breast", 1, 0)))
    np.testing.assert_array_equal(load_mask(only, ANYWHERE, role="within"), LABELS == 1)


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("tumour", r"The mask \S+ is empty; outline the tumour in it\."),
        ("within", r"The within mask \S+ is empty; draw in it where the rings may lie, or leave it out\."),
    ],
)
def test_an_empty_mask_is_refused_in_words_of_its_role(tmp_path: Path, role: str, said: str) -> None:
    for path, image in empty_masks(tmp_path):
        with pytest.raises(MaskError, match=said):
            load_mask(path, image, role=role)


def test_nothing_to_exclude_is_allowed(tmp_path: Path) -> None:
    for path, image in empty_masks(tmp_path):
        found = load_mask(path, image, role="exclude")
        assert found.shape == image.spatial_shape
        assert not found.any()


def test_one_slice_that_was_cut_out_of_a_volume_is_put_back(tmp_path: Path) -> None:
    path = label_map(tmp_path / "a.seg.nrrd", LABELS[2:3], first=(0, 0, 2), fields=segments(("tumour", 1, 0)))
    mask = load_mask(path, ANYWHERE)
    assert mask[2].any() and not np.delete(mask, 2, axis=0).any()
    np.testing.assert_array_equal(mask[2], LABELS[2] == 1)


def test_a_transparent_picture_is_no_mask(tmp_path: Path) -> None:
    pixels = np.full((12, 17, 4), 255, np.uint8)
    pixels[..., 3] = np.where(BLOB, 255, 0)
    with pytest.raises(MaskError, match="partly transparent"):
        load_mask(picture(tmp_path / "a.png", pixels), PICTURE)


def empty_masks(folder: Path) -> list[tuple[Path, Image]]:
    """A picture, a label map and a segment without a pixel, each with its image."""
    nothing = np.zeros_like(LABELS)
    return [
        (picture(folder / "m.png", np.zeros((12, 17), np.uint8)), PICTURE),
        (label_map(folder / "m.nii.gz", nothing), ANYWHERE),
        (label_map(folder / "m.seg.nrrd", nothing, fields=segments(("Drawn", 1, 0))), ANYWHERE),
    ]


def test_a_study_reads_each_mask_for_its_role(tmp_path: Path) -> None:
    label_map(tmp_path / "image.nrrd", LABELS * np.int16(100))
    label_map(tmp_path / "a.seg.nrrd", fields=segments(("tumour", 4, 0), ("within", 1, 0)))
    (tmp_path / "study.json").write_text(
        '{"image": "image.nrrd", "mask": "a.seg.nrrd", "mask_within": "a.seg.nrrd", "mask_image": "a.seg.nrrd"}'
    )
    masks = load_study(tmp_path).masks
    np.testing.assert_array_equal(masks["within"], LABELS == 1)
    np.testing.assert_array_equal(masks["tumour"], LABELS == 4)
    np.testing.assert_array_equal(masks["image"], LABELS == 4)


def test_slicer_segmentation_in_layers(tmp_path: Path) -> None:
    layers = np.stack([LABELS == 4, LABELS > 0], axis=-1).astype(np.uint8)
    path = label_map(tmp_path / "m.seg.nrrd", layers, fields=segments(("Necrosis", 1, 0), ("tumor", 1, 1)))
    np.testing.assert_array_equal(load_mask(path, ANYWHERE), LABELS > 0)
    with pytest.raises(MaskError, match="does not single out"):
        load_mask(path, ANYWHERE, label=1)


def test_a_segmentation_is_not_an_image(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="is a Slicer segmentation, not an image"):
        load_study(label_map(tmp_path / "m.seg.nrrd", fields=segments(("Lesion", 1, 0))))


def test_a_mask_in_pixels_fits_a_picture_with_any_spacing(tmp_path: Path) -> None:
    """Slicer saves what is drawn on a picture with one slice and spacing 1."""
    part = np.ones((1, 5, 6), np.uint8)
    image = sitk.GetImageFromArray(part)
    image.SetOrigin((5, 3, 0))
    for key, value in segments(("Lesion", 1, 0)).items():
        image.SetMetaData(key, value)
    sitk.WriteImage(image, str(tmp_path / "m.seg.nrrd"))
    np.testing.assert_array_equal(load_mask(tmp_path / "m.seg.nrrd", PICTURE), BLOB)
    scaled = replace(PICTURE, spacing=Spacing((0.1, 0.1), "given by the user"))
    np.testing.assert_array_equal(load_mask(tmp_path / "m.seg.nrrd", scaled), BLOB)


def test_a_mask_written_from_a_dicom_series_fits_it(tmp_path: Path) -> None:
    ct_series(tmp_path / "ct", [4.0, -2.0, 1.0])
    image = load_study(tmp_path / "ct").image()
    mask = np.zeros(image.pixels.shape, np.uint8)
    mask[1, 2:4, 1:3] = 1
    itk = sitk.GetImageFromArray(mask)
    itk.SetSpacing(image.spacing_mm[::-1])
    itk.SetOrigin(image.frame.origin)
    sitk.WriteImage(itk, str(tmp_path / "m.nii.gz"))
    np.testing.assert_array_equal(load_mask(tmp_path / "m.nii.gz", image), mask > 0)


def test_files_that_are_no_masks(tmp_path: Path) -> None:
    with pytest.raises(MaskError, match=r"is DICOM; export it from Slicer as \.seg\.nrrd"):
        load_mask(save(dataset(np.zeros((12, 17), np.uint8)), tmp_path / "m.dcm"), PICTURE)
    with pytest.raises(StudyError, match="There is no file"):
        load_mask(tmp_path / "none.png", PICTURE)
    whole = label_map(tmp_path / "m.nii.gz").read_bytes()
    (tmp_path / "cut.nii.gz").write_bytes(whole[:-20])
    with pytest.raises(TumorResponseError):
        load_mask(tmp_path / "cut.nii.gz", ANYWHERE)


def test_breast_masks(shared_data: Path) -> None:
    folder = shared_data / "busi_dev"
    name = sorted((folder / "masks").glob("malignant*.png"))[0].name
    image = load_study(folder / "images" / name).image()
    mask = load_mask(folder / "masks" / name, image)
    assert mask.shape == image.pixels.shape
    np.testing.assert_array_equal(mask, np.asarray(Pillow.open(folder / "masks" / name)) > 127)
