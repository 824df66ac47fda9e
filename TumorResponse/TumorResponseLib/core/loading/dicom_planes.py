"""Where DICOM slices lie in the patient, and whether they stack to a regular volume (PS3.3 C.7.6.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Frame

UNIT_TOLERANCE = 1e-3
STEP_TOLERANCE = 0.1
"""Of the distance between slices: by so much a slice may miss its place."""
ROUNDING_MM = 0.1
"""Positions written with one decimal miss their place by as much, though never by a third of the distance."""


@dataclass(frozen=True)
class Plane:
    """One slice: the centre of its first pixel in mm (LPS), and the directions of increasing column and row."""

    position: NDArray[np.float64]
    along_columns: NDArray[np.float64]
    along_rows: NDArray[np.float64]

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector that completes the two directions to a right-handed frame."""
        return np.cross(self.along_columns, self.along_rows)

    def frame(self, reference_uid: str | None) -> Frame:
        """The frame of an image whose first voxel lies here."""
        columns = np.stack([self.along_columns, self.along_rows, self.normal], axis=1)
        x, y, z = (float(step) for step in self.position)
        rows = tuple((float(row[0]), float(row[1]), float(row[2])) for row in columns)
        return Frame((x, y, z), rows, reference_uid)


def plane_of(position: Dataset, orientation: Dataset, name: str) -> Plane | None:
    """The plane that a data set, or a frame's plane position and orientation items, describe; None without them.

    Raises:
        StudyError: the numbers are not three, and six of two perpendicular unit vectors.
    """
    place, directions = position.get("ImagePositionPatient"), orientation.get("ImageOrientationPatient")
    if place is None or directions is None:
        return None
    numbers = np.array([float(number) for number in directions])
    where = np.array([float(number) for number in place])
    sane = where.shape == (3,) and numbers.shape == (6,) and np.isfinite(where).all()
    if sane:
        along_columns, along_rows = numbers[:3], numbers[3:]
        lengths = np.linalg.norm(along_columns), np.linalg.norm(along_rows)
        sane = np.allclose(lengths, 1, atol=UNIT_TOLERANCE) and abs(along_columns @ along_rows) < UNIT_TOLERANCE
    if not sane:
        raise StudyError(f"The position or orientation of {name} is not that of a plane; export the image again.")
    return Plane(where, along_columns / lengths[0], along_rows / lengths[1])


def stacked(planes: list[Plane], name: str) -> tuple[list[int], float]:
    """The order of the planes along their normal, and the distance between neighbours in mm.

    Raises:
        StudyError: they differ in orientation, share a position, are uneven or incomplete, or are shifted sideways.
    """
    first = planes[0]
    for plane in planes:
        if not np.allclose([plane.along_columns, plane.along_rows], [first.along_columns, first.along_rows], atol=1e-3):
            raise StudyError(f"The slices of {name} differ in orientation; give the slices of one stack.")
    heights = np.array([plane.position @ first.normal for plane in planes])
    order = np.argsort(heights, kind="stable")
    gaps = np.diff(heights[order])
    step = float(gaps.mean())
    if step <= 0 or gaps.min() < STEP_TOLERANCE * step:
        raise StudyError(
            f"Several images of {name} lie at one position (time points, echoes or copies); give one image a position."
        )
    usual = float(np.median(gaps))
    missing = int(sum(round(gap / usual) - 1 for gap in gaps if gap > 1.5 * usual))
    if missing > 0:
        raise StudyError(f"{missing} of the slices of {name} are missing; copy or export the series again.")
    uneven = np.abs(heights[order] - heights[order[0]] - step * np.arange(len(planes))).max()
    if uneven > max(STEP_TOLERANCE * step, min(ROUNDING_MM, step / 3)):
        raise StudyError(f"The slices of {name} are unevenly spaced; resample the series to a regular one.")
    way = planes[order[-1]].position - planes[order[0]].position
    sideways = float(np.linalg.norm(way - (way @ first.normal) * first.normal))
    if sideways > STEP_TOLERANCE * step:
        raise StudyError(
            f"The slices of {name} are shifted sideways (tilted gantry), which is not supported; resample the series."
        )
    return [int(index) for index in order], step
