"""Repeated cross-validation of survival models on a table, split by patient, all models on the same folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student
from sklearn.model_selection import StratifiedKFold

from TumorResponseLib.research.cohorts.survival_tables import TablePatients
from TumorResponseLib.research.evaluation.intervals import Interval
from TumorResponseLib.research.evaluation.survival.brier import brier_curve
from TumorResponseLib.research.evaluation.survival.calibration_at import calibration_at
from TumorResponseLib.research.evaluation.survival.concordance import harrell_c, uno_c
from TumorResponseLib.research.evaluation.survival.kaplan_meier import log_rank, risk_groups
from TumorResponseLib.research.evaluation.survival.table_models import COX, MODELS, Predict, Task
from TumorResponseLib.research.progress import Progress

FOLDS = 3
HORIZON = 730.0
"""Days: risk is compared and calibrated at two years, since few of these patients have an event within one."""
TIMES = np.append(np.arange(90.0, 1080.0, 64.0), 1095.0)
"""Days of the Brier score; ``HORIZON`` is among them."""


@dataclass(frozen=True)
class Spread:
    """A figure over cross-validation.

    Attributes:
        mean: over all test folds.
        folds_sd: standard deviation over all test folds.
        repeats_sd: of the means of the repeats: the noise of splitting alone.
    """

    mean: float
    folds_sd: float
    repeats_sd: float


@dataclass(frozen=True)
class TableResult:
    """Figures of one model on one endpoint.

    Attributes:
        harrell_c: of the risk at the horizon.
        uno_c: likewise, events up to the last of the times.
        integrated_brier: None for a model that predicts the horizon only.
        calibration_error: at the horizon, of the mean prediction of each patient over the repeats.
        calibration_slope: likewise; None where it does not exist.
        log_rank_p: of the patients above and below the training patients' median risk, median over the repeats.
        c_above_cox: Harrell's C less that of the Cox model with all features, with the interval of Nadeau and Bengio
            (Machine Learning 52:239, 2003), which allows for training sets that overlap; None for that model itself.
    """

    harrell_c: Spread
    uno_c: Spread
    integrated_brier: Spread | None
    calibration_error: float
    calibration_slope: float | None
    log_rank_p: float | None
    c_above_cox: tuple[float, Interval] | None


def cross_validate(
    patients: TablePatients,
    single: str,
    repeats: int,
    progress: Progress | None = None,
    models: Mapping[str, Predict] = MODELS,
) -> dict[str, TableResult]:
    """Figures by model.

    Args:
        patients: one row a patient, so that splitting rows splits patients.
        single: the feature of the one-feature model.
        repeats: of three folds, stratified by event, each repeat shuffled anew.
        progress: told of the folds done and their number.
        models: by name; the Cox model with all features among them.

    Raises:
        StudyError: a fold has too few patients to be evaluated.
    """
    splits = [
        (repeat, fold)
        for repeat in range(repeats)
        for fold in StratifiedKFold(FOLDS, shuffle=True, random_state=repeat).split(
            patients.followed.times, patients.followed.events
        )
    ]
    scores: dict[str, list[tuple[float, float, float]]] = {name: [] for name in models}
    risks = {name: np.empty((repeats, len(patients.rows))) for name in models}
    above = {name: np.empty((repeats, len(patients.rows)), dtype=np.int64) for name in models}
    for number, (repeat, (learned, tested)) in enumerate(splits):
        task = Task(_of(patients, learned), _of(patients, tested), single, TIMES, HORIZON, seed=number)
        both = Task(task.training, patients, single, TIMES, HORIZON, seed=number)
        for name, model in models.items():
            everyone = model(both)
            column = everyone.shape[1] - 1 if everyone.shape[1] == 1 else TIMES.tolist().index(HORIZON)
            risk = 1.0 - everyone[:, column]
            scores[name].append(_scores(task, everyone[tested], risk[tested]))
            risks[name][repeat, tested] = risk[tested]
            above[name][repeat, tested] = risk_groups(risk[tested], [float(np.median(risk[learned]))])
        if progress is not None:
            progress(number + 1, len(splits))
    each = {name: np.array(found).reshape(repeats, FOLDS, 3) for name, found in scores.items()}
    return {name: _result(name, each, risks[name], above[name], patients) for name in models}


def corrected_interval(differences: NDArray[np.float64], test_share: float, level: float = 0.95) -> Interval:
    """Interval of a mean difference over repeated cross-validation (Nadeau and Bengio, 2003).

    Args:
        differences: one a fold of every repeat, ``(folds,)``, two at least.
        test_share: patients tested for each one trained on.
    """
    count = len(differences)
    error = sqrt((1.0 / count + test_share) * float(differences.var(ddof=1)))
    reach = float(student.ppf(0.5 + level / 2.0, count - 1)) * error
    return float(differences.mean()) - reach, float(differences.mean()) + reach


def _scores(task: Task, survival: NDArray[np.float64], risk: NDArray[np.float64]) -> tuple[float, float, float]:
    """Harrell's C, Uno's C and integrated Brier score (NaN without survival over time) of one fold."""
    tested, learned = task.test.followed, task.training.followed
    brier = float("nan")
    if survival.shape[1] > 1:
        brier = brier_curve(tested, survival, task.times, training=learned).integrated
    return harrell_c(tested, risk), uno_c(tested, risk, training=learned, horizon=float(task.times[-1])), brier


def _result(
    name: str,
    each: Mapping[str, NDArray[np.float64]],
    risks: NDArray[np.float64],
    above: NDArray[np.int64],
    patients: TablePatients,
) -> TableResult:
    calibration = calibration_at(patients.followed, risks.mean(axis=0), HORIZON)
    tests = [log_rank(patients.followed, groups).p_value for groups in above if len(np.unique(groups)) > 1]
    differences = (each[name] - each[COX])[:, :, 0].ravel()
    brier = each[name][:, :, 2]
    return TableResult(
        harrell_c=spread_over(each[name][:, :, 0]),
        uno_c=spread_over(each[name][:, :, 1]),
        integrated_brier=None if np.isnan(brier).any() else spread_over(brier),
        calibration_error=calibration.expected_error,
        calibration_slope=calibration.slope,
        log_rank_p=float(np.median(tests)) if tests else None,
        c_above_cox=None
        if name == COX
        else (float(differences.mean()), corrected_interval(differences, 1.0 / (FOLDS - 1))),
    )


def spread_over(values: NDArray[np.float64]) -> Spread:
    """Of values ``(repeats, folds)``."""
    means = values.mean(axis=1)
    return Spread(float(values.mean()), float(values.std(ddof=1)), float(means.std(ddof=1)) if len(means) > 1 else 0.0)


def _of(patients: TablePatients, chosen: Sequence[int] | NDArray[np.int64]) -> TablePatients:
    places = np.asarray(chosen)
    return TablePatients(patients.names, tuple(patients.rows[place] for place in places), patients.followed.of(places))
