"""Figures of predictions among several classes, each with its confidence interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.metrics import confusion_matrix

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.research.evaluation.intervals import Interval, grouped_share_interval

RESAMPLES = 500
"""Of the macro AUC's bootstrap."""


@dataclass(frozen=True)
class MulticlassMetrics:
    """Figures of one model; ``dataclasses.asdict`` gives its entry of ``metrics.json``.

    Attributes:
        images: how many were predicted; in repeated splits an image counts once each time it was held out.
        patients: whose images they are; all intervals are bootstrapped over them.
        classes: names, in the order of everything by class.
        accuracy: share told right, by the most probable class.
        accuracy_by_class: share of each true class told right.
        balanced_accuracy: mean of these.
        auc: mean over the classes of the AUC of one class against the others.
        confusion: true classes in rows, told classes in columns.
        log_loss: mean negative logarithm of the true class's probability.
    """

    images: int
    patients: int
    classes: tuple[str, ...]
    accuracy: float
    accuracy_ci: Interval
    accuracy_by_class: tuple[float, ...]
    accuracy_by_class_ci: tuple[Interval, ...]
    balanced_accuracy: float
    auc: float
    auc_ci: Interval
    confusion: tuple[tuple[int, ...], ...]
    log_loss: float


def multiclass_metrics(
    truth: NDArray[np.int64],
    probabilities: NDArray[np.floating],
    patients: NDArray[np.str_],
    classes: Sequence[str],
    level: float = 0.95,
    seed: int = 0,
) -> MulticlassMetrics:
    """Evaluate predicted probabilities.

    Args:
        truth: class indices, ``(images,)``.
        probabilities: ``(images, classes)``; rows sum to 1.
        patients: codes, ``(images,)``.
        classes: their names.
        level: nominal coverage of all intervals.
        seed: of the bootstrap.

    Raises:
        StudyError: a class has no image.
    """
    absent = sorted(set(range(len(classes))) - set(truth.tolist()))
    if absent:
        raise StudyError(f"No image is of the class {classes[absent[0]]}; evaluate on more patients.")
    told = probabilities.argmax(axis=1)
    right = (told == truth).astype(np.float64)
    by_class = [truth == one for one in range(len(classes))]
    shares = tuple(float(right[member].mean()) for member in by_class)
    low, high = _auc_interval(truth, probabilities, patients, level, seed)
    of_truth = np.clip(probabilities[np.arange(len(truth)), truth], 1e-12, 1.0)
    return MulticlassMetrics(
        images=len(truth),
        patients=len(set(patients.tolist())),
        classes=tuple(classes),
        accuracy=float(right.mean()),
        accuracy_ci=grouped_share_interval(right, patients, level, seed=seed),
        accuracy_by_class=shares,
        accuracy_by_class_ci=tuple(
            grouped_share_interval(right[member], patients[member], level, seed=seed) for member in by_class
        ),
        balanced_accuracy=float(np.mean(shares)),
        auc=macro_auc(truth, probabilities),
        auc_ci=(low, high),
        confusion=tuple(tuple(map(int, row)) for row in confusion_matrix(truth, told, labels=range(len(classes)))),
        log_loss=float(-np.log(of_truth).mean()),
    )


def macro_auc(truth: NDArray[np.int64], probabilities: NDArray[np.floating]) -> float:
    """Mean over the classes of the AUC of one class against the others, by ranks; ties count half."""
    each = []
    for one in range(probabilities.shape[1]):
        member = truth == one
        inside, outside = int(member.sum()), int((~member).sum())
        ranks = rankdata(probabilities[:, one])[member].sum()
        each.append((ranks - inside * (inside + 1) / 2) / (inside * outside))
    return float(np.mean(each))


def _auc_interval(
    truth: NDArray[np.int64],
    probabilities: NDArray[np.floating],
    patients: NDArray[np.str_],
    level: float,
    seed: int,
) -> Interval:
    """Percentile bootstrap over patients; draws that lack a class say nothing and are left out."""
    names, owner = np.unique(patients, return_inverse=True)
    images = [np.flatnonzero(owner == number) for number in range(len(names))]
    random = np.random.default_rng(seed)
    values = []
    for _ in range(RESAMPLES):
        drawn = np.concatenate([images[one] for one in random.integers(len(names), size=len(names))])
        if len(set(truth[drawn].tolist())) == probabilities.shape[1]:
            values.append(macro_auc(truth[drawn], probabilities[drawn]))
    low, high = np.quantile(values, [0.5 - level / 2, 0.5 + level / 2])
    return float(low), float(high)
