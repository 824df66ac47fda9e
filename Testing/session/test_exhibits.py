"""What systems lay beside their predictions, from the reading to its files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import SimpleITK as sitk

from Testing.session.stand_ins import BrightnessSystem, disc, make_library, make_study, systems
from Testing.session.test_outputs import validate
from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.exhibits import Bar, Bars, Exhibits, Line, Overlay, Plot, Table
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.rings import Rings
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.runtime import ModelLibrary, OpenBundle
from TumorResponseLib.predict.system import SystemOutput
from TumorResponseLib.session.files import write_result
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.result import result_document
from TumorResponseLib.session.steps import Status, Step
from TumorResponseLib.session.worklist.discover import find_cases

NAN = float("nan")
MAP = np.linspace(0.0, 1.0, 120 * 160, dtype=np.float32).reshape(120, 160)


def shown() -> Exhibits:
    measured = Line("tumour", (0.0, 1.0, 2.5), (1.0, NAN, 3.0), low=(0.5, NAN, 2.0), high=(1.5, NAN, 4.0))
    return Exhibits(
        plots=(Plot("curve", "Curve", "time / s", "intensity", (measured, Line("fit", (0.5, 1.0), (7.0, 8.0)))),),
        bars=(Bars("weights", "Weights", "loss of AUC", (Bar("=CRP", 0.25), Bar("albumin", -0.125))),),
        tables=(Table("values", "Values", ("region", "peak"), (("tumour", 1.5), ("ring", None)), ((0, 1),)),),
        overlays=(Overlay("peak", "Peak", "a.u.", MAP, 0.0, 1.0),),
    )


def cells(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8-sig") as stream:
        return list(csv.reader(stream, strict=True))


def test_exhibits_come_with_the_saliency(reading: Reading, system: BrightnessSystem) -> None:
    system.shows = shown()
    reading.open(make_study())
    assert reading.run() == ()
    assert reading.found.exhibits == {"dlrs3": system.shows}
    assert list(reading.found.overlays) == ["peak"]
    reading.set_mask(np.zeros((120, 160), bool))
    assert reading.found.exhibits == {}


def test_they_are_written_as_data_and_files(reading: Reading, system: BrightnessSystem, tmp_path: Path) -> None:
    system.shows = shown()
    reading.open(make_study())
    reading.run()
    names = {path.name for path in write_result(reading, tmp_path)}
    assert {
        "overlay-peak.nrrd",
        "exhibit-curves-curve.csv",
        "exhibit-bars-weights.csv",
        "exhibit-table-values.csv",
    } <= names
    document = json.loads((tmp_path / "result.json").read_text())
    validate(document)
    (plot,) = document["exhibits"]["dlrs3"]["plots"]
    assert plot["lines"][0]["y"] == [1.0, None, 3.0]
    assert document["exhibits"]["dlrs3"]["overlays"][0]["file"] == "overlay-peak.nrrd"
    assert document["exhibits"]["dlrs3"]["tables"][0]["rows"] == [["tumour", 1.5], ["ring", None]]
    written = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "overlay-peak.nrrd"))).squeeze()
    np.testing.assert_array_equal(written, MAP)
    assert cells(tmp_path / "exhibit-curves-curve.csv") == [
        ["time / s", "tumour: intensity", "tumour, lower: intensity", "tumour, upper: intensity", "fit: intensity"],
        ["0", "1", "0.5", "1.5", ""],
        ["0.5", "", "", "", "7"],
        ["1", "", "", "", "8"],
        ["2.5", "3", "2", "4", ""],
    ]
    assert cells(tmp_path / "exhibit-bars-weights.csv") == [
        ["", "loss of AUC"],
        ["'=CRP", "0.25"],
        ["albumin", "-0.125"],
    ]
    assert cells(tmp_path / "exhibit-table-values.csv") == [["region", "peak"], ["tumour", "1.5"], ["ring", ""]]

    system.shows = Exhibits()
    reading.set_mask(disc())
    reading.run()
    write_result(reading, tmp_path)
    assert not list(tmp_path.glob("exhibit-*")) and not list(tmp_path.glob("overlay-*"))
    assert result_document(reading)["exhibits"] == {}


def test_upright_lines_keep_all_their_values_and_infinity_is_a_gap(
    reading: Reading, system: BrightnessSystem, tmp_path: Path
) -> None:
    upright, open_ended = Line("12 months", (12.0, 12.0), (0.0, 1.0)), Line("risk", (0.0, 12.0), (float("inf"), 2.0))
    system.shows = Exhibits(plots=(Plot("curve", "Curve", "months", "share", (upright, open_ended)),))
    reading.open(make_study())
    reading.run()
    write_result(reading, tmp_path)
    document = json.loads((tmp_path / "result.json").read_text())
    validate(document)
    assert document["exhibits"]["dlrs3"]["plots"][0]["lines"][1]["y"] == [None, 2.0]
    assert cells(tmp_path / "exhibit-curves-curve.csv")[1:] == [["12", "0", "2"], ["12", "1", ""]]


def test_an_overlay_beside_its_result_is_no_case(reading: Reading, system: BrightnessSystem, tmp_path: Path) -> None:
    system.shows = shown()
    reading.open(make_study())
    reading.run()
    write_result(reading, tmp_path / "out")
    (tmp_path / "overlay-mine.nrrd").write_bytes((tmp_path / "out" / "overlay-peak.nrrd").read_bytes())
    assert [case.name for case in find_cases([tmp_path])] == ["overlay-mine"]


def test_exhibits_that_are_refused_leave_the_saliency(library: ModelLibrary) -> None:
    class Refusing(BrightnessSystem):
        def exhibits(
            self, study: Study, tumour: MaskArray, rings: Rings | None, output: SystemOutput, bundle: OpenBundle
        ) -> Exhibits:
            assert rings is not None
            raise StudyError("The cine is too short for curves.")

    reading = Reading(library, systems(Refusing()))
    reading.open(make_study())
    assert reading.run() == ()
    assert reading.state(Step.SALIENCY).reason == "The cine is too short for curves."
    assert reading.found.saliency and reading.found.exhibits == {}
    assert "The cine is too short for curves." in reading.warnings


def test_a_system_without_activations_still_shows_exhibits(library: ModelLibrary) -> None:
    class NoMaps(BrightnessSystem):
        def predict(self, study: Study, tumour: MaskArray, bundle: OpenBundle) -> SystemOutput:
            return SystemOutput(super().predict(study, tumour, bundle).prediction)

    reading = Reading(library, systems(NoMaps(shows=shown())))
    reading.open(make_study())
    assert reading.run() == ()
    assert reading.found.saliency == {} and list(reading.found.overlays) == ["peak"]
    reading.set_radii((2.0,))
    assert reading.state(Step.SALIENCY).status is Status.STALE


def test_with_several_systems_the_systems_name_goes_before(tmp_path: Path) -> None:
    library = make_library(tmp_path / "both", "breast-us-segmentation", "dlrs3", "ceus")
    both = systems(BrightnessSystem(shows=shown()), BrightnessSystem("ceus", shows=shown()))
    reading = Reading(library, both, ReadingOptions(systems=("dlrs3", "ceus")))
    reading.open(make_study())
    assert reading.run() == ()
    assert list(reading.found.overlays) == ["dlrs3-peak", "ceus-peak"]
    names = {path.name for path in write_result(reading, tmp_path / "out")}
    assert {"overlay-dlrs3-peak.nrrd", "overlay-ceus-peak.nrrd", "exhibit-table-ceus-values.csv"} <= names


def test_without_exhibits_nothing_is_said(reading: Reading) -> None:
    reading.open(make_study())
    reading.run()
    document = result_document(reading)
    validate(document)
    assert document["exhibits"] == {}


@pytest.mark.parametrize("name", ["a b", "../up", ""])
def test_names_unfit_for_files_are_not_in_the_schema(reading: Reading, system: BrightnessSystem, name: str) -> None:
    system.shows = Exhibits(tables=(Table(name, "Values", (), ()),))
    reading.open(make_study())
    reading.run()
    with pytest.raises(jsonschema.ValidationError):
        validate(result_document(reading))
