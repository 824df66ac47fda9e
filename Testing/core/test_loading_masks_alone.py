"""Masks without an image: what they lie on is what their file says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from Testing.core.mask_files import ANYWHERE, BLOB, LABELS, ORIGIN, PICTURE, TURN, label_map, picture, segments
from TumorResponseLib.core.errors import MaskError
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.loading import load_mask, load_mask_alone
from TumorResponseLib.core.rings import make_rings
from TumorResponseLib.core.saving import write_segmentation


@pytest.mark.parametrize("bright", [255, 1])
def test_a_picture_alone_is_read_as_on_its_image(tmp_path: Path, bright: int) -> None:
    soft = (BLOB * bright).astype(np.uint8)
    soft[2, 5:11] = bright // 3
    path = picture(tmp_path / "m.png", soft)
    mask, image = load_mask_alone(path, spacing=Spacing((0.2,), "given by the user"))
    np.testing.assert_array_equal(mask, load_mask(path, PICTURE))
    np.testing.assert_array_equal(mask, BLOB)
    assert image.spacing_mm == (0.2, 0.2)
    assert load_mask_alone(path)[1].spacing is None


def test_a_label_map_alone_keeps_its_grid(tmp_path: Path) -> None:
    mask, image = load_mask_alone(label_map(tmp_path / "m.nii.gz"))
    np.testing.assert_array_equal(mask, LABELS > 0)
    assert_grid_of(image, ANYWHERE)
    with pytest.raises(MaskError, match="is empty; outline the tumour"):
        load_mask_alone(label_map(tmp_path / "n.nii.gz", np.zeros_like(LABELS)))
    with pytest.raises(MaskError, match="holds fractions"):
        load_mask_alone(label_map(tmp_path / "f.nii.gz", LABELS * np.float32(0.3)))


def test_of_written_regions_alone_the_tumour_is_read(tmp_path: Path) -> None:
    rings = make_rings(LABELS == 4, ANYWHERE.spacing_mm, (1.0, 2.0))
    write_segmentation(rings, ANYWHERE, tmp_path / "regions.seg.nrrd")
    mask, image = load_mask_alone(tmp_path / "regions.seg.nrrd")
    np.testing.assert_array_equal(mask, LABELS == 4)
    assert_grid_of(image, ANYWHERE)


def test_a_cut_segmentation_alone_is_put_back_on_its_reference_grid(tmp_path: Path) -> None:
    part, fields = LABELS[1:3, 2:5, 3:6], segments(("Lesion", 1, 0))
    offset = {"Segmentation_ReferenceImageExtentOffset": "3 2 1"}
    path = label_map(tmp_path / "m.seg.nrrd", part, (3, 2, 1), fields=fields | offset | reference_geometry((0, 0, 0)))
    mask, image = load_mask_alone(path)
    np.testing.assert_array_equal(mask, LABELS == 1)
    assert_grid_of(image, ANYWHERE)
    path = label_map(tmp_path / "n.seg.nrrd", part, (3, 2, 1), fields=fields | offset | reference_geometry((1, 2, 0)))
    mask, image = load_mask_alone(path)
    np.testing.assert_array_equal(mask, LABELS[:, 2:, 1:] == 1)
    np.testing.assert_array_equal(load_mask(path, image), mask)
    path = label_map(tmp_path / "o.seg.nrrd", part, (3, 2, 1), fields=fields | offset)
    with pytest.raises(MaskError, match="is cut to its segments and does not say how large its image is"):
        load_mask_alone(path)


def test_a_cut_segmentation_of_one_slice_is_put_back(tmp_path: Path) -> None:
    whole = LABELS[2:3]
    fields = segments(("Lesion", 1, 0)) | reference_geometry((0, 0, 0), slices=1)
    mask, image = load_mask_alone(label_map(tmp_path / "m.seg.nrrd", whole[:, 2:5, 3:6], (3, 2, 0), fields=fields))
    np.testing.assert_array_equal(mask, whole[0] == 1)
    assert image.spacing_mm == pytest.approx((0.7, 0.5))


def reference_geometry(first: tuple[int, int, int], slices: int = 6) -> dict[str, str]:
    """The grid of ``ANYWHERE`` from index ``first`` (x, y, z) on, as Slicer's segmentations describe it: in RAS."""
    steps = np.diag((0.5, 0.7, 2.5))
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = np.array(TURN).reshape(3, 3) @ steps, ORIGIN
    numbers = [f"{number:.17g}" for number in (np.diag((-1, -1, 1, 1)) @ matrix).ravel()]
    for low, count in zip(first, (8, 7, slices), strict=True):
        numbers += [str(low), str(count - 1)]
    words = f"Collapse labelmaps|1|Merge.&Reference image geometry|{';'.join(numbers)};|Image geometry.&"
    return {"Segmentation_ConversionParameters": words}


def assert_grid_of(image: Image, expected: Image) -> None:
    assert image.spatial_shape == expected.spatial_shape
    np.testing.assert_allclose(image.spacing_mm, expected.spacing_mm)
    np.testing.assert_allclose(image.frame.origin, expected.frame.origin, atol=1e-5)
    np.testing.assert_allclose(image.frame.directions, expected.frame.directions, atol=1e-6)
