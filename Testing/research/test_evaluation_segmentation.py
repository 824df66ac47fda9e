from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion
from scipy.spatial.distance import cdist

from TumorResponseLib.core.errors import MaskError, StudyError
from TumorResponseLib.research.evaluation.segmentation import (
    ImageScore,
    hausdorff_95_mm,
    score_image,
    segmentation_metrics,
)


def block(shape: tuple[int, ...], *ranges: tuple[int, int]) -> NDArray[np.bool_]:
    mask = np.zeros(shape, dtype=np.bool_)
    mask[tuple(slice(*bounds) for bounds in ranges)] = True
    return mask


def test_overlap_by_hand() -> None:
    truth = block((20, 20), (2, 12), (2, 12))
    score = score_image(block((20, 20), (2, 12), (7, 17)), truth, "p1", (1.0, 1.0))
    assert (score.has_lesion, score.outlined, score.group) == (True, True, "p1")
    assert score.dice == pytest.approx(0.5)
    assert score.iou == pytest.approx(1 / 3)
    assert score.hd95_mm == pytest.approx(5.0)


def test_what_cannot_be_measured_is_none() -> None:
    empty, lesion = np.zeros((9, 9), dtype=np.bool_), block((9, 9), (2, 5), (2, 5))
    assert score_image(lesion, empty, "p") == ImageScore("p", False, True, None, None, None)
    assert score_image(empty, empty, "p") == ImageScore("p", False, False, None, None, None)
    assert score_image(empty, lesion, "p", (1.0, 1.0)) == ImageScore("p", True, False, 0.0, 0.0, None)
    assert score_image(lesion, lesion, "p").hd95_mm is None
    with pytest.raises(MaskError):
        score_image(lesion, block((9, 8), (2, 5), (2, 5)), "p")


@pytest.mark.parametrize(("shape", "spacing"), [((40, 30), (0.5, 1.2)), ((12, 20, 18), (3.0, 0.7, 0.7))])
def test_hd95_equals_all_surface_distances(shape: tuple[int, ...], spacing: tuple[float, ...]) -> None:
    random = np.random.default_rng(0)
    first = block(shape, *((0, size // 2) for size in shape))  # at the image border
    second = block(shape, *((size // 4, size - 2) for size in shape))
    second[tuple(random.integers(0, size) for size in shape)] = True
    surfaces = [np.argwhere(mask & ~binary_erosion(mask)) * spacing for mask in (first, second)]
    apart = cdist(*surfaces)
    expected = max(np.percentile(apart.min(axis=0), 95), np.percentile(apart.min(axis=1), 95))
    assert hausdorff_95_mm(first, second, spacing) == pytest.approx(expected, rel=1e-5)


def test_a_summary_by_hand() -> None:
    scores = [
        ImageScore("a", True, True, 0.9, 0.8, 2.0),
        ImageScore("a", True, True, 0.7, 0.6, 4.0),
        ImageScore("b", True, False, 0.0, 0.0, None),
        ImageScore("c", True, True, 0.05, 0.02, 30.0),
        ImageScore("d", False, True, None, None, None),
        ImageScore("e", False, False, None, None, None),
        ImageScore("f", False, False, None, None, None),
    ]
    metrics = segmentation_metrics(scores)
    assert metrics.dice == pytest.approx(1.65 / 4)
    assert metrics.iou == pytest.approx(1.42 / 4)
    assert metrics.hd95_mm == pytest.approx(12.0)
    assert (metrics.lesions, metrics.missed, metrics.normals, metrics.false_lesions) == (4, 2, 3, 1)
    assert metrics.false_lesion_rate == pytest.approx(1 / 3)
    assert metrics.false_lesion_rate_ci is not None
    assert metrics.false_lesion_rate_ci[0] < 1 / 3 < metrics.false_lesion_rate_ci[1]
    assert metrics.dice_ci[0] == 0.0  # all three draws may be group b
    assert metrics.dice_ci[1] == pytest.approx(0.8)
    assert segmentation_metrics(scores) == metrics


def test_without_lesions_or_normals() -> None:
    with pytest.raises(StudyError):
        segmentation_metrics([ImageScore("a", False, False, None, None, None)])
    only_lesions = segmentation_metrics([ImageScore("a", True, True, 0.9, 0.8, None)])
    assert (only_lesions.normals, only_lesions.false_lesion_rate, only_lesions.hd95_mm) == (0, None, None)
