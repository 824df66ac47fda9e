"""The report's pictures of one reading: the image, its regions, and where the networks looked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from TumorResponseLib.core.box import Box, bounding_box
from TumorResponseLib.core.catalogue import Colour, region_styles
from TumorResponseLib.core.colours import saliency_colours
from TumorResponseLib.core.image import Image, PixelArray
from TumorResponseLib.core.measure import RegionMeasurement
from TumorResponseLib.report.pictures import (
    RgbArray,
    Window,
    blend_heat,
    data_uri,
    draw_outline,
    draw_segment,
    fit_window,
    grey,
)
from TumorResponseLib.session.findings import Findings
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step

LARGEST_PART = 0.6
"""When the tumour and its rings take up less than this fraction of the image's sides, they are shown enlarged."""

SURROUNDINGS = 1.5
"""Side of the enlarged part over that of the tumour and its rings."""

SOFT_TISSUE_HU = (-160.0, 240.0)
"""The usual window of CT: level 40, width 400."""

WHITE: Colour = (1.0, 1.0, 1.0)

SCALE_BARS_MM = (1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True)
class Figure:
    """One picture of the page.

    Attributes:
        picture: ``data:`` address of a PNG.
        scale_bar_mm: length that ``scale_bar_percent`` of the picture's width shows; None without spacing.
        is_heat: whether the legend of the saliency colours belongs under it.
    """

    title: str
    picture: str
    alternative: str
    caption: str
    scale_bar_mm: int | None
    scale_bar_percent: float
    is_heat: bool = False


def draw_figures(reading: Reading) -> list[Figure]:
    """The image; with its outlines once the tumour is found; with each system's saliency once it is made."""
    found = reading.found
    if found.image is None:
        return []
    plane = _Plane(reading, found.image)
    figures = [plane.plain()]
    if found.tumour_found and reading.is_ready(Step.MASK):
        figures.append(plane.regions())
    if reading.is_ready(Step.SALIENCY):
        figures += [plane.saliency(layer) for layer in found.saliency if layer.split("-")[-1] == "fused"]
    return figures


class _Plane:
    """The 2-D slice that all pictures show: of a volume the one where the tumour is largest."""

    def __init__(self, reading: Reading, image: Image) -> None:
        self._found: Findings = reading.found
        self._has_rings = reading.is_ready(Step.RINGS) and self._found.rings is not None
        self._mm = image.spacing is not None
        self._index = self._slice_index(image)
        self._pixels = self._cut(image.pixels)
        self._limits = _grey_limits(self._pixels, image.modality)
        self._spacing = image.spacing_mm[-2:] if self._mm else (1.0, 1.0)
        self._where = "" if self._index is None else f" Slice {self._index + 1} of {image.pixels.shape[0]}."
        self._whole = self._window(Box.whole(self._pixels.shape))
        self._close = self._window(self._close_up())

    def plain(self) -> Figure:
        picture = grey(self._pixels, self._whole, self._limits)
        caption = f"The image as it was read.{self._where}"
        if self._close != self._whole:
            picture = _draw_frame(picture, self._whole, self._close)
            caption += " The frame shows the part enlarged beside it."
        return self._figure("Image", picture, "The image without overlays.", caption, self._whole)

    def regions(self) -> Figure:
        picture = grey(self._pixels, self._close, self._limits)
        regions = ["tumour"]
        if self._has_rings and self._found.rings is not None:
            rings = self._found.rings
            regions = list(rings.names)
            for region, style in reversed(list(enumerate(region_styles(regions)))[1:]):
                inside = self._close.cut_mask(self._cut(rings.margin(region)))
                picture = draw_outline(picture, inside, style.colour, width=2.0)
            picture = self._draw_diameters(picture, self._found.measurements[0])
        picture = self._draw_tumour(picture)
        caption = "Outlines of the tumour and of the rings around it." if self._has_rings else "Outline of the tumour."
        if self._has_rings:
            caption += " White: the longest diameter and the longest across it (RECIST 1.1)."
        alternative = f"The image with the outlines of: {', '.join(regions)}."
        title = "Tumour and rings" if self._has_rings else "Tumour"
        return self._figure(title, picture, alternative, caption, self._close)

    def saliency(self, layer: str) -> Figure:
        heat = self._close.cut(self._cut(self._found.saliency[layer]))
        picture = self._draw_tumour(blend_heat(grey(self._pixels, self._close, self._limits), heat, saliency_colours()))
        system = "" if layer == "fused" else f" ({layer.removesuffix('-fused')})"
        caption = "Where the networks looked, weighted by their share in the decision, over the tumour's outline."
        alternative = "The image with the saliency map as colour over it, and the outline of the tumour."
        return self._figure(f"Saliency{system}", picture, alternative, caption, self._close, is_heat=True)

    def _figure(
        self, title: str, picture: RgbArray, alternative: str, caption: str, window: Window, *, is_heat: bool = False
    ) -> Figure:
        width_mm = (window.columns.stop - window.columns.start) * self._spacing[1]
        bar = max((length for length in SCALE_BARS_MM if length <= 0.4 * width_mm), default=None) if self._mm else None
        percent = 0.0 if bar is None else 100 * bar / width_mm
        return Figure(title, data_uri(picture), alternative, caption, bar, percent, is_heat)

    def _draw_tumour(self, picture: RgbArray) -> RgbArray:
        if self._found.mask is None:
            return picture
        inside = self._close.cut_mask(self._cut(self._found.mask))
        return draw_outline(picture, inside, region_styles(["tumour"])[0].colour)

    def _draw_diameters(self, picture: RgbArray, tumour: RegionMeasurement) -> RgbArray:
        for axis in (tumour.long_axis, tumour.short_axis):
            if axis is not None and (self._index is None or all(round(end[0]) == self._index for end in axis)):
                first, second = (self._close.place((end[-2], end[-1])) for end in axis)
                picture = draw_segment(picture, (first, second), WHITE)
        return picture

    def _slice_index(self, image: Image) -> int | None:
        if image.pixels.ndim == 2:
            return None
        if self._found.mask is None or not self._found.tumour_found:
            return image.pixels.shape[0] // 2
        return int(self._found.mask.sum(axis=(1, 2)).argmax())

    def _cut(self, array: PixelArray) -> PixelArray:
        return array if self._index is None else array[self._index]

    def _window(self, box: Box) -> Window:
        rows, columns = box.slices
        return fit_window(rows, columns, (self._spacing[0], self._spacing[1]))

    def _close_up(self) -> Box:
        """The tumour, its rings and some surroundings in the image's proportions; the whole image if they fill it."""
        whole = Box.whole(self._pixels.shape)
        if self._found.mask is None or not self._found.tumour_found:
            return whole
        rings = self._found.rings if self._has_rings else None
        box = bounding_box(self._cut(self._found.mask if rings is None else rings.labels > 0))
        fraction = SURROUNDINGS * max(size / side for size, side in zip(box.shape, whole.shape, strict=True))
        if fraction > LARGEST_PART:
            return whole
        shape = tuple(max(1, round(fraction * side)) for side in whole.shape)
        start = tuple(
            min(max(0, (low + high - size) // 2), side - size)
            for low, high, size, side in zip(box.start, box.stop, shape, whole.shape, strict=True)
        )
        return Box(start, tuple(low + size for low, size in zip(start, shape, strict=True)))


def _grey_limits(plane: PixelArray, modality: str) -> tuple[float, float]:
    """What is shown black and white: soft tissue in CT, 8-bit values as they are, others without the few extremes."""
    if modality == "CT":
        return SOFT_TISSUE_HU
    if plane.dtype == np.uint8:
        return 0.0, 255.0
    low, high = np.percentile(plane, (0.5, 99.5))
    return float(low), float(high)


def _draw_frame(picture: RgbArray, whole: Window, part: Window) -> RgbArray:
    top, left = whole.place((part.rows.start, part.columns.start))
    bottom, right = whole.place((part.rows.stop - 1, part.columns.stop - 1))
    corners = [(top, left), (top, right), (bottom, right), (bottom, left)]
    for first, second in zip(corners, corners[1:] + corners[:1], strict=True):
        picture = draw_segment(picture, (first, second), WHITE)
    return picture
