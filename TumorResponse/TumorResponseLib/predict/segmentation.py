"""Outline the lesion of a breast ultrasound image with the segmentation bundle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.lesion_map import lesion_mask, network_input, restore_probability, soft_dice_confidence

BREAST_ULTRASOUND = "breast-us-segmentation"
"""Name of the shipped bundle."""

MODEL = "models/segmentation.onnx"


@dataclass(frozen=True)
class Segmentation:
    """The lesion of one image.

    Attributes:
        mask: ``(rows, columns)`` of the image as it was loaded; all False when no lesion was found.
        probability: lesion probability on the same grid; of a threshold 0 and 1.
        presence: probability that the image shows any lesion; None where a threshold decided.
        confidence: in [0, 1]: ``presence`` times the Dice that the probability map expects of its mask; without a
            lesion, how little there was of that; None likewise.
        warnings: sentences for the user on what was outlined.
    """

    mask: MaskArray
    probability: NDArray[np.float32]
    presence: float | None
    confidence: float | None
    bundle: str
    bundle_sha256: str
    warnings: tuple[str, ...] = ()


def segment(image: Image, bundle: OpenBundle) -> Segmentation:
    """Segment one still image.

    Raises:
        StudyError: the image is a cine or a volume; the network reads single 2-D images.
    """
    if image.pixels.ndim != 2:
        raise StudyError(
            f"The bundle {bundle.bundle.name} outlines single 2-D images and this one has {image.pixels.ndim} axes; "
            "choose one frame, or give the tumour mask."
        )
    output = bundle.run(MODEL, {"image": network_input(image.pixels)[None]})
    threshold, lowest_confidence = (
        float(bundle.bundle.setting("postprocessing", key)) for key in ("threshold", "confidence_threshold")
    )
    probability = restore_probability(output["probability"][0, 0], image.spatial_shape)
    presence = float(output["presence"][0, 0])
    mask = lesion_mask(probability, threshold)
    confidence = presence * soft_dice_confidence(probability, mask)
    if confidence < lowest_confidence:
        mask, confidence = np.zeros_like(mask), 1.0 - confidence
    return Segmentation(mask, probability, presence, confidence, bundle.bundle.name, bundle.bundle.sha256)
