"""Measurements and predictions as table nodes with typed columns and units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slicer import vtkMRMLScene, vtkMRMLTableNode
from vtkmodules.vtkCommonCore import vtkAbstractArray, vtkDoubleArray, vtkStringArray, vtkTypeInt64Array
from vtkmodules.vtkCommonDataModel import vtkTable

from TumorResponseLib.core.measure import RegionMeasurement
from TumorResponseLib.mrml.nodes import ensure_node
from TumorResponseLib.predict.system import Prediction

MEASUREMENTS_ROLE = "measurements"
PREDICTIONS_ROLE = "predictions"
ESTIMATES_ROLE = "estimates"
MISSING = float("nan")


@dataclass(frozen=True)
class Column:
    """A table's column; its type is that of its values: all text, all whole numbers, or numbers with None missing."""

    name: str
    values: Sequence[str] | Sequence[int] | Sequence[float | None]
    unit: str = ""


def add_measurements(
    scene: vtkMRMLScene, measurements: Sequence[RegionMeasurement], shares: Mapping[str, Mapping[str, float]]
) -> vtkMRMLTableNode:
    """A row for each region: voxels, area or volume, diameters, and its share of each saliency map.

    Args:
        scene: where it goes.
        measurements: tumour first.
        shares: by map and region name; what lies outside all regions is not in the table.
    """
    flat = all(each.volume_mm3 is None for each in measurements)
    size = (
        Column("Area", [each.area_mm2 for each in measurements], "mm2")
        if flat
        else Column("Volume", [each.volume_mm3 for each in measurements], "mm3")
    )
    columns = [
        Column("Region", [each.name for each in measurements]),
        Column("Voxels", [each.voxels for each in measurements]),
        size,
        Column("Long diameter", [each.long_diameter_mm for each in measurements], "mm"),
        Column("Short diameter", [each.short_diameter_mm for each in measurements], "mm"),
    ]
    for layer, by_region in shares.items():
        columns.append(Column(f"Saliency share {layer}", [by_region.get(each.name) for each in measurements]))
    return add_table(scene, MEASUREMENTS_ROLE, "Measurements", columns)


def add_predictions(scene: vtkMRMLScene, predictions: Sequence[Prediction]) -> vtkMRMLTableNode:
    """A row for each class of each system's prediction."""
    rows = [
        (each, name, probability)
        for each in predictions
        for name, probability in zip(each.classes, each.probabilities, strict=True)
    ]
    # The interval is the last class's.
    last = [name == each.classes[-1] for each, name, _ in rows]
    columns = [
        Column("System", [each.system for each, _, _ in rows]),
        Column("Endpoint", [each.endpoint for each, _, _ in rows]),
        Column("Class", [name for _, name, _ in rows]),
        Column("Probability", [probability for _, _, probability in rows]),
        Column("Interval from", [row[0].interval[0] if here else None for row, here in zip(rows, last, strict=True)]),
        Column("Interval to", [row[0].interval[1] if here else None for row, here in zip(rows, last, strict=True)]),
        Column("Decision", [each.decision for each, _, _ in rows]),
        Column("In distribution", ["yes" if each.in_distribution else "no" for each, _, _ in rows]),
        Column("Evidence", [each.evidence for each, _, _ in rows]),
        Column("Bundle", [each.bundle for each, _, _ in rows]),
    ]
    return add_table(scene, PREDICTIONS_ROLE, "Predictions", columns)


def add_estimates(scene: vtkMRMLScene, predictions: Sequence[Prediction]) -> vtkMRMLTableNode:
    """A row for each quantity that a system estimates beside its classes."""
    rows = [(each.system, estimate) for each in predictions for estimate in each.estimates]
    columns = [
        Column("System", [system for system, _ in rows]),
        Column("Quantity", [estimate.name for _, estimate in rows]),
        Column("Value", [float(estimate.value) for _, estimate in rows]),
        Column("Interval from", [float(estimate.low) for _, estimate in rows]),
        Column("Interval to", [float(estimate.high) for _, estimate in rows]),
        Column("Unit", [estimate.unit for _, estimate in rows]),
    ]
    return add_table(scene, ESTIMATES_ROLE, "Estimates", columns)


def add_table(scene: vtkMRMLScene, role: str, name: str, columns: Sequence[Column]) -> vtkMRMLTableNode:
    """A table node with these columns, made once and then updated; a missing number is NaN."""
    node, _ = ensure_node(scene, "vtkMRMLTableNode", role, name)
    was_modifying = node.StartModify()
    node.SetAndObserveTable(vtkTable())
    node.SetUseColumnTitleAsColumnHeader(True)
    for column in columns:
        node.AddColumn(_array(column))
        title = f"{column.name} ({column.unit})" if column.unit else column.name
        node.SetColumnTitle(column.name, title)
        node.SetColumnUnitLabel(column.name, column.unit)
    node.SetLocked(True)
    node.EndModify(was_modifying)
    return node


def _array(column: Column) -> vtkAbstractArray:
    array: Any = vtkDoubleArray()
    if all(isinstance(value, str) for value in column.values):
        array = vtkStringArray()
    elif all(isinstance(value, int) for value in column.values):
        array = vtkTypeInt64Array()
    array.SetName(column.name)
    for value in column.values:
        array.InsertNextValue(MISSING if value is None else value)
    return array
