"""What every measure of a yes-or-no prediction starts from: true outcomes and predicted probabilities, checked once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from TumorResponseLib.core.errors import StudyError

Outcomes = NDArray[np.bool_]
Probabilities = NDArray[np.float64]


def checked_outcomes(outcomes: ArrayLike) -> Outcomes:
    """True outcomes ``(patients,)`` as booleans.

    Raises:
        StudyError: there are none, or some are neither 0 nor 1.
    """
    given = np.asarray(outcomes)
    if given.ndim != 1 or given.size == 0 or not np.isin(given, (0, 1)).all():
        raise StudyError("The true outcomes must be one 0 or 1 a patient; complete or leave out the others.")
    return given.astype(np.bool_)


def checked_predictions(outcomes: ArrayLike, probabilities: ArrayLike) -> tuple[Outcomes, Probabilities]:
    """True outcomes and the predicted probability of outcome 1, both ``(patients,)``.

    Raises:
        StudyError: as :func:`checked_outcomes`, or the probabilities are not one number in [0, 1] a patient.
    """
    truth = checked_outcomes(outcomes)
    predicted = np.asarray(probabilities, dtype=np.float64)
    if predicted.shape != truth.shape or not ((predicted >= 0.0) & (predicted <= 1.0)).all():
        raise StudyError(f"The predictions must be one probability in [0, 1] for each of the {len(truth)} patients.")
    return truth, predicted
