"""Tables, plots, bars and overlays of systems as nodes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from slicer import vtkMRMLPlotSeriesNode
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkDoubleArray, vtkStringArray, vtkTypeInt64Array

from Testing.mrml.cases import node_in, oblique, picture, reading
from Testing.mrml.presented import Stage, make_reading
from Testing.mrml.shown_exhibits import CURVES, IMPORTANCE, PARAMETERS, everything, overlay_on
from TumorResponseLib.core.colours import overlay_colours
from TumorResponseLib.core.exhibits import Exhibits
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.mrml.bundle import open_scene, save_scene
from TumorResponseLib.mrml.exhibits import add_exhibits
from TumorResponseLib.mrml.geometry import from_vtk
from TumorResponseLib.mrml.legend import legend_of
from TumorResponseLib.mrml.nodes import ROLE, node_of_role, nodes_of_class
from TumorResponseLib.mrml.scene import new_scene, write_reading
from TumorResponseLib.predict.system import Estimate

SHAPE = (120, 160)
TIMES = "time in s"


def drawn(series: vtkMRMLPlotSeriesNode) -> NDArray[np.float64]:
    """The points of a series ``(n, 2)``, those below a shorter one left out."""
    table = series.GetTableNode().GetTable()
    names = (series.GetXColumnName(), series.GetYColumnName())
    points = np.stack([vtk_to_numpy(table.GetColumnByName(name)) for name in names], axis=1)
    return points[np.isfinite(points[:, 0])]


def test_a_plot_is_a_chart_of_series_over_a_table() -> None:
    scene = new_scene()
    roles = add_exhibits(scene, {"ceus": Exhibits(plots=(CURVES,))})
    chart = node_in(scene, "exhibit-ceus-time-intensity")
    assert (chart.GetTitle(), chart.GetXAxisTitle(), chart.GetYAxisTitle()) == (CURVES.title, TIMES, "intensity")
    series = {each.GetName(): each for each in nodes_of_class(scene, "vtkMRMLPlotSeriesNode")}
    assert list(series) == ["tumour", "fit", "survival", "survival, low", "survival, high", "left out"]
    assert [chart.GetNthPlotSeriesNode(index) for index in range(6)] == list(series.values())
    assert roles == {node.GetAttribute(ROLE) for node in (chart, *series.values(), series["fit"].GetTableNode())}

    np.testing.assert_array_equal(drawn(series["tumour"]), [[0, 1], [1, 4], [2, np.nan], [3, 2]])
    np.testing.assert_array_equal(drawn(series["fit"]), [[0, 1], [1.5, 5]])
    corners = [[0, 1], [1, 1], [1, 0.5], [3, 0.5], [3, 0.25]]
    np.testing.assert_array_equal(drawn(series["survival"]), corners)
    np.testing.assert_array_equal(drawn(series["survival, high"])[:, 1], [1, 1, 0.7, 0.7, 0.4])
    kinds = vtkMRMLPlotSeriesNode
    assert series["tumour"].GetColor() == pytest.approx((1.0, 128 / 255, 0.0))
    assert [series[name].GetLineStyle() for name in ("tumour", "fit", "survival, low", "left out")] == [
        kinds.LineStyleSolid,
        kinds.LineStyleDash,
        kinds.LineStyleDot,
        kinds.LineStyleNone,
    ]
    assert series["left out"].GetMarkerStyle() == kinds.MarkerStyleCircle
    assert series["survival, low"].GetColor() == series["survival"].GetColor() != series["fit"].GetColor()
    assert series["fit"].GetTableNode().GetDescription() == CURVES.note


def test_bars_are_named_and_tables_have_typed_columns() -> None:
    scene = new_scene()
    add_exhibits(scene, {"prrt-pfs": Exhibits(bars=(IMPORTANCE,), tables=(PARAMETERS,))})
    (series,) = nodes_of_class(scene, "vtkMRMLPlotSeriesNode")
    assert series.GetPlotType() == vtkMRMLPlotSeriesNode.PlotTypeBar
    numbers = series.GetTableNode().GetTable()
    names = numbers.GetColumnByName(series.GetLabelColumnName())
    assert [names.GetValue(row) for row in range(2)] == ["albumin", "sex"]
    assert numbers.GetColumnByName(series.GetYColumnName()).GetValue(1) == -0.01

    node = node_in(scene, "exhibit-prrt-pfs-parameters")
    table = node.GetTable()
    assert node.GetName() == PARAMETERS.title
    assert isinstance(table.GetColumnByName("region"), vtkStringArray)
    assert isinstance(table.GetColumnByName("time to peak in s"), vtkTypeInt64Array)
    peak = table.GetColumnByName("peak")
    assert isinstance(peak, vtkDoubleArray)
    assert peak.GetValue(0) == 12.5
    assert np.isnan(peak.GetValue(1))
    assert [table.GetColumnByName("note").GetValue(row) for row in range(2)] == ["", "no fit"]
    assert table.GetColumnByName("Marked").GetValue(0) == "peak, time to peak in s"
    assert table.GetColumnByName("Marked").GetValue(1) == ""


def test_two_systems_do_not_get_into_each_others_way() -> None:
    scene = new_scene()
    add_exhibits(scene, {"ceus": Exhibits(tables=(PARAMETERS,)), "hcc": Exhibits(tables=(PARAMETERS,))})
    names = {node.GetName() for node in nodes_of_class(scene, "vtkMRMLTableNode")}
    assert names == {"Perfusion parameters (ceus)", "Perfusion parameters (hcc)"}


@pytest.mark.parametrize(("image", "tumour"), [picture(), oblique()], ids=["2-D", "oblique"])
def test_a_saved_scene_reopens_with_exhibits_and_overlays(tmp_path: Path, image: Image, tumour: MaskArray) -> None:
    overlay = overlay_on(image.pixels.shape)
    content = replace(
        reading(image, tumour), overlays={"peak": overlay}, exhibits={"ceus": everything(image.pixels.shape)}
    )
    scene = new_scene()
    write_reading(scene, content)
    save_scene(scene, tmp_path / "scene.mrb")
    opened = open_scene(tmp_path / "scene.mrb")
    node = node_in(opened, "overlay-peak")
    np.testing.assert_array_equal(from_vtk(node.GetImageData()).reshape(tumour.shape), overlay.values)
    display = node.GetDisplayNode()
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == (0.0, 20.0)
    assert (display.GetLowerThreshold(), display.GetUpperThreshold()) == (-5.0, 25.0)
    table = display.GetColorNode().GetLookupTable()
    np.testing.assert_allclose(table.GetTableValue(200)[:3], overlay_colours("perfusion")[200], atol=1 / 255)
    chart = node_in(opened, "exhibit-ceus-time-intensity")
    assert chart.GetNumberOfPlotSeriesNodes() == 6
    np.testing.assert_array_equal(drawn(chart.GetNthPlotSeriesNode(1)), [[0, 1], [1.5, 5]])
    assert node_in(opened, "exhibit-ceus-parameters").GetCellText(0, 0) == "tumour"
    for layers in nodes_of_class(opened, "vtkMRMLSliceCompositeNode"):  # fused saliency stays what is shown first
        assert layers.GetForegroundVolumeID() == node_in(opened, "saliency-fused").GetID()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(make_reading(tmp_path))
    stage.reading.found.exhibits = {"dlrs3": everything(SHAPE)}
    stage.show()
    return stage


def foregrounds(stage: Stage) -> set[str | None]:
    return {layers.GetForegroundVolumeID() for layers in nodes_of_class(stage.scene, "vtkMRMLSliceCompositeNode")}


def test_an_overlay_is_chosen_like_saliency(stage: Stage) -> None:
    assert [layer.title for layer in stage.presenter.layers][-1] == "Peak enhancement"
    stage.show(saliency_layer="peak", saliency_opacity=0.8, saliency_threshold=0.6)
    node = stage.presenter.layer_nodes["peak"]
    assert node.GetName() == "Peak enhancement (dB)"
    assert foregrounds(stage) == {node.GetID()}
    assert node.GetDisplayNode().GetLowerThreshold() == -5.0  # the threshold is one of saliency
    legend = legend_of(node)
    assert legend is not None
    assert legend.GetTitleText() == "Peak\nenhancement\ndB"
    assert legend.GetVisibility()
    stage.show(saliency_layer="fused")
    assert foregrounds(stage) == {stage.presenter.layer_nodes["fused"].GetID()}
    assert not legend.GetVisibility()
    stage.show(saliency_layer=None)
    assert foregrounds(stage) == {None}


def test_exhibits_are_written_once_marked_when_stale_and_removed(stage: Stage) -> None:
    chart = node_in(stage.scene, "exhibit-dlrs3-time-intensity")
    times = chart.GetMTime()
    stage.show()
    assert chart.GetMTime() == times
    stage.reading.set_radii((2.0, 4.0))
    stage.show()
    assert node_in(stage.scene, "exhibit-dlrs3-time-intensity") is chart
    assert chart.GetTitle() == "Time-intensity curves (stale)"
    assert node_in(stage.scene, "exhibit-dlrs3-parameters").GetName() == "Perfusion parameters (stale)"
    output = stage.reading.found.outputs["dlrs3"]
    estimated = replace(output.prediction, estimates=(Estimate("viability", 0.6, 0.5, 0.7),))
    stage.reading.found.outputs = {"dlrs3": replace(output, prediction=estimated)}
    stage.reading.found.exhibits = {"dlrs3": Exhibits(tables=(PARAMETERS,))}
    stage.show()
    assert node_in(stage.scene, "estimates").GetName() == "Estimates (stale)"
    assert node_of_role(stage.scene, "exhibit-dlrs3-time-intensity") is None
    assert nodes_of_class(stage.scene, "vtkMRMLPlotSeriesNode") == []
    assert node_of_role(stage.scene, "exhibit-dlrs3-parameters") is not None
    stage.show(ai_hidden=True)
    assert node_of_role(stage.scene, "estimates") is None
    assert node_of_role(stage.scene, "exhibit-dlrs3-parameters") is None
    assert stage.presenter.layers == ()
