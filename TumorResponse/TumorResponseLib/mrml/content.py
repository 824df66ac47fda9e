"""What of a reading goes into a scene."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.measure import RegionMeasurement
from TumorResponseLib.core.rings import Rings
from TumorResponseLib.predict.system import Prediction
from TumorResponseLib.session.mask_source import MaskOrigin, MaskSource


@dataclass(frozen=True, eq=False)
class SceneContent:
    """A reading as plain data; what is missing is not in the scene.

    Attributes:
        name: of the study; names the image's node.
        image: a still or a volume.
        tumour: mask on the image's grid.
        mask_source: who drew it.
        rings, measurements: the regions, tumour first.
        predictions: one for each system.
        saliency: maps in [0, 1] on the image's grid; the one shown is named in ``shown_layer``.
        shares: each map's share by region.
        state_json: what ``session.saved_state`` keeps beside the pixels; ``""`` for none.
    """

    name: str
    image: Image
    tumour: MaskArray | None = None
    mask_source: MaskSource = field(default_factory=lambda: MaskSource(MaskOrigin.AUTOMATIC))
    rings: Rings | None = None
    measurements: tuple[RegionMeasurement, ...] = ()
    predictions: tuple[Prediction, ...] = ()
    saliency: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    shares: dict[str, dict[str, float]] = field(default_factory=dict)
    state_json: str = ""

    @property
    def shown_layer(self) -> str | None:
        """The saliency map to lay over the image: the fused one, else the first."""
        fused = [layer for layer in self.saliency if layer.endswith("fused")]
        return next(iter([*fused, *self.saliency]), None)
