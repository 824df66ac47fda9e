"""Pictures drawn on arrays: grey image, outlines, heat; every function maps arrays to arrays."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from scipy.ndimage import distance_transform_edt, gaussian_filter
from skimage.transform import resize

from TumorResponseLib.core.box import Box, bounding_box
from TumorResponseLib.core.catalogue import Colour
from TumorResponseLib.core.image import MaskArray, PixelArray

RgbArray = NDArray[np.float32]
"""``(rows, columns, 3)`` in [0, 1]."""

LONG_SIDE = 720
"""Pixels of a picture's longer side: twice what it measures on the page, for dense screens and paper."""

HEAT_OPACITY = 0.7
"""Opacity of the largest saliency; a smaller one is more transparent in proportion, so that the image shows through."""

MAP_OPACITY = 0.65
"""Of a map of values, the same for small and large ones."""

UPTAKE_OPACITY = 0.8
UPTAKE_FULL_FROM = 0.5
"""Part of the scale from which uptake has ``UPTAKE_OPACITY``; below, the anatomy shows through more and more."""

MARGIN = 5
"""Picture pixels that a line may reach beyond the points that it joins."""

COMPRESSION = 4
"""Of PNG: three times as fast as the usual 6, files 5 % larger."""

SMOOTHING = 0.5
"""Standard deviation in voxels; a larger one would lose single voxels."""


@dataclass(frozen=True)
class Window:
    """The part of a 2-D image that a picture shows, and how many picture pixels it gets.

    Attributes:
        rows, columns: which part.
        shape: rows and columns of the picture; pixels of the picture are square in mm.
    """

    rows: slice
    columns: slice
    shape: tuple[int, int]

    def cut(self, plane: NDArray[np.generic]) -> NDArray[np.float32]:
        """This part of a 2-D array as float, resampled to the picture."""
        part = plane[self.rows, self.columns].astype(np.float32)
        shrinks = part.shape[0] > self.shape[0] or part.shape[1] > self.shape[1]
        return resize(part, self.shape, order=1, anti_aliasing=shrinks, preserve_range=True).astype(np.float32)

    def cut_known(self, plane: NDArray[np.floating]) -> NDArray[np.float32]:
        """As ``cut`` where values are known; NaN, which says nothing, neither spreads nor shrinks."""
        known = np.isfinite(plane)
        weight = self.cut(known)
        values = self.cut(np.where(known, plane, 0.0)) / np.maximum(weight, 1e-6)
        return np.where(weight >= 0.5, values, np.nan).astype(np.float32)

    def cut_mask(self, mask: MaskArray) -> MaskArray:
        """This part of a mask, the steps of its border rounded; a single voxel stays."""
        inside: MaskArray = self.cut(gaussian_filter(mask.astype(np.float32), SMOOTHING)) >= 0.5
        return inside

    def place(self, point: tuple[float, float]) -> tuple[float, float]:
        """Where a point in array index coordinates lies in the picture."""
        row, column = point
        return (
            (row + 0.5 - self.rows.start) * self.shape[0] / (self.rows.stop - self.rows.start) - 0.5,
            (column + 0.5 - self.columns.start) * self.shape[1] / (self.columns.stop - self.columns.start) - 0.5,
        )


def fit_window(rows: slice, columns: slice, spacing_mm: tuple[float, float]) -> Window:
    """The window of ``LONG_SIDE`` with the shape that this part has in mm."""
    height = (rows.stop - rows.start) * spacing_mm[0]
    width = (columns.stop - columns.start) * spacing_mm[1]
    scale = LONG_SIDE / max(height, width)
    return Window(rows, columns, (max(1, round(height * scale)), max(1, round(width * scale))))


def grey(plane: PixelArray, window: Window, limits: tuple[float, float]) -> RgbArray:
    """The image itself, black at the lower limit and white at the upper one."""
    return shaded(window.cut(plane), limits)


def shaded(values: NDArray[np.float32], limits: tuple[float, float]) -> RgbArray:
    """Values at the pixels of a picture, black at the lower limit and white at the upper one."""
    low, high = limits
    level = np.clip((values - low) / max(high - low, 1e-6), 0.0, 1.0).astype(np.float32)
    return np.repeat(level[..., None], 3, axis=2)


def draw_outline(picture: RgbArray, inside: MaskArray, colour: Colour, width: float = 3.0) -> RgbArray:
    """Draw the border of ``inside``, dark-edged so that it shows on bright tissue as well; pixels of the picture."""
    if not inside.any() or inside.all():
        return picture
    box = bounding_box(inside).grown((MARGIN, MARGIN), inside.shape)
    part = inside[box.slices]
    to_border = np.where(part, distance_transform_edt(part), distance_transform_edt(~part)) - 0.5
    return _draw_line(picture, box, to_border.astype(np.float32), colour, width)


def draw_segment(
    picture: RgbArray,
    ends: tuple[tuple[float, float], tuple[float, float]],
    colour: Colour,
    width: float = 2.0,
) -> RgbArray:
    """Draw a straight line between two points in picture coordinates ``(row, column)``."""
    first, second = np.array(ends, dtype=np.float32)
    low, high = np.floor(np.minimum(first, second)).astype(int), np.ceil(np.maximum(first, second)).astype(int)
    box = Box(tuple(low), tuple(high + 1)).grown((MARGIN, MARGIN), picture.shape[:2])
    points = np.moveaxis(np.indices(box.shape, dtype=np.float32), 0, -1) + np.array(box.start, np.float32)
    along = second - first
    fraction = np.clip((points - first) @ along / max(float(along @ along), 1e-6), 0.0, 1.0)
    distance = np.linalg.norm(points - (first + fraction[..., None] * along), axis=-1)
    return _draw_line(picture, box, distance.astype(np.float32), colour, width)


def blend_heat(picture: RgbArray, heat: NDArray[np.float32], table: NDArray[np.float64]) -> RgbArray:
    """Lay ``heat`` in [0, 1] over the picture in the colours of ``table``, ``(entries, 3)`` in [0, 1]."""
    level = np.clip(heat, 0.0, 1.0)
    return _mix(picture, _coloured(level, table), HEAT_OPACITY * level)


def blend_map(picture: RgbArray, level: NDArray[np.float32], table: NDArray[np.float64]) -> RgbArray:
    """Lay values, 0 to 1 between the ends of ``table``, over the picture wherever they are not NaN."""
    known = np.isfinite(level)
    colours = _coloured(np.clip(np.where(known, level, 0.0), 0.0, 1.0), table)
    return _mix(picture, colours, np.where(known, np.float32(MAP_OPACITY), np.float32(0.0)))


def blend_uptake(picture: RgbArray, level: NDArray[np.float32], table: NDArray[np.float64]) -> RgbArray:
    """Lay the uptake of PET, 0 to 1 between the ends of ``table``, over the picture of another modality."""
    level = np.clip(level, 0.0, 1.0)
    opacity = UPTAKE_OPACITY * np.minimum(level / UPTAKE_FULL_FROM, 1.0)
    return _mix(picture, _coloured(level, table), opacity.astype(np.float32))


def data_uri(picture: RgbArray) -> str:
    """The picture as a ``data:`` address holding a PNG, one channel where all three are equal."""
    pixels = np.rint(picture * 255).astype(np.uint8)
    is_grey = bool((pixels == pixels[..., :1]).all())
    buffer = BytesIO()
    PillowImage.fromarray(pixels[..., 0] if is_grey else pixels).save(buffer, "PNG", compress_level=COMPRESSION)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _draw_line(picture: RgbArray, box: Box, distance: NDArray[np.float32], colour: Colour, width: float) -> RgbArray:
    """Draw where ``distance`` in picture pixels, known inside ``box``, is small."""
    edge = np.clip(width / 2 + 1.5 - distance, 0.0, 1.0) * 0.6
    core = np.clip(width / 2 + 0.5 - distance, 0.0, 1.0)
    drawn = picture.copy()
    drawn[box.slices] = _mix(_mix(picture[box.slices], np.zeros(3), edge), np.array(colour), core)
    return drawn


def _coloured(level: NDArray[np.floating], table: NDArray[np.float64]) -> NDArray[np.float64]:
    return table[np.rint(level * (len(table) - 1)).astype(int)]


def _mix(picture: RgbArray, colour: NDArray[np.floating], opacity: NDArray[np.float32]) -> RgbArray:
    return (picture + opacity[..., None] * (colour - picture)).astype(np.float32)
