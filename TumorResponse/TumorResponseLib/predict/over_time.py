"""Saliency over time: which part of a cine speaks for the decision.

Occlusion (Zeiler and Fergus, ECCV 2014) along time: a window of frames is covered by what lies between its neighbours,
the system reads the cine again, and what the decided class loses is the window's weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.study import CINE_ROLE, Study
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.system import System

WINDOWS = 10
EXTREME = 1e-6
"""Probabilities are kept this far from 0 and 1 before their logit is taken."""


def time_saliency(
    system: System,
    study: Study,
    tumour: MaskArray,
    bundle: OpenBundle,
    probabilities: Sequence[float],
    windows: int = WINDOWS,
) -> NDArray[np.float64]:
    """How far each frame speaks for the decision, ``(frames,)``, in logits of the decided class.

    Positive: without the frame's window the decision would be weaker; negative: it would be stronger.

    Args:
        system: that reads cines.
        study: with a cine.
        tumour: its mask.
        bundle: the system's.
        probabilities: what the system says of the whole cine.
        windows: of frames covered at once, one after another without overlap; the cine is read as often.

    Raises:
        StudyError: the study has no cine.
        TumorResponseError: as the system's ``predict``.
    """
    cine = study.image(CINE_ROLE)
    if cine.frame_times_ms is None:
        raise StudyError(f"Saliency over time needs a cine and {study.name} holds a single image; give the cine.")
    decided = int(np.argmax(probabilities))
    weights = np.zeros(len(cine.pixels))
    length = ceil(len(weights) / windows)
    for start in range(0, len(weights), length):
        covered = slice(start, min(start + length, len(weights)))
        changed = replace(study, images={CINE_ROLE: _without(cine, covered)})
        left = system.predict(changed, tumour, bundle).prediction.probabilities
        weights[covered] = _logit(probabilities[decided]) - _logit(left[decided])
    return weights


def _without(cine: Image, covered: slice) -> Image:
    """The cine with frames replaced by the mean of the two beside them, or by the one at an end."""
    pixels = cine.pixels.astype(np.float32)
    beside = [index for index in (covered.start - 1, covered.stop) if 0 <= index < len(pixels)]
    if beside:
        pixels[covered] = pixels[beside].mean(axis=0)
    return replace(cine, pixels=pixels)


def _logit(probability: float) -> float:
    return float(logit(np.clip(probability, EXTREME, 1 - EXTREME)))
