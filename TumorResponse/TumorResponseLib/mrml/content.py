"""What of a reading goes into a scene."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.exhibits import Exhibits, Overlay
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.measure import RegionMeasurement
from TumorResponseLib.core.rings import Rings
from TumorResponseLib.core.study import SINGLE_IMAGE_ROLE
from TumorResponseLib.desk.layers import Layer, layers_of
from TumorResponseLib.predict.system import Prediction, View
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
        overlays: further maps on the image's grid, as ``Findings.overlays``.
        shares: each map's share by region.
        exhibits: what each system lays beside its prediction.
        view: what the system has shown: the frame, and the role of the companion that may lie behind it.
        role: of ``image`` in the study.
        cine: the whole cine that ``image`` is a frame of.
        companions: the study's other images by role, each on its own grid.
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
    overlays: dict[str, Overlay] = field(default_factory=dict)
    shares: dict[str, dict[str, float]] = field(default_factory=dict)
    exhibits: dict[str, Exhibits] = field(default_factory=dict)
    view: View | None = None
    role: str = SINGLE_IMAGE_ROLE
    cine: Image | None = None
    companions: dict[str, Image] = field(default_factory=dict)
    state_json: str = ""

    @property
    def layers(self) -> dict[str, Layer]:
        """All maps that can lie over the image, saliency first."""
        return layers_of(self.saliency, self.overlays)

    @property
    def shown_layer(self) -> str | None:
        """The map to lay over the image: fused saliency, else the first one."""
        fused = [layer for layer in self.saliency if layer.endswith("fused")]
        return next(iter([*fused, *self.saliency]), None)

    @property
    def backdrop(self) -> str | None:
        """Role of the companion that lies behind the image, where there is such a one."""
        role = self.view.backdrop if self.view else None
        return role if role in self.companions else None
