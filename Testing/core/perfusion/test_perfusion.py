"""Curves, parameter maps and motion of simulated cines with known truth."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, rotate, shift

from TumorResponseLib.core.errors import MaskError, StudyError
from TumorResponseLib.core.perfusion.bolus import Bolus, NoBolus, log_normal
from TumorResponseLib.core.perfusion.bolus_fit import fit_bolus
from TumorResponseLib.core.perfusion.curve import echo_power, time_intensity_curve
from TumorResponseLib.core.perfusion.maps import parameter_maps
from TumorResponseLib.core.perfusion.motion import frame_correlations, move_frames, rigid_motions, steady_frames

TIMES = np.arange(0, 60, 0.5)


def test_log_compression_is_undone() -> None:
    power = np.array([1.0, 10.0, 1000.0])
    grey = 10 * np.log10(power) / 60 * 255
    np.testing.assert_allclose(echo_power(grey, 60.0), power, rtol=1e-4)
    with pytest.raises(StudyError, match="dynamic range"):
        echo_power(grey, 0.0)


def cine(seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    draw = np.random.default_rng(seed)
    tissue = gaussian_filter(draw.normal(size=(64, 64)), 3)
    tissue = 20 + 60 * (tissue - tissue.min()) / np.ptp(tissue)
    region = np.zeros((64, 64), dtype=bool)
    region[20:40, 25:45] = True
    bolus = log_normal(TIMES, 300.0, 2.3, 0.6, 5.0)
    frames = tissue + bolus[:, None, None] * region + draw.normal(0, 0.5, (len(TIMES), 64, 64))
    return frames.astype(np.float32), region


def test_the_curve_of_a_region_and_its_refusals() -> None:
    frames, region = cine()
    inside = fit_bolus(time_intensity_curve(frames, TIMES, region, linear=True))
    assert isinstance(inside, Bolus) and inside.area == pytest.approx(300, rel=0.02)
    assert isinstance(fit_bolus(time_intensity_curve(frames, TIMES, ~region, linear=True)), NoBolus)
    with pytest.raises(MaskError, match="no pixel"):
        time_intensity_curve(frames, TIMES, np.zeros_like(region), linear=True)
    with pytest.raises(StudyError, match="growing times"):
        time_intensity_curve(frames, TIMES[::-1], region, linear=True)


def test_maps_show_where_and_when_contrast_comes() -> None:
    frames, region = cine()
    maps = parameter_maps(frames, TIMES)
    core, outside = np.zeros_like(region), ~region
    core[24:36, 29:41] = True
    assert maps.peak_enhancement[core].mean() > 8 * maps.peak_enhancement[outside].mean()
    assert np.median(maps.time_to_peak_s[core]) == pytest.approx(5 + exp(2.3 - 0.36), abs=1.5)
    assert maps.area[core].mean() == pytest.approx(300, rel=0.15)


def test_frames_that_left_the_plane_are_marked_and_only_those() -> None:
    frames, _ = cine()
    other, _ = cine(seed=9)
    frames[40], frames[77] = other[40], other[77]
    steady = steady_frames(frame_correlations(frames))
    assert list(np.flatnonzero(~steady)) == [40, 77]
    assert steady_frames(frame_correlations(cine()[0])).all()


def test_rigid_motion_is_found_and_undone() -> None:
    frames, _ = cine()
    still = frames[:4].copy()
    moving = still.copy()
    moving[2] = shift(still[2], (3.0, -4.0), order=1, mode="nearest")
    moving[3] = rotate(still[3], 4.0, reshape=False, order=1, mode="nearest")
    motions = rigid_motions(moving)
    moved = move_frames(moving, motions)
    inner = (slice(10, -10), slice(10, -10))
    for index in (2, 3):
        before = np.abs(moving[index][inner] - still[0][inner]).mean()
        after = np.abs(moved[index][inner] - still[0][inner]).mean()
        assert after < 0.5 * before  # nearest pixels
    assert motions[2, 1:] == pytest.approx((-4.0, 3.0), abs=0.3)
    assert abs(motions[3, 0]) == pytest.approx(np.deg2rad(4.0), abs=0.01)
    np.testing.assert_array_equal(motions[0], 0)
    np.testing.assert_array_equal(moved[0], still[0])


def test_no_motion_makes_a_frame_less_like_the_reference() -> None:
    still, _ = cine()
    noise = np.random.default_rng(2).normal(20, 1, (6, 64, 64))
    frames = np.stack([still[0], *noise]).astype(np.float32)
    moved = move_frames(frames, rigid_motions(frames))
    before, after = (
        [np.corrcoef(gaussian_filter(one, 2).ravel(), gaussian_filter(still[0], 2).ravel())[0, 1] for one in some[1:]]
        for some in (frames, moved)
    )
    assert (np.array(after) >= np.array(before) - 1e-6).all()


def test_black_frames_before_the_contrast_stay_where_they_are() -> None:
    frames = np.zeros((4, 64, 64), dtype=np.uint8)
    frames[2:] = np.random.default_rng(0).integers(0, 255, (2, 64, 64), dtype=np.uint8)
    np.testing.assert_array_equal(rigid_motions(frames, 3)[:2], 0.0)
    np.testing.assert_array_equal(rigid_motions(frames, 0), 0.0)


def test_the_whole_way_from_grey_values_gives_the_bolus_within_2_percent() -> None:
    """Noiseless echo power, log-compressed to 8 bits, linearised again."""
    truth = Bolus(1.0, 900.0, 2.2, 0.75, 4.0)
    frames = np.repeat(np.repeat(truth.at(TIMES)[:, None, None], 8, axis=1), 8, axis=2)
    frames = frames * np.random.default_rng(0).uniform(0.5, 1.5, (8, 8))
    grey = np.rint(10 * np.log10(frames) / 50 * 255 + 30).astype(np.uint8)
    power = echo_power(grey, 50.0)
    bolus = fit_bolus(time_intensity_curve(power, TIMES, np.ones((8, 8), dtype=bool), linear=True))
    assert isinstance(bolus, Bolus)
    for name in ("time_to_peak_s", "mean_transit_s", "arrival_s"):
        assert getattr(bolus, name) == pytest.approx(getattr(truth, name), rel=0.02)
    for name in ("peak_enhancement", "wash_in_rate", "wash_out_rate", "area"):
        ratio, known = (getattr(one, name) / one.baseline for one in (bolus, truth))
        assert ratio == pytest.approx(known, rel=0.02)
