"""The commands on contrast ultrasound: a simulated DICOM cine read to result, overlays, curves and report; training."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from jsonschema import validate

from TumorResponseLib.cli.app import run
from TumorResponseLib.core.perfusion.bolus import Bolus
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.predict.ceus import Ceus

REGIONS = ["tumour", "0-3 mm", "3-5 mm", "5-10 mm"]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four virtual mice, as ``simulate`` writes them."""
    folder = tmp_path_factory.mktemp("simulated") / "cohort"
    assert run(["simulate", "ceus", "--patients", "4", "--seed", "11", "--out", str(folder)]) == 0
    return folder


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as stream:
        return list(csv.DictReader(stream))


def test_a_simulated_dicom_cine_is_read_to_curves_overlays_and_report(cohort: Path, tmp_path: Path) -> None:
    cine, mask, out = cohort / "cines" / "ceus-0003.dcm", cohort / "masks" / "ceus-0003.mha", tmp_path / "out"
    command = ["read", str(cine), "--mask", str(mask), "--system", "ceus", "--device", "cpu", "--out", str(out)]
    assert run(command) == 0
    result = json.loads((out / "result.json").read_text())
    validate(result, json.loads((resources_folder() / "Schemas" / "result.schema.json").read_text()))
    assert [one["system"] for one in result["predictions"]] == ["ceus"]
    assert [region["name"] for region in result["regions"]] == REGIONS
    shown = result["exhibits"]["ceus"]
    assert [one["name"] for one in shown["plots"]] == ["time-intensity", "motion", "saliency-over-time"]
    assert [one["name"] for one in shown["overlays"]] == ["peak-enhancement", "time-to-peak", "area"]
    for overlay in shown["overlays"]:
        values = sitk.GetArrayFromImage(sitk.ReadImage(str(out / overlay["file"])))
        assert values.squeeze().shape == (80, 80) and np.isfinite(values).sum() > 500
    # The curve in the spreadsheet is the mean grey value of the tumour in each frame: the file states no dynamic range.
    pixels, tumour = (sitk.GetArrayFromImage(sitk.ReadImage(str(path))).squeeze() for path in (cine, mask))
    curves = table(out / "exhibit-curves-time-intensity.csv")
    assert len(curves) == 40 and [float(row["time (s)"]) for row in curves] == [1.25 * frame for frame in range(40)]
    seen = [row["tumour: grey value"] for row in curves]
    assert sum(map(bool, seen)) >= 30
    means = pixels[:, tumour > 0].mean(axis=1)
    np.testing.assert_allclose([float(one) for one in seen if one], means[[bool(one) for one in seen]], rtol=1e-4)
    perfusion = table(out / "exhibit-table-perfusion.csv")
    assert [row["region"] for row in perfusion] == REGIONS
    assert "does not state the dynamic range" in shown["tables"][0]["note"]
    page = (out / "report.html").read_text()
    assert "Contrast over time" in page and "Peak enhancement" in page


def test_the_sample_folder_needs_no_option_and_finds_the_simulated_bolus(tmp_path: Path) -> None:
    folder, out = tmp_path / "study", tmp_path / "out"
    shutil.copytree(resources_folder() / "SampleData" / "ceus", folder)
    assert run(["read", str(folder), "--device", "cpu", "--out", str(out)]) == 0
    tissue = table(out / "exhibit-table-perfusion.csv")[-1]
    # Healthy tissue of the simulation, whose dynamic range study.json states.
    truth = Bolus(1.0, 1.0, np.log(9.0), 0.75, 0.0)
    assert float(tissue["mean transit time (s)"]) == pytest.approx(truth.mean_transit_s, rel=0.15)
    assert float(tissue["time to peak (s)"]) == pytest.approx(truth.time_to_peak_s, rel=0.25)
    assert json.loads((out / "result.json").read_text())["predictions"][0]["system"] == Ceus.name


def test_training_on_too_few_patients_is_refused_in_one_sentence(
    cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command's recipe has a fixed number of steps, minutes of computing, so that it is not run to its end here."""
    assert run(["train", "ceus", "--cohort", str(cohort), "--out", str(tmp_path / "bundle")]) == 1
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1 and "as many patients of each class" in told[0] and not (tmp_path / "bundle").exists()
