"""What CEUS lays beside its prediction, on the sample and on cines with known truth."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from TumorResponseLib.core.exhibits import Exhibits, Line, Plot, Table
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.perfusion.bolus import Bolus
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.core.rings import Rings, make_rings
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.bundle import read_bundle
from TumorResponseLib.models.device import resolve_device
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.ceus import CALIBRATION, INPUT, MODEL, Calibration, Ceus, times_s
from TumorResponseLib.predict.ceus_exhibits import perfusion_exhibits
from TumorResponseLib.predict.ceus_image import image_of, sampled_cine
from TumorResponseLib.predict.over_time import time_saliency

TIMES_S = np.arange(60) * 1.0
RANGE_DB = 50.0
INSIDE = Bolus(2.0, 900.0, 2.0, 0.5, 6.0)
AROUND = Bolus(2.0, 2000.0, 2.5, 0.6, 4.0)


@pytest.fixture(scope="module")
def bundle() -> OpenBundle:
    return OpenBundle(read_bundle(resources_folder() / "Models" / "ceus"), resolve_device("cpu"))


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study(resources_folder() / "SampleData" / "ceus")


@pytest.fixture(scope="module")
def sample(study: Study, bundle: OpenBundle) -> Exhibits:
    tumour = study.masks["tumour"]
    rings = make_rings(tumour, study.image().spacing_mm)
    return Ceus().exhibits(study, tumour, rings, Ceus().predict(study, tumour, bundle), bundle)


def known_cine(dynamic_range_db: float | None = RANGE_DB) -> tuple[Image, NDArray[np.bool_], Rings]:
    """Two boluses without noise, log-compressed: one in the tumour, another one around it."""
    tumour = np.zeros((64, 64), dtype=bool)
    tumour[24:40, 26:38] = True
    power = np.where(tumour, INSIDE.at(TIMES_S)[:, None, None], AROUND.at(TIMES_S)[:, None, None])
    # Dithered: a grey level is 5 % of the power, and in a picture each pixel is rounded at another place.
    grey = np.floor(10 * np.log10(power) / RANGE_DB * 255 + np.random.default_rng(0).random(power.shape)).astype(
        np.uint8
    )
    image = Image(
        grey,
        Spacing((0.5, 0.5), "test"),
        modality="US",
        frame_times_ms=tuple((1000 * TIMES_S).tolist()),
        dynamic_range_db=dynamic_range_db,
    )
    return image, tumour, make_rings(tumour, (0.5, 0.5))


def shown(image: Image, tumour: NDArray[np.bool_], rings: Rings | None, lost: tuple[int, ...] = ()) -> Exhibits:
    steady = np.ones(len(TIMES_S), dtype=bool)
    steady[list(lost)] = False
    return perfusion_exhibits(image, tumour, rings, np.linspace(0.9, 1.0, len(TIMES_S)), steady)


def plot(exhibits: Exhibits, name: str) -> Plot:
    return next(each for each in exhibits.plots if each.name == name)


def line(of: Plot, name: str) -> Line:
    return next(each for each in of.lines if each.name == name)


def row(table: Table, name: str) -> dict[str, float]:
    cells = next(cells for cells in table.rows if cells[0] == name)
    return {
        heading.partition(" (")[0]: float(cell)
        for heading, cell in zip(table.columns[1:], cells[1:], strict=True)
        if cell is not None
    }


def test_the_sample_shows_curves_numbers_maps_motion_and_time(sample: Exhibits, study: Study) -> None:
    assert [each.name for each in sample.plots] == ["time-intensity", "motion", "saliency-over-time"]
    names = [each.name for each in plot(sample, "time-intensity").lines]
    regions = ["tumour", "0-3 mm", "3-5 mm", "5-10 mm"]
    assert names == [name for region in regions for name in (region, f"{region}, fitted")]
    assert "log compression of 52.3 dB was undone" in plot(sample, "time-intensity").note
    for each in sample.plots:
        assert all(len(one.x) == len(one.y) == 40 for one in each.lines)
    table = sample.tables[0]
    assert [cells[0] for cells in table.rows] == regions and all(
        len(cells) == len(table.columns) for cells in table.rows
    )
    # The simulation's healthy tissue: transit times of 9 s times exp(0.75² / 2), and a peak 12 dB above the floor of 1.
    tissue = row(table, "5-10 mm")
    assert tissue["mean transit time"] == pytest.approx(9.0 * np.exp(0.75**2 / 2), rel=0.15)
    assert tissue["peak enhancement"] / tissue["baseline"] == pytest.approx(10**1.2, rel=0.2)
    assert row(table, "tumour")["peak enhancement"] < 0.5 * tissue["peak enhancement"]
    assert [each.name for each in sample.overlays] == ["peak-enhancement", "time-to-peak", "area"]
    assert all(each.values.shape == study.image().spatial_shape and each.low < each.high for each in sample.overlays)


def test_known_boluses_come_out_within_2_percent() -> None:
    exhibits = shown(*known_cine())
    for region, truth in (("tumour", INSIDE), ("3-5 mm", AROUND)):
        found = row(exhibits.tables[0], region)
        assert found["R² of the fit"] > 0.999
        for heading, value in {
            "baseline": truth.baseline,
            "peak enhancement": truth.peak_enhancement,
            "arrival": truth.arrival_s,
            "time to peak": truth.time_to_peak_s,
            "wash-in": truth.wash_in_rate,
            "wash-out": truth.wash_out_rate,
            "area": truth.area,
            "mean transit time": truth.mean_transit_s,
        }.items():
            assert found[heading] == pytest.approx(value, rel=0.02), (region, heading)
    curves = plot(exhibits, "time-intensity")
    np.testing.assert_allclose(line(curves, "tumour").y, INSIDE.at(TIMES_S), rtol=0.03)
    np.testing.assert_allclose(line(curves, "tumour, fitted").y, INSIDE.at(TIMES_S), rtol=0.03)
    assert line(curves, "tumour, fitted").style == "dashed" and curves.y_label == "echo power"


def test_without_dynamic_range_grey_values_are_shown_and_the_note_says_so() -> None:
    image, tumour, rings = known_cine(None)
    exhibits = shown(image, tumour, rings)
    curves = plot(exhibits, "time-intensity")
    np.testing.assert_allclose(line(curves, "tumour").y, image.pixels[:, tumour].mean(axis=1))
    assert curves.y_label == "grey value" and "does not state the dynamic range" in curves.note
    assert "peak enhancement (grey value)" in exhibits.tables[0].columns
    deep = dataclasses.replace(image, pixels=image.pixels.astype(np.uint16), dynamic_range_db=RANGE_DB)
    assert "8-bit" in plot(shown(deep, tumour, rings), "time-intensity").note


def test_frames_left_out_are_gaps_in_the_curve_and_marked_in_the_motion() -> None:
    image, tumour, rings = known_cine()
    pixels = image.pixels.copy()
    pixels[[10, 31]] = 255
    exhibits = shown(dataclasses.replace(image, pixels=pixels), tumour, rings, lost=(10, 31))
    gaps = np.flatnonzero(np.isnan(line(plot(exhibits, "time-intensity"), "tumour").y))
    assert gaps.tolist() == [10, 31]
    assert row(exhibits.tables[0], "tumour")["area"] == pytest.approx(INSIDE.area, rel=0.02)
    motion = plot(exhibits, "motion")
    assert line(motion, "left out").x == (10.0, 31.0) and line(motion, "left out").style == "points"
    assert "frame 11, 32" in motion.note
    steady = plot(shown(image, tumour, rings), "motion")
    assert [each.name for each in steady.lines] == ["frame to frame"] and steady.note == "No frame was left out."


def test_maps_show_what_each_pixel_does_and_nothing_outside() -> None:
    image, tumour, rings = known_cine()
    layers = {each.name: each for each in shown(image, tumour, rings).overlays}
    core, outside = (slice(29, 35), slice(30, 34)), rings.labels == 0
    for each in layers.values():
        assert np.isnan(each.values[outside]).all() and np.isfinite(each.values[~outside]).all()
    peak = INSIDE.arrival_s + INSIDE.time_to_peak_s
    assert layers["time-to-peak"].values[core] == pytest.approx(peak, abs=1.0) and layers["time-to-peak"].unit == "s"
    assert layers["peak-enhancement"].values[core].mean() == pytest.approx(INSIDE.peak_enhancement, rel=0.1)
    assert layers["area"].values[core].mean() == pytest.approx(INSIDE.area, rel=0.1)


def test_what_is_no_bolus_has_no_numbers_but_a_reason() -> None:
    image, tumour, rings = known_cine()
    pixels = np.where(tumour, np.uint8(40), image.pixels)
    table = shown(dataclasses.replace(image, pixels=pixels), tumour, rings).tables[0]
    assert row(table, "tumour") == {} and row(table, "0-3 mm")
    assert "tumour: The region does not enhance above its noise." in table.note


def test_without_rings_the_tumour_stands_alone() -> None:
    image, tumour, _ = known_cine()
    exhibits = shown(image, tumour, None)
    assert [cells[0] for cells in exhibits.tables[0].rows] == ["tumour"]
    assert (np.isfinite(exhibits.overlays[0].values) == tumour).all()


def test_saliency_over_time_is_what_hidden_frames_change(sample: Exhibits, study: Study, bundle: OpenBundle) -> None:
    cine, tumour = study.image(), study.masks["tumour"]
    weights = line(plot(sample, "saliency-over-time"), "weight")
    assert weights.style == "steps" and len(weights.y) == 40 and np.ptp(weights.y) > 0
    assert all(len(set(weights.y[start : start + 4])) == 1 for start in range(0, 40, 4))
    # By hand, on the recorded frames: the third window hidden; the grain stays that of the whole cine.
    pixels = cine.pixels.astype(np.float32)
    pixels[8:12] = (pixels[7] + pixels[12]) / 2
    whole, hidden = (sampled_cine(frames, times_s(cine), tumour, cine.spacing_mm) for frames in (cine.pixels, pixels))
    calibration = Calibration.of_json(bundle.bundle.read_json(CALIBRATION))
    chances = [
        calibration.probabilities(bundle.run(MODEL, {INPUT: image_of(each).network_input[None]})["logits"][0])
        for each in (whole, dataclasses.replace(hidden, grain=whole.grain))
    ]
    decided = int(chances[0].argmax())
    odds = [np.log(each[decided] / (1 - each[decided])) for each in chances]
    assert weights.y[8] == pytest.approx(odds[0] - odds[1], abs=1e-3)


def test_frames_are_covered_window_by_window_from_both_sides() -> None:
    asked = []

    def answer(frames: NDArray[np.floating]) -> tuple[float, float]:
        asked.append(frames[:, 0].tolist())
        return (0.5, 0.5) if frames[2, 0] == 8.5 else (0.2, 0.8)

    frames = np.repeat(np.arange(7.0)[:, None] ** 2, 3, axis=1)
    weights = time_saliency(frames, answer, (0.2, 0.8), windows=4)
    assert asked[0] == [4, 4, 4, 9, 16, 25, 36] and asked[3] == [0, 1, 4, 9, 16, 25, 25]
    assert asked[1] == [0, 1, 8.5, 8.5, 16, 25, 36] and len(asked) == 4
    np.testing.assert_allclose(weights, [0, 0, np.log(4), np.log(4), 0, 0, 0])
    assert frames[0, 0] == 0  # what was given stays
