"""What the lesions on a PET come to: SUV, volume and activity of each, and of all together."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from scipy.ndimage import find_objects

from TumorResponseLib.core.box import Box
from TumorResponseLib.core.errors import MaskError
from TumorResponseLib.core.image import PixelArray
from TumorResponseLib.core.pet.lesions import LesionLabels
from TumorResponseLib.core.pet.peak import RADIUS_MM, suv_peak

MM3_A_ML = 1000.0


@dataclass(frozen=True)
class LesionRow:
    """One lesion.

    Attributes:
        number: its label.
        voxels: how many it has.
        volume_ml: voxels times their size.
        suv_max: of its voxels.
        suv_peak: largest mean over a sphere of 1 cm³ centred in it (``peak``).
        suv_mean: of its voxels.
        total_activity: mean SUV times volume, g (SUV in g/ml): total lesion glycolysis for FDG.
        hottest: voxel of ``suv_max``, array index.
        peak_complete: False when the sphere of ``suv_peak`` reaches beyond the scan.
        touches_end: whether it lies on the first or last voxel along an axis, and is cut off there.
    """

    number: int
    voxels: int
    volume_ml: float
    suv_max: float
    suv_peak: float
    suv_mean: float
    total_activity: float
    hottest: tuple[int, ...]
    peak_complete: bool
    touches_end: bool


@dataclass(frozen=True)
class LesionTable:
    """All lesions.

    Attributes:
        rows: by number.
        warnings: sentences on lesions that the scan cuts off.
    """

    rows: tuple[LesionRow, ...]
    warnings: tuple[str, ...]

    @property
    def count(self) -> int:
        """Number of lesions."""
        return len(self.rows)

    @property
    def volume_ml(self) -> float:
        """Of all lesions."""
        return sum(row.volume_ml for row in self.rows)

    @property
    def total_activity(self) -> float:
        """Of all lesions, g."""
        return sum(row.total_activity for row in self.rows)

    @property
    def suv_max(self) -> float | None:
        """Of the hottest lesion; None without lesions, as the next two."""
        return max((row.suv_max for row in self.rows), default=None)

    @property
    def suv_peak(self) -> float | None:
        """The largest."""
        return max((row.suv_peak for row in self.rows), default=None)

    @property
    def suv_mean(self) -> float | None:
        """Over the volume of all lesions."""
        return self.total_activity / self.volume_ml if self.rows else None


def measure_lesions(suv: PixelArray, labels: LesionLabels, spacing_mm: tuple[float, ...]) -> LesionTable:
    """Measure each lesion.

    Args:
        suv: ``(slices, rows, columns)``.
        labels: of the same shape.
        spacing_mm: in array order.

    Raises:
        MaskError: the labels lie on another grid.
    """
    if labels.shape != suv.shape:
        raise MaskError(f"The lesions have shape {labels.shape} and the PET {suv.shape}; outline them on this PET.")
    reach = tuple(int(RADIUS_MM / step) + 1 for step in spacing_mm)
    rows = []
    for number, found in enumerate(find_objects(labels), start=1):
        if found is not None:
            box = Box(tuple(part.start for part in found), tuple(part.stop for part in found))
            rows.append(_measured(suv, labels, number, box, reach, spacing_mm))
    cut_off = [str(row.number) for row in rows if row.touches_end]
    warnings = (
        (f"The scan ends within lesion {', '.join(cut_off)}: volume and activity are of the part that was scanned.",)
        if cut_off
        else ()
    )
    return LesionTable(tuple(rows), warnings)


def _measured(
    suv: PixelArray,
    labels: LesionLabels,
    number: int,
    box: Box,
    reach: tuple[int, ...],
    spacing_mm: tuple[float, ...],
) -> LesionRow:
    # The margin is what the sphere of the peak needs; a margin cut at the scan's end stays cut.
    part = box.grown(reach, suv.shape)
    values, lesion = suv[part.slices], labels[part.slices] == number
    inside = values[lesion].astype(np.float64)
    place = np.unravel_index(int(np.where(lesion, values, -np.inf).argmax()), values.shape)
    peak = suv_peak(values, lesion, spacing_mm)
    volume_ml = inside.size * prod(spacing_mm) / MM3_A_ML
    mean = float(inside.mean())
    return LesionRow(
        number=number,
        voxels=int(inside.size),
        volume_ml=volume_ml,
        suv_max=float(inside.max()),
        suv_peak=peak.value,
        suv_mean=mean,
        total_activity=mean * volume_ml,
        hottest=tuple(int(index) + start for index, start in zip(place, part.start, strict=True)),
        peak_complete=peak.complete,
        touches_end=any(
            start == 0 or stop == size for start, stop, size in zip(box.start, box.stop, suv.shape, strict=True)
        ),
    )
