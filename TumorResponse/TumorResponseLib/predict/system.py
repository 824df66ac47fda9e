"""What a prediction system is: the contract that each of the four systems fills in one file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.crop import CropGrid
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.runtime import OpenBundle


@dataclass(frozen=True)
class Prediction:
    """What a system says of one study; the fields of ``result.json``'s ``predictions``.

    Attributes:
        probabilities: one for each of ``classes``, summing to 1.
        interval: lower and upper bound of the last class's probability.
        interval_level: the interval's nominal coverage, such as 0.9.
        in_distribution: False when the study lies outside what the bundle was trained on.
        evidence: ``"patients"`` or ``"virtual cohort"``.
        branches: probability of the last class by region or branch.
    """

    system: str
    bundle: str
    bundle_sha256: str
    endpoint: str
    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    interval: tuple[float, float]
    interval_level: float
    decision: str
    in_distribution: bool
    distance: float
    distance_limit: float
    evidence: str
    branches: dict[str, float] = field(default_factory=dict)

    @property
    def outside_training(self) -> str:
        """The sentence for a study unlike those that the bundle was trained on; ``""`` for any other."""
        if self.in_distribution:
            return ""
        return (
            f"This image is unlike those that {self.system} was trained on (distance {self.distance:.2f}, "
            f"limit {self.distance_limit:.2f}); do not rely on the prediction."
        )


@dataclass(frozen=True)
class SystemOutput:
    """A prediction with the activation maps that it came with.

    Attributes:
        activations: class activation map by branch, as its network made it (signed, any grid size); each covers
            exactly the field of ``grids[branch]``.
        grids: the mm grid that each branch saw.
        weights: each branch's share of the fused decision, non-negative, summing to 1.
        inputs: what the networks saw, by branch: ``(channels, rows, columns)`` on their own mm grid.
        activated_class: index of the class that positive activations speak for; -1 is the last one.
        warnings: sentences for the user.
    """

    prediction: Prediction
    activations: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    grids: dict[str, CropGrid] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    inputs: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    activated_class: int = -1
    warnings: tuple[str, ...] = ()


class System(Protocol):
    """One published system: the study and its tumour mask in, the prediction out."""

    name: str
    """Name on the command line: ``dlrs3``, ``ceus``, ``hcc``, ``prrt-pfs``."""
    title: str

    @property
    def segmentation(self) -> str | None:
        """Name of the segmentation bundle that outlines this system's tumours; None: the mask is given or drawn."""
        ...

    def predict(self, study: Study, tumour: MaskArray, bundle: OpenBundle) -> SystemOutput:
        """Predict; raises SpacingError, MaskError or StudyError when the study does not allow it."""
        ...
