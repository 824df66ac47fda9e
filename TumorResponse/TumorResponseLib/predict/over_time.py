"""Saliency over time: which part of a cine speaks for the decision.

Occlusion (Zeiler and Fergus, ECCV 2014) along time: a window of frames is covered by what lies between its neighbours,
the network is asked again, and what the decided class loses is the window's weight.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

WINDOWS = 10
EXTREME = 1e-6
"""Probabilities are kept this far from 0 and 1 before their logit is taken."""


def time_saliency(
    frames: NDArray[np.floating],
    answer: Callable[[NDArray[np.floating]], Sequence[float]],
    probabilities: Sequence[float],
    windows: int = WINDOWS,
) -> NDArray[np.float64]:
    """How far each frame speaks for the decision, ``(frames,)``, in logits of the decided class.

    Positive: without the frame's window the decision would be weaker; negative: it would be stronger.

    Args:
        frames: of the cine, ``(frames, ...)``: as recorded, or brought to another grid by a linear resampling, which
            gives the same and is done once.
        answer: probabilities of the classes for frames of this shape; called once a window.
        probabilities: of the whole cine.
        windows: of frames covered at once, one after another without overlap.
    """
    decided = int(np.argmax(probabilities))
    weights = np.zeros(len(frames))
    length = ceil(len(weights) / windows)
    for start in range(0, len(weights), length):
        covered = slice(start, min(start + length, len(weights)))
        left = answer(_without(frames, covered))
        weights[covered] = _logit(probabilities[decided]) - _logit(left[decided])
    return weights


def _without(frames: NDArray[np.floating], covered: slice) -> NDArray[np.floating]:
    """Frames where some are replaced by the mean of the two beside them, or by the one at an end."""
    changed = frames.copy()
    beside = [index for index in (covered.start - 1, covered.stop) if 0 <= index < len(frames)]
    if beside:
        changed[covered] = frames[beside].mean(axis=0)
    return changed


def _logit(probability: float) -> float:
    return float(logit(np.clip(probability, EXTREME, 1 - EXTREME)))
