"""Viability and apoptosis as estimated, against histology and against the truth that only a virtual cohort knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.predict.hcc import ESTIMATES
from TumorResponseLib.predict.system import Estimate, Prediction
from TumorResponseLib.research.evaluation.hcc_animals import ReadAnimal, column_of
from TumorResponseLib.research.evaluation.regression import regression_metrics, root_mean_square

NOISE = "histology-noise"
"""How far histology itself lies from the truth: no reader comes nearer to it."""
TRUE = "{}_true"


def estimate_figures(
    animals: Sequence[ReadAnimal],
    readers: Mapping[str, Sequence[Prediction]],
    others: Mapping[str, Mapping[str, NDArray[np.float64]]],
) -> dict[str, dict[str, Any]]:
    """By quantity and reader: error, R² and bias against histology; of networks also how they stand to the noise.

    Args:
        animals: of one split.
        readers: predictions by name of the reader.
        others: estimates of other readers by name and quantity.
    """
    figures: dict[str, dict[str, Any]] = {}
    for index, quantity in enumerate(ESTIMATES):
        measured = np.array([animal.histology[index] for animal in animals])
        truth = column_of(animals, TRUE.format(quantity))
        of_one: dict[str, Any] = {}
        for name, predictions in readers.items():
            told = [named(prediction, quantity) for prediction in predictions]
            values = np.array([one.value for one in told])
            covered = [one.low <= value <= one.high for one, value in zip(told, measured, strict=True)]
            of_one[name] = asdict(regression_metrics(measured, values)) | {
                "histology_in_interval": float(np.mean(covered))
            }
            if truth is not None:
                noise = root_mean_square(measured - truth)
                of_one[name] |= {
                    "rmse_of_noise": of_one[name]["rmse"] / noise,
                    "against_truth": asdict(regression_metrics(truth, values)),
                }
        for name, estimated in others.items():
            of_one[name] = asdict(regression_metrics(measured, estimated[quantity]))
        if truth is not None:
            of_one[NOISE] = asdict(regression_metrics(measured, truth))
        figures[quantity] = of_one
    return figures


def named(prediction: Prediction, quantity: str) -> Estimate:
    """The prediction's estimate of a quantity."""
    return next(one for one in prediction.estimates if one.name == quantity)
