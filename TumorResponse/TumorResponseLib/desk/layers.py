"""The maps that can be laid over the image: saliency, and the overlays of the systems' exhibits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.exhibits import Overlay, OverlayColours
from TumorResponseLib.explain.activation import FUSED
from TumorResponseLib.report.branch_title import branch_title

LayerColours = Literal["saliency"] | OverlayColours
"""The table of saliency, or an overlay's by its name."""


@dataclass(frozen=True, eq=False)
class Layer:
    """One map.

    Attributes:
        key: what ``DisplayOptions.saliency_layer`` holds when it is chosen.
        title: to show.
        unit: of the values; ``""`` for none.
        values: on the image's grid; NaN where there is nothing to show.
        low, high: the ends of the colour table.
    """

    key: str
    title: str
    unit: str
    values: NDArray[np.float32]
    low: float
    high: float
    colours: LayerColours

    @property
    def is_saliency(self) -> bool:
        """Whether it says where a model looked: a map in [0, 1] whose low values may be hidden."""
        return self.colours == "saliency"

    @property
    def menu_title(self) -> str:
        """As it stands in a list of layers."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


def layers_of(saliency: Mapping[str, NDArray[np.float32]], overlays: Mapping[str, Overlay]) -> dict[str, Layer]:
    """Every map by its key, saliency first; the only branch of a system stands as its fused map.

    Args:
        saliency: as ``Findings.saliency``.
        overlays: as ``Findings.overlays``.
    """
    titles = {key: branch_title(key) for key in saliency}
    if len(titles) == 2 and FUSED in titles:
        titles = {FUSED: next(title for key, title in titles.items() if key != FUSED)}
    maps = {key: Layer(key, title, "", saliency[key], 0.0, 1.0, "saliency") for key, title in titles.items()}
    for key, each in overlays.items():
        maps[key] = Layer(key, each.title, each.unit, each.values, each.low, each.high, each.colours)
    return maps
