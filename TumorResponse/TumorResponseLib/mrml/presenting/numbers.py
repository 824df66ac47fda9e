"""Measurements, predictions and exhibits as tables and plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slicer import vtkMRMLScene, vtkMRMLTableNode

from TumorResponseLib.core.exhibits import Exhibits
from TumorResponseLib.core.measure import RegionMeasurement
from TumorResponseLib.mrml.exhibits import add_exhibits
from TumorResponseLib.mrml.nodes import drop_role
from TumorResponseLib.mrml.presenting.remembered import Remembered
from TumorResponseLib.mrml.tables import (
    ESTIMATES_ROLE,
    MEASUREMENTS_ROLE,
    PREDICTIONS_ROLE,
    add_estimates,
    add_measurements,
    add_predictions,
)
from TumorResponseLib.predict.system import Prediction

STALE_SUFFIX = " (stale)"
Shares = Mapping[str, Mapping[str, float]]


class PresentedNumbers:
    """Tables and plots. One whose numbers no longer fit says so in its name."""

    def __init__(self, scene: vtkMRMLScene) -> None:
        self._scene = scene
        self._written = Remembered()
        self._exhibits: set[str] = set()

    def show_measurements(self, measurements: Sequence[RegionMeasurement], shares: Shares, *, stale: bool) -> None:
        """The regions' measures with the shares of saliency where these may be seen; none removes the table."""
        if not self._written.changed("measurements", measurements, shares, stale):
            return
        if not measurements:
            drop_role(self._scene, MEASUREMENTS_ROLE)
        else:
            _mark(add_measurements(self._scene, measurements, shares), stale)

    def show_predictions(self, predictions: Sequence[Prediction], *, stale: bool) -> None:
        """The predictions, and what is estimated beside the classes; none removes the table."""
        if not self._written.changed("predictions", tuple(predictions), stale):
            return
        if not predictions:
            drop_role(self._scene, PREDICTIONS_ROLE)
        else:
            _mark(add_predictions(self._scene, predictions), stale)
        if any(each.estimates for each in predictions):
            _mark(add_estimates(self._scene, predictions), stale)
        else:
            drop_role(self._scene, ESTIMATES_ROLE)

    def show_exhibits(self, exhibits: Mapping[str, Exhibits], *, stale: bool) -> None:
        """What the systems lay beside their predictions; what a system shows no more is removed."""
        if not self._written.changed("exhibits", dict(exhibits), stale):
            return
        roles = add_exhibits(self._scene, exhibits, STALE_SUFFIX if stale else "")
        for gone in self._exhibits - roles:
            drop_role(self._scene, gone)
        self._exhibits = roles

    def forget(self) -> None:
        """Let go of the tables and plots."""
        self._written.forget()
        self._exhibits = set()


def _mark(node: vtkMRMLTableNode, stale: bool) -> None:
    if stale:
        node.SetName(node.GetName() + STALE_SUFFIX)
