from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from TumorResponseLib.core.errors import MaskError, SpacingError
from TumorResponseLib.core.recist import diameters


def ellipse(
    shape: tuple[int, int], spacing: tuple[float, float], axes_mm: tuple[float, float], angle: float
) -> NDArray[np.bool_]:
    rows, columns = np.indices(shape)
    down = (rows - (shape[0] - 1) / 2) * spacing[0]
    right = (columns - (shape[1] - 1) / 2) * spacing[1]
    along = right * np.cos(angle) + down * np.sin(angle)
    across = down * np.cos(angle) - right * np.sin(angle)
    return (along / (axes_mm[0] / 2)) ** 2 + (across / (axes_mm[1] / 2)) ** 2 <= 1.0


def measured_by_brute_force(mask: NDArray[np.bool_], spacing: tuple[float, float]) -> tuple[float, float]:
    """Longest pair of edge midpoints; widest perpendicular chord of their hull, by clipping lines against triangles."""
    midpoints = np.array([[-0.5, 0.0], [0.5, 0.0], [0.0, -0.5], [0.0, 0.5]])
    points = (np.argwhere(mask)[:, None] + midpoints).reshape(-1, 2) * spacing
    apart = points[:, None] - points
    length = np.hypot(apart[..., 0], apart[..., 1])
    start, stop = np.unravel_index(length.argmax(), length.shape)
    along = (points[stop] - points[start]) / length.max()
    across = np.array([-along[1], along[0]])
    position, height = points @ along, points @ across
    # The hull's height at a position is the highest of all segments between two points there.
    widest = 0.0
    for here in position:
        left, right = position <= here, position >= here
        run = position[right][None] - position[left][:, None]
        share = np.divide(here - position[left][:, None], run, out=np.zeros_like(run), where=run > 1e-9)
        reached = height[left][:, None] * (1 - share) + height[right][None] * share
        widest = max(widest, reached.max() - reached.min())
    return length.max(), widest


@pytest.mark.parametrize("diameter", [3.0, 10.0, 31.0])
@pytest.mark.parametrize("spacing", [(0.5, 0.5), (0.4, 1.0)])
def test_a_disc_measures_its_diameter_within_a_pixel(diameter: float, spacing: tuple[float, float]) -> None:
    measured = diameters(ellipse((101, 101), spacing, (diameter, diameter), 0.0), spacing)
    assert measured.long_mm == pytest.approx(diameter, abs=max(spacing))
    assert measured.short_mm == pytest.approx(diameter, abs=max(spacing))


@pytest.mark.parametrize("angle", [0.0, 0.4, 1.2, 2.5])
def test_an_oblique_ellipse_measures_both_axes(angle: float) -> None:
    spacing = (0.3, 0.5)
    measured = diameters(ellipse((201, 141), spacing, (40.0, 22.0), angle), spacing)
    assert measured.long_mm == pytest.approx(40.0, abs=0.6)
    assert measured.short_mm == pytest.approx(22.0, abs=0.6)
    long_vector = np.subtract(*measured.long_ends) * spacing
    short_vector = np.subtract(*measured.short_ends) * spacing
    assert np.hypot(*long_vector) == pytest.approx(measured.long_mm)
    assert np.hypot(*short_vector) == pytest.approx(measured.short_mm)
    assert long_vector @ short_vector == pytest.approx(0.0, abs=1e-6)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    spacing=st.tuples(st.sampled_from((0.3, 1.0, 2.0)), st.sampled_from((0.5, 1.0))),
)
def test_diameters_equal_brute_force(seed: int, shape: tuple[int, int], spacing: tuple[float, float]) -> None:
    random = np.random.default_rng(seed)
    mask = random.random(shape) < 0.5
    mask[random.integers(shape[0])] = True  # one lesion: columns hang on a full row
    mask = np.logical_or.accumulate(mask, axis=0)
    long_mm, short_mm = measured_by_brute_force(mask, spacing)
    measured = diameters(mask, spacing)
    assert measured.long_mm == pytest.approx(long_mm)
    vector = np.subtract(*measured.short_ends) * spacing
    assert np.hypot(*vector) == pytest.approx(measured.short_mm)
    if unique_longest(mask, spacing):
        assert measured.short_mm == pytest.approx(short_mm)


def unique_longest(mask: NDArray[np.bool_], spacing: tuple[float, float]) -> bool:
    midpoints = np.array([[-0.5, 0.0], [0.5, 0.0], [0.0, -0.5], [0.0, 0.5]])
    points = np.unique((np.argwhere(mask)[:, None] + midpoints).reshape(-1, 2), axis=0) * spacing
    apart = points[:, None] - points
    length = np.hypot(apart[..., 0], apart[..., 1])
    return int((length > length.max() - 1e-6).sum()) == 2


def test_one_pixel_measures_its_own_sides() -> None:
    mask = np.zeros((9, 9), dtype=np.bool_)
    mask[4, 7] = True
    measured = diameters(mask, (2.0, 0.5))
    assert measured.long_mm == pytest.approx(2.0)
    assert measured.short_mm == pytest.approx(0.5)
    assert sorted(measured.long_ends) == [(3.5, 7.0), (4.5, 7.0)]
    assert sorted(measured.short_ends) == [(4.0, 6.5), (4.0, 7.5)]
    assert measured.slice_index is None


def test_a_line_of_pixels_is_as_long_as_its_pixels() -> None:
    mask = np.zeros((5, 20), dtype=np.bool_)
    mask[2, 3:13] = True
    measured = diameters(mask, (1.0, 0.5))
    assert measured.long_mm == pytest.approx(5.0)
    assert measured.short_mm == pytest.approx(1.0)


def test_a_diagonal_line_is_one_lesion() -> None:
    measured = diameters(np.eye(10, dtype=np.bool_), (1.0, 1.0))
    assert measured.long_mm == pytest.approx(np.hypot(9.0, 10.0))
    assert measured.short_mm < 1.1


def test_a_volume_is_measured_in_the_slice_with_the_longest_diameter() -> None:
    mask = np.zeros((6, 30, 30), dtype=np.bool_)
    mask[1:5, 10:13, 10:13] = True
    mask[3, 10:12, 5:25] = True
    measured = diameters(mask, (5.0, 1.0, 1.0))
    assert measured.slice_index == 3
    assert measured.long_mm == pytest.approx(np.hypot(20.0, 1.0), abs=0.5)
    assert {point[0] for point in (*measured.long_ends, *measured.short_ends)} == {3.0}
    assert all(len(point) == 3 for point in measured.short_ends)


def test_only_the_largest_lesion_is_measured() -> None:
    mask = np.zeros((40, 60), dtype=np.bool_)
    mask[5:15, 5:15] = True
    mask[30, 20:50] = True  # longer, but fewer pixels
    measured = diameters(mask, (1.0, 1.0))
    assert measured.long_mm == pytest.approx(np.hypot(9.0, 10.0))
    assert all(4.0 < value < 16.0 for point in measured.long_ends for value in point)


def test_empty_masks_and_wrong_spacing_are_refused() -> None:
    with pytest.raises(MaskError):
        diameters(np.zeros((3, 3), dtype=np.bool_), (1.0, 1.0))
    with pytest.raises(SpacingError):
        diameters(np.ones((3, 3), dtype=np.bool_), (1.0, 1.0, 1.0))
