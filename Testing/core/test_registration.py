from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.fusion_grid import Grid
from TumorResponseLib.core.image import Frame, Image, Spacing
from TumorResponseLib.core.registration import Rigid, onto_image, register_rigidly

SPACING = (1.2, 0.6, 0.6)
SHAPE = (16, 64, 60)
FRAME = Frame(origin=(-18.0, -19.0, -9.0))


def turned(about_deg: tuple[float, float, float]) -> NDArray[np.float64]:
    """Rz Ry Rx, written out."""
    x, y, z = np.deg2rad(about_deg)
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)


def tissues(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """A body of four tissues at points ``(..., 3)`` in mm: an ellipsoid with three balls in it."""
    label = (((points / (16.0, 14.0, 40.0)) ** 2).sum(axis=-1) < 1).astype(np.int64)
    for number, (centre, radius) in enumerate([((-6, 2, -2), 5.0), ((6, -4, 3), 4.0), ((4, 7, -3), 3.5)], start=2):
        label[((points - centre) ** 2).sum(axis=-1) < radius**2] = number
    return label


def scanned(
    values: tuple[float, ...], rotation: NDArray[np.float64], shift: tuple[float, float, float], seed: int
) -> Image:
    """The body, moved, with a signal for each tissue, noise, and partial volume from a grid three times as fine."""
    fine = Grid(
        (3 * SHAPE[0], SHAPE[1], SHAPE[2]), (SPACING[0] / 3, *SPACING[1:]), replace(FRAME, origin=(-18.0, -19.0, -9.4))
    )
    places = np.moveaxis(np.indices(fine.shape), 0, -1) @ fine.matrix.T + fine.frame.origin
    seen = np.array(values)[tissues((places - shift) @ rotation)]  # the inverse of a rotation is its transpose
    noise = np.random.default_rng(seed).normal(0.0, 2.0, SHAPE)
    pixels = gaussian_filter(seen, (1.0, 0.5, 0.5)).reshape(SHAPE[0], 3, *SHAPE[1:]).mean(axis=1) + noise
    return Image(pixels.astype(np.float32), Spacing(SPACING, "test"), FRAME, "MR")


def error_mm(motion: Rigid, rotation: NDArray[np.float64], shift: tuple[float, float, float]) -> NDArray[np.float64]:
    """How far the motion takes points of the body from where they are, at most, along x, y and z."""
    points = np.array([(x, y, z) for x in (-12, 0, 12) for y in (-10, 0, 10) for z in (-6, 0, 6)], dtype=np.float64)
    return np.asarray(np.abs(motion.apply(points) - (points @ rotation.T + shift)).max(axis=0))


T1, CONTRAST = (0.0, 60.0, 90.0, 75.0, 110.0), (0.0, 80.0, 40.0, 150.0, 55.0)
"""Signals of air and the tissues: the order of their brightness differs."""


@pytest.mark.parametrize(
    ("about_deg", "shift"),
    [((0.0, 0.0, 0.0), (2.0, -1.5, 1.8)), ((1.5, -2.0, 6.0), (-1.0, 0.8, -1.0)), ((1.0, 1.0, 9.0), (2.0, 2.0, -1.0))],
)
def test_a_known_motion_is_found_to_less_than_half_a_voxel(
    about_deg: tuple[float, float, float], shift: tuple[float, float, float]
) -> None:
    rotation = turned(about_deg)
    fixed, moving = scanned(CONTRAST, np.eye(3), (0.0, 0.0, 0.0), 1), scanned(T1, rotation, shift, 2)
    found = register_rigidly(moving, fixed)
    assert (error_mm(found.motion, rotation, shift) < np.array(SPACING[::-1]) / 2).all()
    assert found.information_after > found.information_before + 0.05
    whole = np.degrees(np.arccos((np.trace(rotation) - 1) / 2))
    assert found.motion.angle_deg == pytest.approx(whole, abs=1.2)
    again = register_rigidly(moving, fixed)
    np.testing.assert_allclose(again.motion.shift_mm, found.motion.shift_mm, atol=1e-6)


def test_taking_the_motion_back_brings_the_tissues_on_one_another() -> None:
    rotation, shift = turned((1.0, -1.0, 5.0)), (1.5, -1.2, 0.9)
    fixed, moving = scanned(T1, np.eye(3), (0.0, 0.0, 0.0), 1), scanned(T1, rotation, shift, 2)
    images, made = onto_image({"t1": moving, "contrast": fixed}, "contrast", register=True)
    assert list(images) == ["t1", "contrast"] and list(made) == ["t1"] and made["t1"].reason == "asked for"
    middle = (slice(3, -3), slice(12, -12), slice(12, -12))
    before = np.abs(moving.pixels - fixed.pixels)[middle].mean()
    after = np.abs(images["t1"].pixels - fixed.pixels)[middle].mean()
    assert after < 0.5 * before
    assert images["t1"].frame == fixed.frame and images["t1"].spatial_shape == fixed.spatial_shape


def test_images_of_one_frame_are_only_resampled() -> None:
    fixed, moving = scanned(CONTRAST, np.eye(3), (0.0, 0.0, 0.0), 1), scanned(T1, np.eye(3), (2.0, 0.0, 0.0), 2)
    images, made = onto_image({"t1": moving, "contrast": fixed}, "contrast")
    assert made == {}
    np.testing.assert_array_equal(images["t1"].pixels, moving.pixels)


@pytest.mark.parametrize("away_mm", [0.0, 500.0])
def test_images_of_other_frames_are_registered(away_mm: float) -> None:
    shift = (1.0, -1.0, 0.6)
    fixed, moving = scanned(CONTRAST, np.eye(3), (0.0, 0.0, 0.0), 1), scanned(T1, np.eye(3), shift, 2)
    if away_mm:
        moving = replace(moving, frame=replace(FRAME, origin=(-18.0 + away_mm, -19.0, -9.0)))
    else:
        fixed = replace(fixed, frame=replace(FRAME, reference_uid="1.2.3"))
        moving = replace(moving, frame=replace(FRAME, reference_uid="1.2.4"))
    images, made = onto_image({"t1": moving, "contrast": fixed}, "contrast")
    assert made["t1"].reason == ("no overlap as they lie" if away_mm else "another frame of reference")
    assert np.isnan(made["t1"].information_before) == bool(away_mm)
    found = np.array(made["t1"].motion.apply(np.zeros((1, 3)))[0]) - (away_mm, 0.0, 0.0)
    assert (np.abs(found - shift) < np.array(SPACING[::-1]) / 2).all()
    assert images["t1"].frame.reference_uid == fixed.frame.reference_uid


def test_only_volumes_are_registered() -> None:
    flat = Image(np.zeros((8, 8), dtype=np.float32), Spacing((1.0, 1.0), "test"))
    with pytest.raises(StudyError, match="volumes"):
        register_rigidly(flat, flat)
