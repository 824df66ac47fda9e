"""What a reading is asked to do."""

from __future__ import annotations

from dataclasses import dataclass

from TumorResponseLib.core.rings import DEFAULT_RADII_MM, checked_radii


@dataclass(frozen=True)
class ReadingOptions:
    """Choices of one reading; JSON can hold all of them.

    Attributes:
        systems: names of the prediction systems to ask, in order; none: the one that the study's images are for.
        radii_mm: outer radius of each ring in mm, growing.
        segmentation: bundle of a breast ultrasound network that outlines the tumour; None lets the first system do it.
        role: which of the study's images is read; None: the one that the first system has shown.
        frame_index: which frame of a cine is read, counted from 0; None: likewise.

    Raises:
        UsageError: the radii are not positive and increasing.
    """

    systems: tuple[str, ...] = ()
    radii_mm: tuple[float, ...] = DEFAULT_RADII_MM
    segmentation: str | None = None
    role: str | None = None
    frame_index: int | None = None

    def __post_init__(self) -> None:
        checked_radii(self.radii_mm)
