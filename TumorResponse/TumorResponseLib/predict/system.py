"""What a prediction system is: the contract that each of the four systems fills in one file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.crop import CropGrid
from TumorResponseLib.core.exhibits import Exhibits
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.rings import Rings
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.segmentation import Segmentation


@dataclass(frozen=True)
class Estimate:
    """A quantity that a system estimates beside its classes, such as the share of viable tumour.

    Attributes:
        low, high: interval of the prediction's ``interval_level``.
        unit: ``""`` for a share.
    """

    name: str
    value: float
    low: float
    high: float
    unit: str = ""


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
        estimates: further quantities, where the system has such.
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
    estimates: tuple[Estimate, ...] = ()

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


@dataclass(frozen=True)
class View:
    """Which image of a study a system has shown, outlined and measured.

    Attributes:
        role: of that image.
        frame: of a cine, counted from 0; None for any other image.
        backdrop: role of an image that the shells may lay behind it, on its own grid, such as the CT of a PET.
    """

    role: str
    frame: int | None = None
    backdrop: str | None = None


class System(Protocol):
    """One published system: the study and its tumour mask in, the prediction out."""

    name: str
    """Name on the command line: ``dlrs3``, ``ceus``, ``hcc``, ``prrt-pfs``."""
    title: str

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles of the images that it needs: a study whose images carry all of them is for this system."""
        ...

    @property
    def segmentation(self) -> str | None:
        """Name of the bundle that outlines this system's tumours; None: the mask is given or drawn."""
        ...

    def view(self, study: Study) -> View:
        """Which image is shown, outlined and measured; raises StudyError when the study has none such."""
        ...

    def outline(self, study: Study, image: Image, bundle: OpenBundle) -> Segmentation:
        """Outline the tumour on ``image``, the one of ``view``, with the bundle ``segmentation``.

        Raises StudyError or SpacingError when the image does not allow it; not called where ``segmentation`` is None.
        """
        ...

    def predict(self, study: Study, tumour: MaskArray, bundle: OpenBundle) -> SystemOutput:
        """Predict; raises SpacingError, MaskError or StudyError when the study does not allow it."""
        ...

    def exhibits(
        self, study: Study, tumour: MaskArray, rings: Rings | None, output: SystemOutput, bundle: OpenBundle
    ) -> Exhibits:
        """What is shown beside the prediction ``output``; ``rings`` is None where they could not be cut."""
        ...
