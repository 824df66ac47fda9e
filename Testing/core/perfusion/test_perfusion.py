"""Perfusion of simulated boluses with known truth, noise and motion."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, rotate, shift

from TumorResponseLib.core.errors import MaskError, StudyError
from TumorResponseLib.core.perfusion.bolus import Bolus, NoBolus, fit_bolus, log_normal
from TumorResponseLib.core.perfusion.curve import TimeIntensityCurve, echo_power, time_intensity_curve
from TumorResponseLib.core.perfusion.maps import parameter_maps
from TumorResponseLib.core.perfusion.motion import frame_correlations, register_frames, steady_frames

TIMES = np.arange(0, 60, 0.5)


def bolus_curve(
    area: float = 300.0, mu: float = 2.3, sigma: float = 0.6, arrival: float = 5.0, noise: float = 0.0, seed: int = 0
) -> TimeIntensityCurve:
    clean = 4.0 + log_normal(TIMES, area, mu, sigma, arrival)
    return TimeIntensityCurve(TIMES, clean + np.random.default_rng(seed).normal(0, noise, TIMES.shape), linear=True)


def fitted(curve: TimeIntensityCurve) -> Bolus:
    bolus = fit_bolus(curve)
    assert isinstance(bolus, Bolus), bolus
    return bolus


@pytest.mark.parametrize(("mu", "sigma", "arrival"), [(2.3, 0.6, 5.0), (1.5, 0.4, 10.0), (2.8, 0.5, 0.0)])
def test_a_clean_bolus_gives_its_own_numbers(mu: float, sigma: float, arrival: float) -> None:
    bolus = fitted(bolus_curve(300.0, mu, sigma, arrival))
    to_peak = exp(mu - sigma**2)
    assert bolus.area == pytest.approx(300.0, rel=0.02)
    assert bolus.time_to_peak_s == pytest.approx(to_peak, rel=0.05)
    assert bolus.mean_transit_s == pytest.approx(exp(mu + sigma**2 / 2), rel=0.03)
    assert bolus.arrival_s == pytest.approx(arrival, abs=0.4)
    assert bolus.baseline == pytest.approx(4.0, abs=0.1)
    peak = log_normal(np.array([arrival + to_peak]), 300.0, mu, sigma, arrival)[0]
    assert bolus.peak_enhancement == pytest.approx(peak, rel=0.02)
    assert bolus.wash_in_rate > bolus.wash_out_rate > 0
    assert bolus.r_squared > 0.999


def test_noise_moves_the_numbers_little_and_without_bias() -> None:
    fits = [fitted(bolus_curve(noise=1.0, seed=seed)) for seed in range(12)]
    assert np.mean([fit.area for fit in fits]) == pytest.approx(300, rel=0.05)
    assert np.std([fit.area for fit in fits]) / 300 < 0.08
    assert np.mean([fit.arrival_s + fit.time_to_peak_s for fit in fits]) == pytest.approx(5 + exp(2.3 - 0.36), rel=0.05)


def test_single_frames_that_moved_do_not_bend_the_fit() -> None:
    curve = bolus_curve(noise=0.3)
    values = curve.intensity.copy()
    values[[30, 61, 90]] = 0.0
    assert fitted(TimeIntensityCurve(TIMES, values, True)).area == pytest.approx(300, rel=0.05)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.full(TIMES.shape, 3.0), "does not enhance"),
        (np.random.default_rng(1).normal(10, 2, TIMES.shape), "no bolus"),
        (np.where((TIMES // 5) % 2 == 0, 0.0, 10.0), "no bolus"),
    ],
)
def test_what_is_no_bolus_gets_no_number(values: NDArray[np.float64], reason: str) -> None:
    answer = fit_bolus(TimeIntensityCurve(TIMES, values, True))
    assert isinstance(answer, NoBolus)
    assert reason in answer.reason


def test_a_recording_without_peak_or_with_few_frames_gets_no_number() -> None:
    curve = bolus_curve(mu=4.5, sigma=0.4)
    assert isinstance(fit_bolus(curve), NoBolus)
    assert isinstance(fit_bolus(TimeIntensityCurve(TIMES[:5], curve.intensity[:5], True)), NoBolus)


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
    inside = fitted(time_intensity_curve(frames, TIMES, region, linear=True))
    assert inside.area == pytest.approx(300, rel=0.05)
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
    moved, motions = register_frames(moving)
    inner = (slice(10, -10), slice(10, -10))
    for index in (2, 3):
        before = np.abs(moving[index][inner] - still[0][inner]).mean()
        after = np.abs(moved[index][inner] - still[0][inner]).mean()
        assert after < 0.35 * before
    assert motions[2, 1:] == pytest.approx((-4.0, 3.0), abs=0.3)
    assert abs(motions[3, 0]) == pytest.approx(np.deg2rad(4.0), abs=0.01)
    np.testing.assert_array_equal(motions[0], 0)
