"""Cross-validated figures of the breast ultrasound segmentation, from its held-out predictions.

Each image is judged by a network that never saw its duplicate group, and with thresholds chosen on the images of the
other networks. What was chosen besides with these predictions in view stands in the model card's limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.predict.lesion_map import NETWORK_SIZE, lesion_mask, restore_probability, soft_dice_confidence
from TumorResponseLib.research.cohorts.busi import UltrasoundRow
from TumorResponseLib.research.evaluation.segmentation import (
    ImageScore,
    SegmentationMetrics,
    score_image,
    segmentation_metrics,
)

MASK_THRESHOLDS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
CONFIDENCE_THRESHOLDS = tuple(step / 50 for step in range(1, 50))
MOST_FALSE_LESIONS = 0.12
"""Share of normals with a false lesion that the choice of the confidence threshold allows on the other folds."""


@dataclass(frozen=True)
class Thresholds:
    """What turns the network's answer into a mask: pixel by pixel, and for the image as a whole."""

    mask: float
    confidence: float


@dataclass(frozen=True)
class HeldOut:
    """One image with the answer of a network that never saw its group; the map is ``(size, size)``."""

    row: UltrasoundRow
    fold: int
    probability: NDArray[np.float32]
    presence: float

    def mask(self, thresholds: Thresholds, shape: tuple[int, int]) -> MaskArray:
        """The mask that reading would give, on a grid of ``shape``."""
        probability = restore_probability(self.probability, shape)
        mask = lesion_mask(probability, thresholds.mask)
        if self.presence * soft_dice_confidence(probability, mask) < thresholds.confidence:
            return np.zeros_like(mask)
        return mask


def read_held_out(rows: Sequence[UltrasoundRow], work: Path) -> list[HeldOut]:
    """The held-out predictions that ``research.training.segmentation`` left in ``work``; a part counts as a fold.

    Raises:
        ValueError: a row has none or several, so that the training is not finished or was of other rows.
    """
    parts = [np.load(path) for path in sorted(work.glob("fold*-part*.npz"))]
    if sorted(int(index) for part in parts for index in part["rows"]) != list(range(len(rows))):
        raise ValueError(f"The predictions in {work} are not one for each of the {len(rows)} images; finish training.")
    return [
        HeldOut(rows[index], fold, probability.astype(np.float32), float(presence))
        for fold, part in enumerate(parts)
        for index, probability, presence in zip(part["rows"], part["maps"], part["presence"], strict=True)
    ]


def choose_thresholds(images: Sequence[HeldOut]) -> Thresholds:
    """The mask threshold of the best mean Dice, and the lowest confidence threshold that keeps false lesions rare."""
    truths = [restore_probability(image.row.load()[1], (NETWORK_SIZE, NETWORK_SIZE)) >= 0.5 for image in images]
    lesions = [(image, truth) for image, truth in zip(images, truths, strict=True) if truth.any()]

    def mean_dice(threshold: float) -> float:
        masks = [(lesion_mask(image.probability, threshold), truth) for image, truth in lesions]
        return float(np.mean([2 * (mask & truth).sum() / (mask.sum() + truth.sum()) for mask, truth in masks]))

    mask_threshold = max(MASK_THRESHOLDS, key=mean_dice)
    normals = [image for image, truth in zip(images, truths, strict=True) if not truth.any()]
    confidences = [
        image.presence * soft_dice_confidence(image.probability, lesion_mask(image.probability, mask_threshold))
        for image in normals
    ]
    confidence_threshold = next(
        (
            threshold
            for threshold in CONFIDENCE_THRESHOLDS
            if sum(confidence >= threshold for confidence in confidences) <= MOST_FALSE_LESIONS * len(normals)
        ),
        CONFIDENCE_THRESHOLDS[-1],
    )
    return Thresholds(mask_threshold, confidence_threshold)


def cross_validated_metrics(images: Sequence[HeldOut]) -> dict[str, SegmentationMetrics]:
    """Figures over the ``scored`` rows: of all, by class, and without images that carry burnt-in marks."""
    scored: list[tuple[HeldOut, ImageScore]] = []
    for fold in sorted({image.fold for image in images}):
        thresholds = choose_thresholds([image for image in images if image.fold != fold])
        for image in images:
            if image.fold == fold and image.row.scored:
                truth = image.row.load()[1]
                predicted = image.mask(thresholds, (truth.shape[0], truth.shape[1]))
                scored.append((image, score_image(predicted, truth, image.row.group)))

    def of(*labels: str, marked: bool = True) -> SegmentationMetrics:
        return segmentation_metrics(
            [
                score
                for image, score in scored
                if image.row.label in labels and (marked or not image.row.overlay_suspect)
            ]
        )

    return {
        "segmentation": of("benign", "malignant", "normal"),
        "segmentation, benign": of("benign"),
        "segmentation, malignant": of("malignant"),
        "segmentation, without burnt-in marks": of("benign", "malignant", "normal", marked=False),
    }
