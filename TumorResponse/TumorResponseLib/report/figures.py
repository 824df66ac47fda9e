"""The report's pictures of one reading: the image, its regions, where the networks looked, and the systems' maps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from TumorResponseLib.core.catalogue import Colour, region_styles
from TumorResponseLib.core.colours import overlay_colours, saliency_colours
from TumorResponseLib.core.display_window import display_window, is_ct, is_pet, pet_window
from TumorResponseLib.core.errors import SpacingError, StudyError
from TumorResponseLib.core.exhibits import Overlay
from TumorResponseLib.core.image import Image
from TumorResponseLib.core.measure import RegionMeasurement
from TumorResponseLib.report.backdrop import at_pixels
from TumorResponseLib.report.colour_bar import ColourBar, colour_bar
from TumorResponseLib.report.numbers import brief
from TumorResponseLib.report.pictures import (
    RgbArray,
    Window,
    blend_heat,
    blend_map,
    blend_uptake,
    data_uri,
    draw_outline,
    draw_segment,
    shaded,
)
from TumorResponseLib.report.plane import Plane
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step

WHITE: Colour = (1.0, 1.0, 1.0)

SCALE_BARS_MM = (1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True)
class Figure:
    """One picture of the page.

    Attributes:
        picture: ``data:`` address of a PNG.
        scale_bar_mm: length that ``scale_bar_percent`` of the picture's width shows; None without spacing.
        letters: the patient's side at the picture's left, right, top and bottom; empty where it is not known.
        colours: what the colours over the image mean; None without any.
    """

    title: str
    picture: str
    alternative: str
    caption: str
    scale_bar_mm: int | None
    scale_bar_percent: float
    letters: tuple[str, ...] = ()
    colours: ColourBar | None = None


def draw_figures(reading: Reading) -> list[Figure]:
    """The image; fused with what lies behind it; its outlines; each system's saliency; each map of the exhibits.

    Only what a READY step found is drawn.
    """
    image = reading.found.image
    return [] if image is None else list(_Figures(reading, image).all())


class _Figures:
    """All pictures show the same slice."""

    def __init__(self, reading: Reading, image: Image) -> None:
        self._reading = reading
        self._found = reading.found
        self._image = image
        self._plane = Plane(reading, image)
        self._has_rings = reading.is_ready(Step.RINGS) and self._found.rings is not None

    def all(self) -> Iterator[Figure]:
        fused, refusal = self._fused()
        yield self._plain(refusal)
        if fused is not None:
            yield fused
        if self._found.tumour_found and self._reading.is_ready(Step.MASK):
            yield self._regions()
        if self._reading.is_ready(Step.SALIENCY):
            yield from (self._saliency(layer) for layer in self._found.saliency if layer.split("-")[-1] == "fused")
            yield from (self._overlay(each) for each in self._found.overlays.values())

    def _plain(self, remark: str) -> Figure:
        plane = self._plane
        picture = plane.picture(plane.whole)
        caption = f"The image as it was read.{plane.where}"
        if is_pet(self._image):
            caption += f" Black: {self._image.units or 'uptake'} of {brief(plane.limits[1])} and more."
        if plane.close != plane.whole:
            picture = _draw_frame(picture, plane.whole, plane.close)
            caption += " The frame shows the part enlarged beside it."
        return self._figure("Image", picture, "The image without overlays.", f"{caption} {remark}", plane.whole)

    def _fused(self) -> tuple[Figure | None, str]:
        """The image in the colours of PET over the view's backdrop; why it is missing, where it should be there."""
        study, view = self._found.study, self._reading.view
        behind = study.images.get(view.backdrop) if study is not None and view is not None and view.backdrop else None
        if behind is None or view is None:
            return None, ""
        window = self._plane.whole
        try:
            values = at_pixels(behind, self._plane.grid(window))
        except (StudyError, SpacingError) as error:
            return None, str(error)
        table, (low, high), (_, most) = overlay_colours("pet"), display_window(behind, values), pet_window(self._image)
        picture = blend_uptake(shaded(values, (low, high)), window.cut(self._plane.pixels) / most, table)
        bar = colour_bar(table, 0.0, most, self._image.units, self._plane.pixels)
        front, back = view.role.upper(), str(view.backdrop).upper()
        caption = f"{front} in colours over {back} at the same place in the patient."
        if is_ct(behind):
            caption += f" {back} from {brief(low)} (black) to {brief(high)} HU (white)."
        return self._figure(f"{front} over {back}", picture, caption, caption, window, bar), ""

    def _regions(self) -> Figure:
        window = self._plane.close
        picture = self._plane.picture(window)
        rings = self._found.rings if self._has_rings else None
        if rings is None:
            alternative = "The image with the outline of the tumour."
            return self._figure("Tumour", self._draw_tumour(picture), alternative, "Outline of the tumour.", window)
        for region, style in reversed(list(enumerate(region_styles(rings.names)))[1:]):
            inside = window.cut_mask(self._plane.cut(rings.margin(region)))
            picture = draw_outline(picture, inside, style.colour, width=2.0)
        picture, remark = self._draw_diameters(picture, self._found.measurements[0])
        caption = f"Outlines of the tumour and of the rings around it. {remark}"
        alternative = f"The image with the outlines of: {', '.join(rings.names)}."
        return self._figure("Tumour and rings", self._draw_tumour(picture), alternative, caption, window)

    def _saliency(self, layer: str) -> Figure:
        window, table = self._plane.close, saliency_colours()
        heat = window.cut(self._plane.cut(self._found.saliency[layer]))
        picture = self._draw_tumour(blend_heat(self._plane.picture(window), heat, table))
        system = "" if layer == "fused" else f" ({layer.removesuffix('-fused')})"
        caption = "Where the networks looked, weighted by their share in the decision, over the tumour's outline."
        alternative = "The image with the saliency map as colour over it, and the outline of the tumour."
        bar = ColourBar.of(table, "none", "most")
        return self._figure(f"Saliency{system}", picture, alternative, caption, window, bar)

    def _overlay(self, overlay: Overlay) -> Figure:
        window, table = self._plane.close, overlay_colours(overlay.colours)
        values = self._plane.cut(overlay.values)
        level = (window.cut_known(values) - overlay.low) / max(overlay.high - overlay.low, 1e-6)
        picture = self._draw_tumour(blend_map(self._plane.picture(window), level, table))
        caption = "As colour over the image, where it is known, with the tumour's outline."
        if not np.isfinite(values).any():
            caption = "Nothing is known of it in this slice."
        bar = colour_bar(table, overlay.low, overlay.high, overlay.unit, values)
        alternative = f"The image with a map as colour over it: {overlay.title}, {bar.low} to {bar.high}."
        return self._figure(overlay.title, picture, alternative, caption, window, bar)

    def _figure(
        self,
        title: str,
        picture: RgbArray,
        alternative: str,
        caption: str,
        window: Window,
        colours: ColourBar | None = None,
    ) -> Figure:
        bar, percent = None, 0.0
        if self._image.spacing is not None:
            width_mm = (window.columns.stop - window.columns.start) * self._plane.spacing_mm[1]
            bar = max((length for length in SCALE_BARS_MM if length <= 0.4 * width_mm), default=None)
            percent = 0.0 if bar is None else 100 * bar / width_mm
        letters = self._plane.letters
        return Figure(title, data_uri(picture), alternative, caption.strip(), bar, percent, letters, colours)

    def _draw_tumour(self, picture: RgbArray) -> RgbArray:
        if self._found.mask is None:
            return picture
        inside = self._plane.close.cut_mask(self._plane.cut(self._found.mask))
        return draw_outline(picture, inside, region_styles(["tumour"])[0].colour)

    def _draw_diameters(self, picture: RgbArray, tumour: RegionMeasurement) -> tuple[RgbArray, str]:
        """The diameters, which lie in this slice, and what is to be said of them."""
        axes = [axis for axis in (tumour.long_axis, tumour.short_axis) if axis is not None]
        if not axes:
            return picture, ""
        for axis in axes:
            first, second = (self._plane.place(end, self._plane.close) for end in axis)
            picture = draw_segment(picture, (first, second), WHITE)
        return picture, "White: the longest diameter and the longest across it (RECIST 1.1)."


def _draw_frame(picture: RgbArray, whole: Window, part: Window) -> RgbArray:
    top, left = whole.place((part.rows.start, part.columns.start))
    bottom, right = whole.place((part.rows.stop - 1, part.columns.stop - 1))
    corners = [(top, left), (top, right), (bottom, right), (bottom, left)]
    for first, second in zip(corners, corners[1:] + corners[:1], strict=True):
        picture = draw_segment(picture, (first, second), WHITE)
    return picture
