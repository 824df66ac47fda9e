"""Volumes of one examination on one grid: by their place in the patient, whatever their voxels."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from Testing.core.pet.pet_objects import ct_series, two_slices
from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.fusion_grid import Grid, covered, mask_onto_grid, onto_grid, require_one_frame
from TumorResponseLib.core.image import Frame, Image, Spacing
from TumorResponseLib.core.loading import load_mask, load_study

COSINE, SINE = 0.8, 0.6
TURNED = ((COSINE, -SINE, 0.0), (SINE, COSINE, 0.0), (0.0, 0.0, 1.0))
STRAIGHT = Frame().directions


def grid(
    shape: tuple[int, int, int], spacing: tuple[float, float, float], origin: tuple[float, float, float],
    directions: tuple[tuple[float, float, float], ...] = STRAIGHT, uid: str | None = None,
) -> Grid:  # fmt: skip
    return Grid(shape, spacing, Frame(origin, directions, uid))


def places(grid: Grid) -> NDArray[np.float64]:
    """Place of each voxel in mm, ``(slices, rows, columns, 3)``."""
    index = np.stack(np.meshgrid(*(np.arange(size) for size in grid.shape), indexing="ij"), axis=-1)
    x, y, z = (np.array(grid.frame.directions)[:, axis] for axis in range(3))
    steps = index * np.array(grid.spacing_mm)
    return np.asarray(steps[..., 2:3] * x + steps[..., 1:2] * y + steps[..., 0:1] * z + np.array(grid.frame.origin))


def slope(grid: Grid) -> NDArray[np.float64]:
    """A field that linear interpolation gives back exactly."""
    return np.asarray(places(grid) @ np.array([0.5, -0.25, 2.0]) + 7)


def image(grid: Grid, pixels: NDArray[np.floating], modality: str = "PT") -> Image:
    return Image(pixels, Spacing(grid.spacing_mm, "NIfTI header"), grid.frame, modality, units="SUVbw")


COARSE = grid((9, 12, 14), (3.27, 4.0, 4.0), (-20.0, -18.0, 5.0))
FINE = grid((10, 20, 22), (2.0, 1.0, 1.0), (-5.0, -4.0, 10.0))
OBLIQUE = grid((8, 15, 15), (2.0, 1.5, 1.2), (2.0, -10.0, 8.0), TURNED)


@pytest.mark.parametrize("target", [FINE, OBLIQUE])
def test_values_stand_where_they_belong_in_the_patient(target: Grid) -> None:
    moved = onto_grid(image(COARSE, slope(COARSE)), target)
    np.testing.assert_allclose(moved.pixels, slope(target), atol=1e-3)
    assert Grid.of(moved) == target
    assert (moved.units, moved.modality) == ("SUVbw", "PT")


def test_an_oblique_image_comes_to_a_straight_grid() -> None:
    inside = covered(OBLIQUE, FINE)
    moved = onto_grid(image(OBLIQUE, slope(OBLIQUE)), FINE, fill=-1000)
    # Half a voxel along the rim holds the rim's value, so only what lies between voxel centres is a plane.
    offsets = places(FINE) - np.array(OBLIQUE.frame.origin)
    index = np.linalg.solve(OBLIQUE.matrix, offsets.reshape(-1, 3).T).T.reshape(*FINE.shape, 3)
    between = ((index >= 0) & (index <= np.array(OBLIQUE.shape) - 1)).all(axis=-1)
    assert 0 < between.sum() < between.size
    np.testing.assert_allclose(moved.pixels[between], slope(FINE)[between], atol=1e-3)
    assert (moved.pixels[~inside] == -1000).all()
    depth = np.minimum(index + 0.5, np.array(OBLIQUE.shape) - 0.5 - index).min(axis=-1)
    on_the_rim = np.abs(depth) < 1e-6
    np.testing.assert_array_equal(inside[~on_the_rim], depth[~on_the_rim] > 0)


def test_finer_images_are_smoothed_before_they_are_thinned() -> None:
    target = grid((4, 6, 6), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))
    fine = grid((16, 24, 24), (1.0, 1.0, 1.0), (-1.5, -1.5, -1.5))
    noise = np.random.default_rng(0).normal(size=fine.shape)
    moved = onto_grid(image(fine, noise), target).pixels
    assert moved.std() < 0.25
    flat = onto_grid(image(fine, np.full(fine.shape, 3.0)), target).pixels
    np.testing.assert_allclose(flat, 3.0, rtol=1e-6)


def test_masks_keep_their_volume() -> None:
    centre = np.array([6.0, 5.0, 20.0])
    fine = grid((60, 70, 70), (0.8, 0.9, 0.9), (-26.0, -26.0, -4.0))
    coarse = grid((15, 16, 16), (3.27, 4.0, 4.0), (-24.0, -25.0, -3.0))

    def ball(grid: Grid) -> NDArray[np.bool_]:
        return np.asarray(np.linalg.norm(places(grid) - centre, axis=-1) <= 15)

    def volume(mask: NDArray[np.bool_], grid: Grid) -> float:
        return float(mask.sum() * np.prod(grid.spacing_mm))

    true = 4 / 3 * np.pi * 15**3
    assert volume(mask_onto_grid(ball(fine), fine, coarse), coarse) == pytest.approx(true, rel=0.03)
    outlined = volume(ball(coarse), coarse)
    assert volume(mask_onto_grid(ball(coarse), coarse, fine), fine) == pytest.approx(outlined, rel=0.03)
    np.testing.assert_array_equal(mask_onto_grid(ball(fine), fine, fine), ball(fine))


def test_a_mask_at_the_scans_end_stays_there() -> None:
    mask = np.zeros(COARSE.shape, dtype=bool)
    mask[-2:] = True
    longer = grid((20, 12, 14), (3.27, 4.0, 4.0), COARSE.frame.origin)
    moved = mask_onto_grid(mask, COARSE, longer)
    assert moved[7:9].all()
    assert not moved[:7].any()
    assert not moved[9:].any()


def test_frames_of_reference_are_compared() -> None:
    first, second = (grid((4, 4, 4), (1, 1, 1), (0, 0, 0), uid=uid) for uid in ("1.2.3", "1.2.4"))
    with pytest.raises(StudyError, match=r"The pet and the ct image have different Frame of Reference UIDs"):
        require_one_frame({"pet": first, "ct": second})
    with pytest.raises(StudyError, match="Frame of Reference"):
        onto_grid(image(first, np.zeros((4, 4, 4))), second)
    unknown = grid((4, 4, 4), (1, 1, 1), (0, 0, 0))
    require_one_frame({"pet": first, "ct": unknown, "mr": first})
    far = grid((4, 4, 4), (1, 1, 1), (0, 0, 4))
    with pytest.raises(StudyError, match="The pet and the mr image do not overlap"):
        require_one_frame({"pet": unknown, "ct": first, "mr": far})


def test_only_volumes_have_a_grid() -> None:
    with pytest.raises(StudyError, match="volumes"):
        Grid.of(Image(np.zeros((3, 4)), Spacing((1, 1), "DICOM PixelSpacing")))


def test_dicom_pet_and_ct_of_one_examination(tmp_path: Path) -> None:
    two_slices(tmp_path / "pet")
    ct_series(tmp_path / "ct")
    ct_series(tmp_path / "other", frame="1.2.3.10")
    roles = {"image_pet": "pet", "image_ct": "ct", "image_other": "other"}
    (tmp_path / "study.json").write_text(json.dumps(roles))
    study = load_study(tmp_path)
    moved = onto_grid(study.image("pet"), Grid.of(study.image("ct")))
    # Slices at 0 and 4 mm hold SUV 2 and 4; CT slices lie at 0, 2, 4 and 6 mm, the last at the rim of the PET.
    np.testing.assert_allclose(moved.pixels[:3, 0, 0], [2, 3, 4], rtol=1e-6)
    with pytest.raises(StudyError, match="The pet and the other image"):
        require_one_frame({role: Grid.of(one) for role, one in study.images.items()})


PATIENTS = ("STS_001", "STS_004", "STS_025", "STS_035", "STS_038")


@pytest.mark.parametrize("patient", PATIENTS)
def test_three_grids_of_one_patient(shared_data: Path, patient: str) -> None:
    folder = shared_data / "sts_dev"
    images = {role: load_study(folder / f"{patient}_{role}.nii.gz").image() for role in ("pet", "ct", "mr")}
    masks = {role: load_mask(folder / f"{patient}_{role}_mask.nii.gz", images[role]) for role in images}
    grids = {role: Grid.of(one) for role, one in images.items()}
    require_one_frame(grids)
    volumes = {role: masks[role].sum() * np.prod(grids[role].spacing_mm) for role in images}
    for role, target in (("pet", "ct"), ("ct", "pet"), ("mr", "pet"), ("mr", "ct")):
        moved = mask_onto_grid(masks[role], grids[role], grids[target])
        overlap = 2 * (moved & masks[target]).sum() / (moved.sum() + masks[target].sum())
        assert overlap > 0.86
        assert moved.sum() * np.prod(grids[target].spacing_mm) == pytest.approx(volumes[role], rel=0.08)
    # The CT is cut 25 mm around the tumour: the PET reaches further, and the tumour lies in both.
    field = covered(grids["ct"], grids["pet"])
    assert 0.2 < field.mean() < 0.6
    assert field[masks["pet"]].all()


def test_soft_tissue_of_the_ct_comes_onto_the_pet(shared_data: Path) -> None:
    folder = shared_data / "sts_dev"
    with (folder / "qc.csv").open(newline="") as stream:
        means = {(row["patient"], row["modality"]): float(row["tumour_mean"]) for row in csv.DictReader(stream)}
    pet, ct = (load_study(folder / f"STS_001_{role}.nii.gz").image() for role in ("pet", "ct"))
    tumour = load_mask(folder / "STS_001_pet_mask.nii.gz", pet)
    moved = onto_grid(ct, Grid.of(pet), fill=-1000)
    assert moved.pixels[tumour].mean() == pytest.approx(means["STS_001", "ct"], abs=2)
    on_ct = onto_grid(pet, Grid.of(ct))
    ct_tumour = load_mask(folder / "STS_001_ct_mask.nii.gz", ct)
    assert on_ct.pixels[ct_tumour].mean() == pytest.approx(means["STS_001", "pet"], rel=0.03)
