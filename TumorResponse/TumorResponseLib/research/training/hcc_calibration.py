"""Calibrate HCC on animals that its network was not trained on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from TumorResponseLib.predict.hcc import BRANCH, ESTIMATES, THRESHOLD, Calibration, Scale
from TumorResponseLib.research.training.bundle_json import rounded
from TumorResponseLib.research.training.hcc_held_out import Answers
from TumorResponseLib.research.training.hcc_volumes import HccSet
from TumorResponseLib.research.training.stacking import INTERVAL_LEVEL, fit_stacking, stacking_content


def fit_calibration(answers: Answers, data: HccSet, held: NDArray[np.int64], seed: int) -> Calibration:
    """From the network's answers for the volumes ``held`` of ``data.read``."""
    logits, responses = answers.logits[:, None], data.responses[held]
    stacking = fit_stacking((BRANCH,), logits, responses, data.read.animals[held], seed)
    return Calibration(stacking, fit_scales(answers.estimates, data.histology[held], INTERVAL_LEVEL))


def calibration_content(calibration: Calibration) -> dict[str, Any]:
    """As an entry of ``models/calibration.json`` holds it."""
    scales = zip(ESTIMATES, calibration.estimates, strict=True)
    return {
        "response": stacking_content(calibration.response),
        "estimates": {name: {key: rounded(one) for key, one in vars(scale).items()} for name, scale in scales},
    }


def held_out_figures(
    answers: Answers, data: HccSet, held: NDArray[np.int64], calibration: Calibration
) -> dict[str, float]:
    """AUROC, accuracy and the errors of the estimates against histology, for what the bundle states of itself."""
    responses, histology = data.responses[held], data.histology[held]
    decided = [calibration.response.probability(np.array([[logit]])) >= THRESHOLD for logit in answers.logits]
    values = np.array([[one.value for one in calibration.estimated(each)] for each in answers.estimates])
    errors = np.sqrt(((values - histology) ** 2).mean(axis=0))
    return {
        "auc": float(roc_auc_score(responses, answers.logits)),
        "accuracy": float((np.array(decided) == (responses == 1)).mean()),
        **{f"{name}_rmse": float(error) for name, error in zip(ESTIMATES, errors, strict=True)},
    }


def fit_scales(told: NDArray[np.float64], histology: NDArray[np.float64], level: float) -> tuple[Scale, ...]:
    """Straight lines from what the network says to histology, and how far histology lies from them.

    The reach is the ceil((n + 1) level)-th smallest of the n distances (split conformal prediction: Lei et al., J Am
    Stat Assoc 113:1094, 2018), each from the line that was fitted without its animal; with fewer animals than that
    takes, the largest.

    Args:
        told: ``(animals, 2)``, of animals that the network was not trained on.
        histology: likewise.
        level: nominal coverage.
    """
    return tuple(_scale(one, known, level) for one, known in zip(told.T, histology.T, strict=True))


def _scale(told: NDArray[np.float64], known: NDArray[np.float64], level: float) -> Scale:
    slope, intercept = np.polyfit(told, known, 1)
    # Leverages of the straight line: a residual grows by 1 / (1 - leverage) when its animal is left out.
    away = told - told.mean()
    leverage = 1.0 / len(told) + away**2 / np.maximum((away**2).sum(), np.finfo(np.float64).tiny)
    left_out = np.sort(np.abs(known - intercept - slope * told) / np.maximum(1.0 - leverage, 0.05))
    rank = min(len(known), int(np.ceil((len(known) + 1) * level)))
    return Scale(float(intercept), float(slope), float(left_out[rank - 1]))
