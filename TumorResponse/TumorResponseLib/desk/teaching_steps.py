"""What the model saw, step by step, as pictures with a sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from TumorResponseLib.core.box import bounding_box
from TumorResponseLib.core.catalogue import Colour, region_styles
from TumorResponseLib.core.colours import saliency_colours
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.desk.summary import branch_title, percent
from TumorResponseLib.explain.activation import FUSED
from TumorResponseLib.predict.lesion_map import network_input
from TumorResponseLib.predict.system import SystemOutput
from TumorResponseLib.report.pictures import RgbArray, Window, blend_heat, draw_outline, fit_window, grey
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step

SPREAD = 2.5
"""Standard deviations from the mean that are shown black and white in normalised images."""
SURROUNDINGS = 0.5
"""How much around the regions is shown, as a part of their size."""
LEARNER: Colour = (1.0, 1.0, 1.0)


@dataclass(frozen=True, eq=False)
class TeachingStep:
    """One step of the model's way to its answer.

    Attributes:
        title: a few words.
        picture: ``(rows, columns, 3)`` ``uint8``, red, green, blue.
        explanation: one or two sentences.
    """

    title: str
    picture: NDArray[np.uint8]
    explanation: str

    def png(self) -> bytes:
        """The picture as a PNG file."""
        buffer = BytesIO()
        PillowImage.fromarray(self.picture).save(buffer, "PNG")
        return buffer.getvalue()


def teaching_steps(reading: Reading, learner: MaskArray | None) -> Iterator[TeachingStep]:
    """The steps of a reading of a 2-D image, as far as they are READY; of several systems those of the first.

    Args:
        reading: the model's.
        learner: what the learner outlined, to be drawn beside the model's outline.
    """
    image, mask = reading.found.image, reading.found.mask
    if image is None or image.pixels.ndim != 2 or mask is None or not reading.is_ready(Step.MASK):
        return
    yield _normalised(reading)
    yield _outlines(reading, mask, learner)
    if not (reading.is_ready(Step.PREDICTION) and reading.found.outputs):
        return
    output = next(iter(reading.found.outputs.values()))
    yield from _crops(output)
    if reading.is_ready(Step.SALIENCY):
        yield from _activations(reading, output, mask)


def _normalised(reading: Reading) -> TeachingStep:
    assert reading.found.image is not None
    seen = network_input(reading.found.image.pixels)[0]
    size = f"{seen.shape[0]} × {seen.shape[1]}"
    return TeachingStep(
        "Normalised image",
        _bytes(_grey_deviations(seen)),
        f"The image as the outlining network gets it: {size} samples, brought to mean 0 and standard deviation 1, "
        "so that gain and contrast of the scanner matter less.",
    )


def _outlines(reading: Reading, mask: MaskArray, learner: MaskArray | None) -> TeachingStep:
    picture, window = _close_up(reading, mask if learner is None else mask | learner)
    if mask.any():
        picture = draw_outline(picture, window.cut_mask(mask), region_styles(["tumour"])[0].colour)
    explanation = "The tumour's outline, on which everything after it rests."
    if learner is not None:
        picture = draw_outline(picture, window.cut_mask(learner), LEARNER, width=2.0)
        explanation += " White: your own."
    return TeachingStep("Outline", _bytes(picture), explanation)


def _crops(output: SystemOutput) -> Iterator[TeachingStep]:
    for branch, channels in output.inputs.items():
        weight = output.weights.get(branch)
        decides = "" if weight is None else f" Its weight in the answer is {percent(weight)}."
        probability = output.prediction.branches.get(branch)
        alone = (
            f" Alone it says {percent(probability)} {output.prediction.classes[-1]}." if probability is not None else ""
        )
        yield TeachingStep(
            f"Crop: {branch_title(branch)}",
            _bytes(_grey_deviations(channels[0])),
            "What the network of this region sees: the tissue of its region on a grid in mm, all else blacked out."
            f"{alone}{decides}",
        )


def _activations(reading: Reading, output: SystemOutput, mask: MaskArray) -> Iterator[TeachingStep]:
    several = len(reading.found.outputs) > 1
    before = f"{output.prediction.system}-" if several else ""
    decision = output.prediction.decision
    picture, window = _close_up(reading, mask)
    for layer in (*output.activations, FUSED):
        heat = reading.found.saliency.get(before + layer)
        if heat is None:
            continue
        drawn = blend_heat(picture, window.cut(heat), saliency_colours())
        drawn = draw_outline(drawn, window.cut_mask(mask), region_styles(["tumour"])[0].colour, width=2.0)
        which = "All networks together, by their weight" if layer == FUSED else "This network"
        title = "Fused map" if layer == FUSED else f"Activation: {branch_title(layer)}"
        yield TeachingStep(
            title, _bytes(drawn), f"{which}: the brighter, the more the tissue speaks for the answer {decision!r}."
        )


def _close_up(reading: Reading, inside: MaskArray) -> tuple[RgbArray, Window]:
    """The image around the tumour and its rings, and where that is."""
    image, rings = reading.found.image, reading.found.rings
    assert image is not None
    rows, columns = slice(0, image.pixels.shape[0]), slice(0, image.pixels.shape[1])
    if inside.any():
        box = bounding_box(inside)
        if rings is not None and reading.is_ready(Step.RINGS):
            box = box.union(rings.box)
        margin = tuple(round(SURROUNDINGS / 2 * size) for size in box.shape)
        rows, columns = box.grown(margin, image.pixels.shape).slices
    spacing = image.spacing.mm if image.spacing is not None else (1.0, 1.0)
    window = fit_window(rows, columns, (spacing[0], spacing[1]))
    low, high = (0.0, 255.0) if image.pixels.dtype == np.uint8 else np.percentile(image.pixels, (0.5, 99.5))
    return grey(image.pixels, window, (float(low), float(high))), window


def _grey_deviations(values: NDArray[np.float32]) -> RgbArray:
    """Normalised values as they are, sample by sample."""
    level = np.clip((values / SPREAD + 1.0) / 2.0, 0.0, 1.0)
    return np.repeat(level[..., None], 3, axis=2)


def _bytes(picture: RgbArray) -> NDArray[np.uint8]:
    return np.rint(picture * 255).astype(np.uint8)
