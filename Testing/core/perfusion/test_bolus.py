"""The log-normal bolus and its fit, on simulated curves with known truth and noise."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from TumorResponseLib.core.perfusion.bolus import Bolus, NoBolus, log_normal
from TumorResponseLib.core.perfusion.bolus_fit import fit_bolus
from TumorResponseLib.core.perfusion.curve import TimeIntensityCurve

TIMES = np.arange(0, 60, 0.5)
CINE_TIMES = np.arange(40) * 1.25
AREA, BASELINE = 300.0, 4.0


@dataclass(frozen=True)
class Truth:
    """Perfusion numbers of a log-normal curve, read off it numerically, not from the formulas under test."""

    peak_enhancement: float
    time_to_peak_s: float
    wash_in_rate: float
    wash_out_rate: float
    area: float
    mean_transit_s: float

    @classmethod
    def of(cls, mu: float, sigma: float) -> Truth:
        seconds = np.concatenate([np.linspace(1e-4, 100, 2_000_000), np.linspace(100, 5000, 500_000)[1:]])
        curve = log_normal(seconds, AREA, mu, sigma, 0.0)
        slopes = np.gradient(curve, seconds)
        area = float(np.trapezoid(curve, seconds))
        return cls(
            float(curve.max()),
            float(seconds[curve.argmax()]),
            float(slopes.max()),
            float(-slopes.min()),
            area,
            float(np.trapezoid(curve * seconds, seconds)) / area,
        )


def curve_of(
    mu: float = 2.3,
    sigma: float = 0.6,
    arrival: float = 5.0,
    *,
    times: NDArray[np.float64] = TIMES,
    noise: float = 0.0,
    seed: int = 0,
) -> TimeIntensityCurve:
    clean = BASELINE + log_normal(times, AREA, mu, sigma, arrival)
    return TimeIntensityCurve(times, clean + np.random.default_rng(seed).normal(0, noise, times.shape), linear=True)


def fitted(curve: TimeIntensityCurve) -> Bolus:
    bolus = fit_bolus(curve)
    assert isinstance(bolus, Bolus), bolus
    return bolus


@pytest.mark.parametrize(("mu", "sigma"), [(2.3, 0.6), (1.5, 0.35), (2.2, 0.75), (2.6, 0.9)])
def test_a_clean_bolus_gives_every_number_within_2_percent(mu: float, sigma: float) -> None:
    truth = Truth.of(mu, sigma)
    for times, arrival in product((TIMES, CINE_TIMES), (0.0, 3.0, 9.0)):
        bolus = fitted(curve_of(mu, sigma, arrival, times=times))
        for name, value in vars(truth).items():
            assert getattr(bolus, name) == pytest.approx(value, rel=0.02), name
        assert bolus.baseline == pytest.approx(BASELINE, rel=0.02)
        assert bolus.arrival_s == pytest.approx(arrival, rel=0.02, abs=0.02)
        assert bolus.r_squared > 0.9999


def test_the_time_axis_may_begin_anywhere_and_frames_may_be_uneven() -> None:
    times = np.sort(np.random.default_rng(3).uniform(100, 160, 90))
    bolus = fitted(curve_of(2.3, 0.6, 107.0, times=times))
    assert (bolus.arrival_s, bolus.area) == pytest.approx((107.0, AREA), rel=0.02)
    np.testing.assert_allclose(bolus.at(times), curve_of(2.3, 0.6, 107.0, times=times).intensity, rtol=0.01)


def test_the_share_that_has_passed_is_that_of_the_area() -> None:
    bolus = fitted(curve_of())
    seconds = np.linspace(0, 20, 200_001)
    passed = float(np.trapezoid(bolus.at(seconds) - bolus.baseline, seconds))
    assert bolus.share_until(20.0) == pytest.approx(passed / AREA, abs=1e-3)
    assert bolus.share_until(0.0) == pytest.approx(0.0, abs=1e-9)


def test_noise_moves_the_numbers_little_and_without_bias() -> None:
    fits = [fitted(curve_of(noise=1.0, seed=seed)) for seed in range(12)]
    assert np.mean([fit.area for fit in fits]) == pytest.approx(300, rel=0.03)
    assert np.std([fit.area for fit in fits]) / 300 < 0.05
    truth = 5 + Truth.of(2.3, 0.6).time_to_peak_s
    assert np.mean([fit.arrival_s + fit.time_to_peak_s for fit in fits]) == pytest.approx(truth, rel=0.02)


def test_single_frames_that_moved_do_not_bend_the_fit() -> None:
    curve = curve_of(noise=0.3)
    values = curve.intensity.copy()
    values[[30, 61, 90]] = 0.0
    assert fitted(TimeIntensityCurve(TIMES, values, True)).area == pytest.approx(300, rel=0.03)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.full(TIMES.shape, 3.0), "does not enhance"),
        (np.linspace(50.0, 3.0, len(TIMES)) ** 2, "begins after the peak"),
        (np.random.default_rng(1).normal(10, 2, TIMES.shape), "no bolus"),
        (np.where((TIMES // 5) % 2 == 0, 0.0, 10.0), "no bolus"),
    ],
)
def test_what_is_no_bolus_gets_no_number(values: NDArray[np.float64], reason: str) -> None:
    answer = fit_bolus(TimeIntensityCurve(TIMES, values, True))
    assert isinstance(answer, NoBolus), answer
    assert reason in answer.reason


def test_a_recording_that_ends_too_soon_or_has_few_frames_gets_no_number() -> None:
    assert fit_bolus(curve_of(mu=4.5, sigma=0.4)) == NoBolus("The recording ends before the peak.")
    slow = fit_bolus(curve_of(mu=4.3, sigma=1.0, arrival=2.0))
    assert isinstance(slow, NoBolus) and "of the bolus has passed" in slow.reason
    few = curve_of()
    answer = fit_bolus(TimeIntensityCurve(TIMES[:5], few.intensity[:5], True))
    assert answer == NoBolus("The curve has 5 frames and a fit needs 8.")
