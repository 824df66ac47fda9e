"""Tables, diameter lines, saliency maps and the saved state."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from vtkmodules.vtkCommonCore import vtkDoubleArray, vtkStringArray, vtkTypeInt64Array

from Testing.mrml.cases import PREDICTION, STATE, oblique, picture, reading
from TumorResponseLib.core.colours import saliency_colours
from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.mrml.geometry import from_vtk
from TumorResponseLib.mrml.markups import LONG_ROLE, SHORT_ROLE, add_diameter
from TumorResponseLib.mrml.overlays import SHOWN_FROM, add_layer
from TumorResponseLib.mrml.scene import new_scene
from TumorResponseLib.mrml.state import read_state, write_state
from TumorResponseLib.mrml.tables import add_estimates, add_measurements, add_predictions
from TumorResponseLib.mrml.volumes import add_volume
from TumorResponseLib.predict.system import Estimate

BOTH = pytest.mark.parametrize(("image", "tumour"), [picture(), oblique()], ids=["2-D", "oblique"])


@BOTH
def test_measurements_table(image: Image, tumour: MaskArray) -> None:
    content = reading(image, tumour)
    node = add_measurements(new_scene(), content.measurements, content.shares)
    table = node.GetTable()
    size, unit = ("Area", "mm2") if tumour.ndim == 2 else ("Volume", "mm3")
    assert isinstance(table.GetColumnByName("Region"), vtkStringArray)
    assert isinstance(table.GetColumnByName("Voxels"), vtkTypeInt64Array)
    assert isinstance(table.GetColumnByName(size), vtkDoubleArray)
    assert node.GetColumnUnitLabel(size) == unit
    assert node.GetColumnUnitLabel("Long diameter") == "mm"
    assert node.GetColumnTitle(size) == f"{size} ({unit})"
    regions = [table.GetColumnByName("Region").GetValue(row) for row in range(table.GetNumberOfRows())]
    assert regions == ["tumour", "0-3 mm", "3-5 mm", "5-10 mm"]
    assert table.GetColumnByName("Voxels").GetValue(0) == int(tumour.sum())
    measured = tumour.sum() * math.prod(image.spacing_mm)
    assert table.GetColumnByName(size).GetValue(0) == pytest.approx(measured)
    assert table.GetColumnByName("Long diameter").GetValue(0) == content.measurements[0].long_diameter_mm
    assert math.isnan(table.GetColumnByName("Long diameter").GetValue(1))
    assert table.GetColumnByName("Saliency share fused").GetValue(2) == content.shares["fused"]["3-5 mm"]


def test_predictions_table() -> None:
    table = add_predictions(new_scene(), [PREDICTION]).GetTable()
    assert table.GetNumberOfRows() == 2
    assert table.GetColumnByName("Class").GetValue(1) == "response"
    assert table.GetColumnByName("Probability").GetValue(1) == 0.7
    assert table.GetColumnByName("Interval to").GetValue(1) == 0.8
    assert math.isnan(table.GetColumnByName("Interval to").GetValue(0))
    assert table.GetColumnByName("Evidence").GetValue(0) == "virtual cohort"


def test_estimates_table() -> None:
    estimates = (Estimate("viability", 0.62, 0.51, 0.73), Estimate("volume", 1.2, 1.0, 1.5, "ml"))
    table = add_estimates(new_scene(), [PREDICTION, replace(PREDICTION, system="hcc", estimates=estimates)]).GetTable()
    assert table.GetNumberOfRows() == 2
    assert [table.GetColumnByName("Quantity").GetValue(row) for row in range(2)] == ["viability", "volume"]
    assert table.GetColumnByName("System").GetValue(0) == "hcc"
    assert table.GetColumnByName("Interval from").GetValue(0) == 0.51
    assert table.GetColumnByName("Unit").GetValue(1) == "ml"


@BOTH
def test_lines_measure_what_was_measured(image: Image, tumour: MaskArray) -> None:
    scene = new_scene()
    volume = add_volume(scene, image, "case")
    measured = reading(image, tumour).measurements[0]
    assert measured.long_axis is not None
    assert measured.short_axis is not None
    long_line = add_diameter(scene, LONG_ROLE, measured.long_axis, volume)
    short_line = add_diameter(scene, SHORT_ROLE, measured.short_axis, volume)
    assert long_line.GetLineLengthWorld() == pytest.approx(measured.long_diameter_mm)
    assert short_line.GetLineLengthWorld() == pytest.approx(measured.short_diameter_mm)
    again = add_diameter(scene, LONG_ROLE, measured.short_axis, volume)
    assert again is long_line
    assert again.GetNumberOfControlPoints() == 2
    assert again.GetLineLengthWorld() == pytest.approx(measured.short_diameter_mm)


@BOTH
def test_saliency_lies_on_the_image_with_its_colours(image: Image, tumour: MaskArray) -> None:
    scene = new_scene()
    volume = add_volume(scene, image, "case")
    values = reading(image, tumour).saliency["fused"]
    node = add_layer(scene, reading(image, tumour).layers["fused"], image, volume)
    np.testing.assert_array_equal(from_vtk(node.GetImageData()).reshape(values.shape), values)
    assert node.GetSpacing() == volume.GetSpacing()
    assert node.GetOrigin() == volume.GetOrigin()
    display = node.GetDisplayNode()
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == (0.0, 1.0)
    assert display.GetApplyThreshold()
    assert display.GetLowerThreshold() == SHOWN_FROM
    table = display.GetColorNode().GetLookupTable()
    for index in (0, 100, 255):
        np.testing.assert_allclose(table.GetTableValue(index)[:3], saliency_colours()[index], atol=1 / 255)


def test_state_is_kept_as_it_is() -> None:
    scene = new_scene()
    with pytest.raises(StudyError, match="no reading"):
        read_state(scene)
    write_state(scene, "old")
    write_state(scene, STATE)
    assert read_state(scene) == STATE
