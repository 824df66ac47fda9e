"""The 2-D slice that all pictures of a report show, and the parts of it that they show."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.box import Box, bounding_box
from TumorResponseLib.core.display_window import display_window, is_pet
from TumorResponseLib.core.fusion_grid import Grid
from TumorResponseLib.core.image import Frame, Image
from TumorResponseLib.report.pictures import RgbArray, Window, fit_window, grey
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step

LARGEST_PART = 0.6
"""When the tumour and its rings take up less than this fraction of the image's sides, they are shown enlarged."""

SURROUNDINGS = 1.5
"""Side of the enlarged part over that of the tumour and its rings."""

SHOWN_TOWARDS = (1.0, 1.0, -1.0)
"""Along x, y and z (LPS): columns and rows of a volume's slice run to the patient's left, to the back, to the feet."""
LETTERS = (("L", "R"), ("P", "A"), ("S", "I"))
"""Of the patient's sides at the positive and at the negative end of x, y and z."""


class Plane:
    """The whole image when it is 2-D; of a volume one slice, turned as radiologists look.

    It is the slice of the longest diameter where that was measured, else the one with most of the tumour.

    Attributes:
        index: of the slice; None of a 2-D image.
        pixels: of this slice.
        limits: values that are shown black and white.
        spacing_mm: of rows and columns; 1 where it is not known.
        whole, close: the whole slice; the tumour and its rings with some surroundings.
        letters: the patient's side at the picture's left, right, top and bottom; empty for a 2-D image.
    """

    def __init__(self, reading: Reading, image: Image) -> None:
        self._found = reading.found
        self._image = image
        self._has_rings = reading.is_ready(Step.RINGS)
        self._inverted = is_pet(image)
        self._flipped = _flipped(image)
        self.index = self._slice_index()
        self.pixels = self.cut(image.pixels)
        self.limits = display_window(image, self.pixels)
        self.spacing_mm = image.spacing.mm[-2:] if image.spacing is not None else (1.0, 1.0)
        self.whole = self._window(Box.whole(self.pixels.shape))
        self.close = self._window(self._close_up())
        self.letters = () if self.index is None else _letters(image)

    @property
    def where(self) -> str:
        """Which slice of how many this is; ``""`` for a 2-D image."""
        return "" if self.index is None else f" Slice {self.index + 1} of {self._image.pixels.shape[0]}."

    def cut(self, array: NDArray[Any]) -> NDArray[Any]:
        """This slice of an array on the image's grid."""
        plane = array if self.index is None else array[self.index]
        return np.flip(plane, tuple(axis for axis, flipped in enumerate(self._flipped) if flipped))

    def place(self, point: tuple[float, ...], window: Window) -> tuple[float, float]:
        """Where a point in the image's index coordinates lies in a picture."""
        row, column = (
            size - 1 - at if flipped else at
            for at, size, flipped in zip(point[-2:], self.pixels.shape, self._flipped, strict=True)
        )
        return window.place((row, column))

    def picture(self, window: Window) -> RgbArray:
        """The image as it is usually shown: uptake of PET dark on white, everything else bright on black."""
        shown = grey(self.pixels, window, self.limits)
        return 1.0 - shown if self._inverted else shown

    def grid(self, window: Window) -> Grid:
        """Where the pixels of a picture lie in the patient, as a volume of one slice.

        Raises:
            SpacingError: the image has no spacing.
            StudyError: it is no volume.
        """
        own = Grid.of(self._image)
        fields = (window.rows, window.columns)
        steps = np.array([(part.stop - part.start) / size for part, size in zip(fields, window.shape, strict=True)])
        # The centre of the picture's first pixel, in the slice as it is shown and then in the array.
        corner = np.array([part.start for part in fields]) + steps / 2 - 0.5
        sizes = np.array(self.pixels.shape)
        signs = np.where(self._flipped, -1.0, 1.0)
        corner = np.where(self._flipped, sizes - 1 - corner, corner)
        origin = own.matrix @ np.array([self.index, *corner]) + np.array(own.frame.origin)
        directions = np.array(own.frame.directions) * np.array([signs[1], signs[0], 1.0])
        frame = Frame(
            (float(origin[0]), float(origin[1]), float(origin[2])),
            tuple((float(x), float(y), float(z)) for x, y, z in directions),
            own.frame.reference_uid,
        )
        spacing = (own.spacing_mm[0], *(float(mm) for mm in steps * own.spacing_mm[1:]))
        return Grid((1, *window.shape), spacing, frame)

    def _slice_index(self) -> int | None:
        if self._image.pixels.ndim == 2:
            return None
        if self._found.mask is None or not self._found.tumour_found:
            return self._image.pixels.shape[0] // 2
        longest = self._found.measurements[0].long_axis if self._has_rings else None
        if longest is not None:
            return round(longest[0][0])
        return int(self._found.mask.sum(axis=(1, 2)).argmax())

    def _window(self, box: Box) -> Window:
        rows, columns = box.slices
        return fit_window(rows, columns, (self.spacing_mm[0], self.spacing_mm[1]))

    def _close_up(self) -> Box:
        """The tumour, its rings and some surroundings in the image's proportions; the whole image if they fill it."""
        whole = Box.whole(self.pixels.shape)
        if self._found.mask is None or not self._found.tumour_found:
            return whole
        rings = self._found.rings if self._has_rings else None
        box = bounding_box(self.cut(self._found.mask if rings is None else rings.labels > 0))
        fraction = SURROUNDINGS * max(size / side for size, side in zip(box.shape, whole.shape, strict=True))
        if fraction > LARGEST_PART:
            return whole
        shape = tuple(max(1, round(fraction * side)) for side in whole.shape)
        start = tuple(
            min(max(0, (low + high - size) // 2), side - size)
            for low, high, size, side in zip(box.start, box.stop, shape, whole.shape, strict=True)
        )
        return Box(start, tuple(low + size for low, size in zip(start, shape, strict=True)))


def _flipped(image: Image) -> tuple[bool, bool]:
    """Whether rows and columns of a volume's slices run against ``SHOWN_TOWARDS``; never those of a 2-D image."""
    if image.pixels.ndim == 2:
        return False, False
    rows, columns = (_axis(image, axis) for axis in (1, 0))
    return rows[1] != SHOWN_TOWARDS[rows[0]], columns[1] != SHOWN_TOWARDS[columns[0]]


def _letters(image: Image) -> tuple[str, ...]:
    """The sides towards which a turned slice's columns and rows run, at left, right, top and bottom."""
    letters = []
    for axis in (0, 1):
        along, _ = _axis(image, axis)
        positive, negative = LETTERS[along]
        letters += [negative, positive] if SHOWN_TOWARDS[along] > 0 else [positive, negative]
    return tuple(letters)


def _axis(image: Image, axis: int) -> tuple[int, float]:
    """Along which of x, y and z an ITK axis mostly runs, and in which sense, 1 or -1."""
    direction = np.array(image.frame.directions)[:, axis]
    along = int(np.abs(direction).argmax())
    return along, float(np.sign(direction[along]))
