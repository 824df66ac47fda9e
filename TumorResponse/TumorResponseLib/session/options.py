"""What a reading is asked to do."""

from __future__ import annotations

from dataclasses import dataclass

from TumorResponseLib.core.rings import DEFAULT_RADII_MM, checked_radii
from TumorResponseLib.core.study import SINGLE_IMAGE_ROLE
from TumorResponseLib.session.default_systems import DEFAULT_SYSTEMS


@dataclass(frozen=True)
class ReadingOptions:
    """Choices of one reading; JSON can hold all of them.

    Attributes:
        systems: names of the prediction systems to ask, in order.
        radii_mm: outer radius of each ring in mm, growing.
        segmentation: bundle that outlines the tumour; None takes the first system's own.
        role: which of the study's images is read.
        frame_index: which frame of a cine is read, counted from 0.

    Raises:
        UsageError: the radii are not positive and increasing.
    """

    systems: tuple[str, ...] = DEFAULT_SYSTEMS
    radii_mm: tuple[float, ...] = DEFAULT_RADII_MM
    segmentation: str | None = None
    role: str = SINGLE_IMAGE_ROLE
    frame_index: int = 0

    def __post_init__(self) -> None:
        checked_radii(self.radii_mm)
