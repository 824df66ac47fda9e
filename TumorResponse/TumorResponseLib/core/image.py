"""An image as an array with its spacing and its place in the patient."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.errors import MaskError, SpacingError, StudyError

PixelArray = NDArray[Any]
MaskArray = NDArray[np.bool_]

SMALLEST_MM, LARGEST_MM = 1e-6, 1e4
"""Distances between pixels from below a microscope's to above a person's length."""


@dataclass(frozen=True)
class Spacing:
    """Distance between neighbouring pixel centres.

    Attributes:
        mm: millimetres along each spatial array axis, in array order: ``(rows, columns)`` or
            ``(slices, rows, columns)``.
        source: where the number comes from, in words, such as ``"DICOM PixelSpacing"``.
    """

    mm: tuple[float, ...]
    source: str

    def __post_init__(self) -> None:
        if not self.mm or not all(np.isfinite(step) and step > 0 for step in self.mm):
            raise SpacingError(f"The pixel spacing {self.mm} from {self.source} must be positive numbers in mm.")
        if not all(SMALLEST_MM <= step <= LARGEST_MM for step in self.mm):
            raise SpacingError(
                f"The pixel spacing {self.mm} from {self.source} is no distance in a patient; give it in mm."
            )


@dataclass(frozen=True)
class Frame:
    """Where the image lies in the patient.

    Attributes:
        origin: centre of the first voxel, mm, LPS (DICOM, ITK), ``(x, y, z)``.
        directions: 3 x 3 unit vectors, LPS; column c is the direction of ITK axis c (i, j, k), that is of the
            array's last, second last and third last axis. Nested tuples by row.
        reference_uid: DICOM Frame of Reference UID when known.
    """

    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    directions: tuple[tuple[float, float, float], ...] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    reference_uid: str | None = None


@dataclass(frozen=True)
class Image:
    """Grey pixels with geometry.

    Attributes:
        pixels: ``(rows, columns)``, ``(slices, rows, columns)``, or with ``frame_times_ms`` ``(times, rows, columns)``.
        spacing: None when the file does not say; never guessed.
        frame: place in the patient; identity for plain pictures.
        modality: DICOM modality code (``US``, ``MR``, ``CT``, ``PT``), ``""`` when unknown.
        frame_times_ms: start of each frame from the first one, for a cine; None for a still or a volume.
        units: what the values measure, one of ``image_units.KNOWN_UNITS``; ``""`` when nothing says it.
        dynamic_range_db: of log-compressed ultrasound: decibels from black to white; None when nothing says it.
        times_known: False where nothing says when a cine's frames were taken; ``frame_times_ms`` then only shows it.
    """

    pixels: PixelArray
    spacing: Spacing | None = None
    frame: Frame = field(default_factory=Frame)
    modality: str = ""
    frame_times_ms: tuple[float, ...] | None = None
    units: str = ""
    dynamic_range_db: float | None = None
    times_known: bool = True

    def __post_init__(self) -> None:
        if self.pixels.ndim not in (2, 3):
            raise StudyError(f"An image has 2 or 3 axes, not {self.pixels.ndim}.")
        if self.pixels.size == 0:
            raise StudyError("The image holds no pixels.")
        if self.spacing is not None and len(self.spacing.mm) != len(self.spatial_shape):
            raise SpacingError(
                f"The spacing {self.spacing.mm} has {len(self.spacing.mm)} numbers, "
                f"but the image has {len(self.spatial_shape)} axes."
            )

    @property
    def is_cine(self) -> bool:
        """Whether the first axis is time."""
        return self.frame_times_ms is not None

    @property
    def spatial_shape(self) -> tuple[int, ...]:
        """The shape without time."""
        return self.pixels.shape[1:] if self.is_cine else self.pixels.shape

    @property
    def spacing_mm(self) -> tuple[float, ...]:
        """The spacing in array order.

        Raises:
            SpacingError: the image carries none.
        """
        if self.spacing is None:
            raise SpacingError(
                "The image does not say how many millimetres a pixel measures, so nothing in mm can be computed; "
                "give the spacing (--spacing, or calibrate it on the depth scale)."
            )
        return self.spacing.mm

    def with_spacing(self, spacing: Spacing) -> Image:
        """The same pixels with another spacing."""
        return replace(self, spacing=spacing)

    def at_time(self, index: int) -> Image:
        """One still of a cine; a still or a volume is returned as it is."""
        return replace(self, pixels=self.pixels[index], frame_times_ms=None) if self.is_cine else self


def require_same_grid(mask: MaskArray, image: Image, what: str = "mask") -> None:
    """Raise MaskError unless ``mask`` has the image's spatial shape."""
    if mask.shape != image.spatial_shape:
        raise MaskError(
            f"The {what} has shape {mask.shape} and the image {image.spatial_shape}; "
            f"give a {what} that was drawn on this image."
        )
