"""How well outlines match: overlap and surface distance by lesion, missed and false lesions, by patient group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from monai.metrics import get_mask_edges, get_surface_distance

from TumorResponseLib.core.box import bounding_box
from TumorResponseLib.core.errors import MaskError, StudyError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.research.evaluation.intervals import (
    Interval,
    grouped_bootstrap_interval,
    grouped_share_interval,
    wilson_interval,
)

MISSED_BELOW_DICE = 0.1
"""An outline that overlaps the lesion less than this did not find it."""


@dataclass(frozen=True)
class ImageScore:
    """One image's outline against the true one.

    Attributes:
        group: images of one patient or near-duplicates share it.
        has_lesion: whether the true mask holds one.
        outlined: whether the predicted mask holds one.
        dice: None on an image without lesion.
        iou: likewise.
        hd95_mm: None without lesion, outline or spacing.
    """

    group: str
    has_lesion: bool
    outlined: bool
    dice: float | None
    iou: float | None
    hd95_mm: float | None


@dataclass(frozen=True)
class SegmentationMetrics:
    """Figures over images; ``dataclasses.asdict`` gives the ``segmentation`` entry of ``metrics.json``.

    Attributes:
        lesions: images with a lesion; dice, iou and missed are over these, and a missed lesion counts in the means.
        dice: mean, with the bootstrap interval over groups.
        iou: likewise.
        hd95_mm: mean over lesions that were outlined; None when none could be measured.
        missed: lesions with a Dice below 0.1.
        normals: images without lesion.
        false_lesions: normals on which something was outlined, their share with Wilson's interval.
    """

    lesions: int
    dice: float
    dice_ci: Interval
    iou: float
    iou_ci: Interval
    hd95_mm: float | None
    hd95_mm_ci: Interval | None
    missed: int
    normals: int
    false_lesions: int
    false_lesion_rate: float | None
    false_lesion_rate_ci: Interval | None


def score_image(
    predicted: MaskArray, truth: MaskArray, group: str, spacing_mm: tuple[float, ...] | None = None
) -> ImageScore:
    """Compare a predicted mask with the true one, both ``(rows, columns)`` or ``(slices, rows, columns)``.

    Raises:
        MaskError: the masks differ in shape.
    """
    if predicted.shape != truth.shape:
        raise MaskError(f"The predicted mask has shape {predicted.shape} and the true one {truth.shape}.")
    size, true_size = int(predicted.sum()), int(truth.sum())
    if true_size == 0:
        return ImageScore(group, False, size > 0, None, None, None)
    shared = int((predicted & truth).sum())
    distance = None
    if size > 0 and spacing_mm is not None:
        distance = hausdorff_95_mm(predicted, truth, spacing_mm)
    return ImageScore(
        group, True, size > 0, 2 * shared / (size + true_size), shared / (size + true_size - shared), distance
    )


def hausdorff_95_mm(predicted: MaskArray, truth: MaskArray, spacing_mm: tuple[float, ...]) -> float:
    """95th percentile Hausdorff distance of two non-empty masks: the larger of both directions (MONAI)."""
    # A background rim closes surfaces at the image border, and the box spares the empty rest of the image.
    box = bounding_box(predicted | truth)
    first, second = (torch.from_numpy(np.pad(mask[box.slices], 1)) for mask in (predicted, truth))
    # MONAI's own ``compute_hausdorff_distance`` does the same with an argument that MONAI warns of, once a call.
    edges = get_mask_edges(first, second)
    spacing = [float(step) for step in spacing_mm]
    both_ways = (get_surface_distance(one, other, spacing=spacing) for one, other in (edges, edges[::-1]))
    return max(float(torch.quantile(torch.as_tensor(distances), 0.95)) for distances in both_ways)


def segmentation_metrics(scores: Sequence[ImageScore], level: float = 0.95, seed: int = 0) -> SegmentationMetrics:
    """Summarise images; of one class or source, pass only those.

    Args:
        scores: one an image.
        level: nominal coverage of all intervals.
        seed: of the bootstrap.

    Raises:
        StudyError: no image holds a lesion.
    """
    lesions = [score for score in scores if score.has_lesion]
    normals = [score for score in scores if not score.has_lesion]
    if not lesions:
        raise StudyError("No image of these holds a lesion, so no Dice can be computed; give images with lesions.")
    dice, dice_ci = _mean([(score.dice, score.group) for score in lesions], level, seed)
    iou, iou_ci = _mean([(score.iou, score.group) for score in lesions], level, seed)
    measured = [(score.hd95_mm, score.group) for score in lesions if score.hd95_mm is not None]
    distance, distance_ci = _mean(measured, level, seed, grouped_bootstrap_interval) if measured else (None, None)
    false_lesions = sum(score.outlined for score in normals)
    return SegmentationMetrics(
        lesions=len(lesions),
        dice=dice,
        dice_ci=dice_ci,
        iou=iou,
        iou_ci=iou_ci,
        hd95_mm=distance,
        hd95_mm_ci=distance_ci,
        missed=sum(score.dice is not None and score.dice < MISSED_BELOW_DICE for score in lesions),
        normals=len(normals),
        false_lesions=false_lesions,
        false_lesion_rate=false_lesions / len(normals) if normals else None,
        false_lesion_rate_ci=wilson_interval(false_lesions, len(normals), level) if normals else None,
    )


def _mean(
    measured: Sequence[tuple[float | None, str]],
    level: float,
    seed: int,
    interval: Callable[..., Interval] = grouped_share_interval,
) -> tuple[float, Interval]:
    values = np.array([value for value, _ in measured], dtype=np.float64)
    groups = np.array([group for _, group in measured])
    return float(values.mean()), interval(values, groups, level, seed=seed)
