"""Concordance of predicted risk and survival: Harrell's C, and Uno's C, which does not depend on the censoring."""

from __future__ import annotations

import numpy as np
from lifelines.utils import concordance_index
from numpy.typing import ArrayLike, NDArray

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.research.evaluation.survival.times import SurvivalTimes, censoring


def harrell_c(followed: SurvivalTimes, risks: ArrayLike) -> float:
    """Share of comparable pairs of patients in which the higher risk has the earlier event; ties of risk count half.

    Harrell, Lee and Mark, Statistics in Medicine 15:361, 1996.

    Args:
        followed: the patients.
        risks: predicted, higher is worse, ``(patients,)``.

    Raises:
        StudyError: risks are missing, or no pair can be compared.
    """
    checked = checked_risks(followed, risks)
    try:
        return float(concordance_index(followed.times, -checked, followed.events))
    except ZeroDivisionError as error:
        raise StudyError("No pair of these patients can be compared; evaluate on more patients.") from error


def uno_c(
    followed: SurvivalTimes, risks: ArrayLike, *, training: SurvivalTimes | None = None, horizon: float | None = None
) -> float:
    """Concordance with pairs weighted by the chance of being watched long enough to be seen.

    Uno et al., Statistics in Medicine 30:1105, 2011: a pair counts when the event of one is seen before ``horizon``
    and before the other's event or censoring, with weight 1 / G(time)^2; G is the Kaplan-Meier curve of censoring.

    Args:
        followed: the patients.
        risks: predicted, higher is worse, ``(patients,)``.
        training: patients to estimate G on; ``followed`` when it is not given.
        horizon: events from then on are left out, since their weights rest on few patients; all count without it.

    Raises:
        StudyError: risks are missing, no pair can be compared, or nobody of ``training`` is watched long enough.
    """
    checked = checked_risks(followed, risks)
    times, events = followed.times, followed.events
    earlier = events if horizon is None else events & (times < horizon)
    # Of two with one time, the event comes before the censoring.
    comparable = (times > times[:, None]) | ((times == times[:, None]) & ~events)
    # An event after which nobody is left is in no pair, whatever its weight.
    earlier = earlier & comparable.any(axis=1)
    if not earlier.any():
        raise StudyError("No pair of these patients can be compared; evaluate on more patients or a later time.")
    weights = censoring(training or followed).weights(times[earlier]) ** 2
    comparable = comparable[earlier]
    higher = checked[earlier][:, None] - checked[None, :]
    concordant = (higher > 0.0) + 0.5 * (higher == 0.0)
    return float((weights @ (comparable * concordant)).sum() / (weights @ comparable).sum())


def checked_risks(followed: SurvivalTimes, risks: ArrayLike) -> NDArray[np.float64]:
    """One number for each patient; raises StudyError otherwise."""
    checked = np.asarray(risks, dtype=np.float64)
    if checked.shape != followed.times.shape or not np.isfinite(checked).all():
        raise StudyError(f"The risks must be one number for each of the {len(followed)} patients.")
    return checked
