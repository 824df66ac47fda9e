"""What the model saw, step by step, as pictures with a sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from TumorResponseLib.core.catalogue import Colour, region_styles
from TumorResponseLib.core.colours import saliency_colours
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.desk.summary import percent
from TumorResponseLib.explain.activation import FUSED
from TumorResponseLib.predict.lesion_map import network_input
from TumorResponseLib.predict.system import SystemOutput
from TumorResponseLib.report.branch_title import branch_title
from TumorResponseLib.report.pictures import RgbArray, blend_heat, draw_outline
from TumorResponseLib.report.plane import Plane
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step

SPREAD = 2.5
"""Standard deviations from the mean that are shown black and white in normalised images."""
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
    """The steps of a reading, as far as they are READY; of several systems those of the first.

    Of a volume the slice with the most tumour is shown.

    Args:
        reading: the model's.
        learner: what the learner outlined, to be drawn beside the model's outline.
    """
    image, mask = reading.found.image, reading.found.mask
    if image is None or mask is None or not reading.is_ready(Step.MASK):
        return
    plane = Plane(reading, image)
    if reading.found.segmentation is not None and image.pixels.ndim == 2:
        yield _normalised(image)
    yield _outlines(plane, mask, learner)
    if not (reading.is_ready(Step.PREDICTION) and reading.found.outputs):
        return
    output = next(iter(reading.found.outputs.values()))
    yield from _crops(output)
    if reading.is_ready(Step.SALIENCY):
        yield from _activations(reading, output, plane, mask)


def _normalised(image: Image) -> TeachingStep:
    seen = network_input(image.pixels)[0]
    size = f"{seen.shape[0]} × {seen.shape[1]}"
    return TeachingStep(
        "Normalised image",
        _bytes(_grey_deviations(seen)),
        f"The image as the outlining network gets it: {size} samples, brought to mean 0 and standard deviation 1, "
        "so that gain and contrast of the scanner matter less.",
    )


def _outlines(plane: Plane, mask: MaskArray, learner: MaskArray | None) -> TeachingStep:
    drawn = plane.cut(mask)
    own = np.zeros_like(drawn) if learner is None else plane.cut(learner)
    close = plane.close
    window = close if own[close.rows, close.columns].sum() == own.sum() else plane.whole
    picture = plane.picture(window)
    if drawn.any():
        picture = draw_outline(picture, window.cut_mask(drawn), region_styles(["tumour"])[0].colour)
    explanation = f"The tumour's outline, on which everything after it rests.{plane.where}"
    if learner is not None:
        picture = draw_outline(picture, window.cut_mask(own), LEARNER, width=2.0)
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
        first = channels[0]
        seen = first[len(first) // 2] if first.ndim == 3 else first
        if seen.ndim == 2:  # laboratory values are no picture
            yield TeachingStep(
                f"Crop: {branch_title(branch)}",
                _bytes(_grey_deviations(seen)),
                f"What this network sees, on its own grid in mm.{alone}{decides}",
            )


def _activations(reading: Reading, output: SystemOutput, plane: Plane, mask: MaskArray) -> Iterator[TeachingStep]:
    decision = output.prediction.decision
    picture, window = plane.picture(plane.close), plane.close
    for layer in (*output.activations, FUSED):
        heat = reading.found.saliency.get(reading.found.layer_of(output.prediction.system, layer))
        if heat is None:
            continue
        drawn = blend_heat(picture, window.cut(plane.cut(heat)), saliency_colours())
        drawn = draw_outline(drawn, window.cut_mask(plane.cut(mask)), region_styles(["tumour"])[0].colour, width=2.0)
        which = "All networks together, by their weight" if layer == FUSED else "This network"
        title = "Fused map" if layer == FUSED else f"Activation: {branch_title(layer)}"
        yield TeachingStep(
            title, _bytes(drawn), f"{which}: the brighter, the more the tissue speaks for the answer {decision!r}."
        )


def _grey_deviations(values: NDArray[np.float32]) -> RgbArray:
    """Normalised values as they are, sample by sample."""
    level = np.clip((values / SPREAD + 1.0) / 2.0, 0.0, 1.0)
    return np.repeat(level[..., None], 3, axis=2)


def _bytes(picture: RgbArray) -> NDArray[np.uint8]:
    return np.rint(picture * 255).astype(np.uint8)
