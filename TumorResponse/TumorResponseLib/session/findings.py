"""What a reading has found so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.box import Box
from TumorResponseLib.core.exhibits import Exhibits, Overlay
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.measure import RegionMeasurement
from TumorResponseLib.core.rings import Rings
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.bundle import Bundle
from TumorResponseLib.models.device import Device
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.segmentation import Segmentation
from TumorResponseLib.predict.system import SystemOutput
from TumorResponseLib.session.choosing import Decision
from TumorResponseLib.session.mask_source import MaskSource
from TumorResponseLib.session.steps import Step

RESULTS = {
    Step.MASK: ("mask", "tumour_box", "mask_source", "segmentation", "bundles"),
    Step.RINGS: ("rings", "measurements"),
    Step.PREDICTION: ("outputs", "bundles"),
    Step.SALIENCY: ("saliency", "shares", "exhibits", "bundles"),
}
"""Which findings each step that is computed brings."""


@dataclass(frozen=True)
class UsedBundle:
    """A bundle as it was when it last ran for a reading; holds no model.

    Attributes:
        device: what ran it.
        warnings: sentences that belong beside the result.
    """

    bundle: Bundle
    device: Device
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, opened: OpenBundle) -> UsedBundle:
        """What is to be remembered of an open bundle."""
        return cls(opened.bundle, opened.device, tuple(opened.warnings))


@dataclass(eq=False)
class Findings:
    """Results, old and new, by step.

    Attributes:
        study: with the still and the spacing that are read; None before one is open.
        decision: which systems are asked about it, and which of its images is read.
        image: the still or volume that is read.
        mask: tumour mask on the image's grid; all False when no lesion was found.
        tumour_box: where in the mask the tumour lies, found once; None without a tumour.
        mask_source: who drew the mask.
        segmentation: the network's last outline.
        rings, measurements: the regions and their measures, tumour first.
        outputs: what each system said, by its name.
        saliency: maps in [0, 1] on the image's grid by layer (branch or ``fused``); with several systems the system's
            name goes before: ``dlrs3-fused``.
        shares: each layer's share of saliency by region, summing to 1; empty where the rings are missing.
        exhibits: what each system lays beside its prediction, by its name.
        bundles: the model bundles that were used, by name.
        reported: whether a report was written.
    """

    study: Study | None = None
    decision: Decision | None = None
    image: Image | None = None
    mask: MaskArray | None = None
    tumour_box: Box | None = None
    mask_source: MaskSource | None = None
    segmentation: Segmentation | None = None
    rings: Rings | None = None
    measurements: tuple[RegionMeasurement, ...] = ()
    outputs: dict[str, SystemOutput] = field(default_factory=dict)
    saliency: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    shares: dict[str, dict[str, float]] = field(default_factory=dict)
    exhibits: dict[str, Exhibits] = field(default_factory=dict)
    bundles: dict[str, UsedBundle] = field(default_factory=dict)
    reported: bool = False

    @property
    def tumour_found(self) -> bool:
        """Whether there is a mask with at least one voxel."""
        return self.tumour_box is not None

    @property
    def overlays(self) -> dict[str, Overlay]:
        """The overlays of all exhibits, by ``layer_of``."""
        return {
            self.layer_of(system, overlay.name): overlay
            for system, exhibits in self.exhibits.items()
            for overlay in exhibits.overlays
        }

    def layer_of(self, system: str, name: str) -> str:
        """A layer's name among all: with several systems, the system's name goes before its own."""
        return f"{system}-{name}" if len(self.outputs) > 1 else name

    def has(self, step: Step) -> bool:
        """Whether the step has a result, old or new."""
        results = {
            Step.IMAGE: self.image is not None,
            Step.MASK: self.mask is not None,
            Step.RINGS: self.rings is not None,
            Step.PREDICTION: bool(self.outputs),
            Step.SALIENCY: bool(self.saliency or self.exhibits),
            Step.REPORT: self.reported,
        }
        return results[step]

    def results(self, step: Step) -> dict[str, Any]:
        """What a computed step brought, by the names in ``RESULTS``."""
        return {name: getattr(self, name) for name in RESULTS[step]}

    def take(self, step: Step, results: Mapping[str, Any]) -> None:
        """Put another reading's ``results`` of a step in the place of one's own."""
        for name in RESULTS[step]:
            setattr(self, name, results[name])

    def drop_what_follows_the_mask(self) -> None:
        """Forget what was found around a tumour that is no longer there."""
        self.rings, self.measurements = None, ()
        self.outputs, self.saliency, self.shares, self.exhibits = {}, {}, {}, {}
        self.reported = False
