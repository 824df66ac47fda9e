from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from TumorResponseLib.core.box import Box, bounding_box, separate_boxes
from TumorResponseLib.core.errors import MaskError, SpacingError, UsageError
from TumorResponseLib.core.rings import make_rings

SPACINGS_MM = (0.1, 0.25, 0.7, 1.0, 1.5, 3.0)
RADII_MM = ((3.0, 5.0, 10.0), (0.3,), (1.0, 1.5), (0.5, 2.5, 3.0, 4.0))


def brute_force_labels(
    tumour: NDArray[np.bool_], spacing: tuple[float, ...], radii: tuple[float, ...], allowed: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Labels from the distance of every voxel to every tumour voxel; equal to within 1e-9 is equal."""
    voxels = np.argwhere(np.ones_like(tumour)) * spacing
    lesions = np.argwhere(tumour) * spacing
    distance = np.full(len(voxels), np.inf)
    for lesion in lesions:
        distance = np.minimum(distance, np.sqrt(((voxels - lesion) ** 2).sum(axis=1)))
    labels = np.zeros(len(voxels), dtype=np.uint8)
    inner = 0.0
    for number, radius in enumerate(radii):
        beyond_inner = (distance > inner) & ~np.isclose(distance, inner, rtol=1e-9, atol=0.0)
        up_to_outer = (distance < radius) | np.isclose(distance, radius, rtol=1e-9, atol=0.0)
        labels[beyond_inner & up_to_outer & allowed.ravel()] = number + 2
        inner = radius
    labels[tumour.ravel()] = 1
    return labels.reshape(tumour.shape)


@st.composite
def cases(draw: st.DrawFn) -> tuple[NDArray[np.bool_], tuple[float, ...], tuple[float, ...], NDArray[np.bool_]]:
    axes = draw(st.sampled_from((2, 3)))
    longest = 40 if axes == 2 else 14
    shape = tuple(draw(st.integers(1, longest)) for _ in range(axes))
    spacing = tuple(draw(st.sampled_from(SPACINGS_MM)) for _ in range(axes))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    tumour = np.zeros(shape, dtype=np.bool_)
    for _ in range(draw(st.integers(1, 4))):
        corner = [random.integers(0, size) for size in shape]  # blocks often touch or cross the border
        block = tuple(slice(low, low + random.integers(1, 5)) for low in corner)
        tumour[block] |= random.random(tumour[block].shape) < 0.8
        tumour[tuple(corner)] = True
    allowed = random.random(shape) < 0.7 if draw(st.booleans()) else np.ones(shape, dtype=np.bool_)
    return tumour, spacing, draw(st.sampled_from(RADII_MM)), allowed


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_rings_equal_brute_force(case: tuple) -> None:
    tumour, spacing, radii, allowed = case
    rings = make_rings(tumour, spacing, radii, within=allowed)
    expected = brute_force_labels(tumour, spacing, radii, allowed)
    np.testing.assert_array_equal(rings.labels, expected)
    outside_box = rings.labels.copy()
    outside_box[rings.box.slices] = 0
    assert not outside_box.any()


def test_distance_equal_to_a_radius_belongs_to_the_inner_band() -> None:
    tumour = np.zeros((1, 80), dtype=np.bool_)
    tumour[0, 0] = True
    labels = make_rings(tumour, (0.1, 0.1), (3.0, 5.0)).labels[0]
    assert labels[30] == 2
    assert labels[31] == 3
    assert labels[50] == 3
    assert labels[51] == 0


def test_within_and_exclude_cut_bands_but_never_the_tumour() -> None:
    tumour = np.zeros((21, 21), dtype=np.bool_)
    tumour[10, 10] = True
    within = np.zeros_like(tumour)
    within[:, 11:] = True
    exclude = np.zeros_like(tumour)
    exclude[:11] = True
    labels = make_rings(tumour, (1.0, 1.0), (3.0,), within=within, exclude=exclude).labels
    assert labels[10, 10] == 1
    assert not labels[:, :10].any()
    assert not labels[:10].any()
    assert labels[11, 11] == 2
    only_excluded = make_rings(tumour, (1.0, 1.0), (3.0,), exclude=exclude).labels
    assert only_excluded[11, 9] == 2
    assert only_excluded[9, 9] == 0


def test_bands_and_margins() -> None:
    tumour = np.zeros((5, 31, 31), dtype=np.bool_)
    tumour[2, 15, 15] = True
    rings = make_rings(tumour, (3.0, 1.0, 1.0))
    assert rings.names == ("tumour", "0-3 mm", "3-5 mm", "5-10 mm")
    np.testing.assert_array_equal(rings.margin(0), tumour)
    np.testing.assert_array_equal(rings.band(0), tumour)
    np.testing.assert_array_equal(rings.margin(2), rings.band(0) | rings.band(1) | rings.band(2))
    assert rings.band(1)[1, 15, 15]  # the next slice is exactly 3 mm away
    assert rings.margin(3).sum() == (rings.labels > 0).sum()
    with pytest.raises(IndexError):
        rings.band(4)
    with pytest.raises(IndexError):
        rings.margin(-1)


def test_distant_lesions_get_boxes_of_their_own() -> None:
    mask = np.zeros((200, 300), dtype=np.bool_)
    mask[10:20, 10:20] = True
    mask[10:15, 200:230] = True
    mask[150, 12] = True
    boxes = separate_boxes(mask, (30, 30))
    assert sorted((box.start, box.stop) for box in boxes) == [
        ((10, 10), (20, 20)),
        ((10, 200), (15, 230)),
        ((150, 12), (151, 13)),
    ]
    assert bounding_box(mask) == Box((10, 10), (151, 230))


def test_a_known_box_gives_the_same_rings() -> None:
    tumour = np.zeros((60, 70), dtype=np.bool_)
    tumour[20:30, 5:9] = True
    tumour[50, 60] = True
    known = make_rings(tumour, (0.5, 0.8), (3.0, 5.0), tumour_box=Box((15, 2), (55, 69)))
    np.testing.assert_array_equal(known.labels, make_rings(tumour, (0.5, 0.8), (3.0, 5.0)).labels)


def test_empty_tumour_is_refused() -> None:
    with pytest.raises(MaskError, match="no tumour"):
        make_rings(np.zeros((4, 4), dtype=np.bool_), (1.0, 1.0))


@pytest.mark.parametrize("radii", [(), (0.0, 3.0), (-1.0,), (5.0, 3.0), (3.0, 3.0), (3.0, np.inf), (np.nan,)])
def test_senseless_radii_are_refused(radii: tuple[float, ...]) -> None:
    with pytest.raises(UsageError, match="positive and increasing"):
        make_rings(np.ones((4, 4), dtype=np.bool_), (1.0, 1.0), radii)


def test_254_radii_fit_and_255_do_not() -> None:
    tumour = np.zeros((1, 300), dtype=np.bool_)
    tumour[0, 0] = True
    labels = make_rings(tumour, (1.0, 1.0), tuple(float(radius) for radius in range(1, 255))).labels
    assert labels[0, 254] == 255
    assert labels[0, 255] == 0
    with pytest.raises(UsageError, match="254"):
        make_rings(tumour, (1.0, 1.0), tuple(float(radius) for radius in range(1, 256)))


@pytest.mark.parametrize("spacing", [(1.0,), (1.0, 1.0, 1.0), (1.0, 0.0), (1.0, np.nan)])
def test_senseless_spacing_is_refused(spacing: tuple[float, ...]) -> None:
    with pytest.raises(SpacingError):
        make_rings(np.ones((4, 4), dtype=np.bool_), spacing)


def test_masks_of_other_shape_are_refused() -> None:
    tumour = np.ones((4, 4), dtype=np.bool_)
    with pytest.raises(MaskError, match="within"):
        make_rings(tumour, (1.0, 1.0), within=np.ones((4, 5), dtype=np.bool_))
    with pytest.raises(MaskError, match="exclude"):
        make_rings(tumour, (1.0, 1.0), exclude=np.ones((5, 4), dtype=np.bool_))
