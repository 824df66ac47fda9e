"""What repeated cross-validation of PRRT-PFS comes to: discrimination, paired comparison, and survival."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from TumorResponseLib.research.evaluation.intervals import Interval
from TumorResponseLib.research.evaluation.prrt_repeats import Answers
from TumorResponseLib.research.evaluation.survival.brier import brier_curve
from TumorResponseLib.research.evaluation.survival.calibration_at import calibration_at
from TumorResponseLib.research.evaluation.survival.concordance import harrell_c, uno_c
from TumorResponseLib.research.evaluation.survival.kaplan_meier import log_rank, risk_groups
from TumorResponseLib.research.evaluation.survival.table_crossval import Spread, corrected_interval, spread_over
from TumorResponseLib.research.evaluation.survival.times import SurvivalTimes
from TumorResponseLib.research.training.prrt_images import LesionSet
from TumorResponseLib.research.training.prrt_progression import fit_progression
from TumorResponseLib.research.training.prrt_settings import HORIZON_MONTHS
from TumorResponseLib.research.training.survival_head import fit_head

TIMES = np.array([3.0, 6.0, 9.0, HORIZON_MONTHS, 15.0, 18.0, 24.0, 30.0, 36.0])
"""Months of the Brier score."""

Folds = NDArray[np.int64]
Curves = Callable[[NDArray[np.float64], SurvivalTimes, NDArray[np.float64]], NDArray[np.float64]]
"""From logits to learn from, their follow-up, and other logits to the latter's survival at `TIMES`."""


@dataclass(frozen=True)
class Discrimination:
    """Of one model over the folds.

    Attributes:
        auroc: within each test fold.
        auprc: likewise, of progression.
    """

    auroc: Spread
    auprc: Spread


@dataclass(frozen=True)
class Paired:
    """One model against another on the same folds.

    Attributes:
        difference: of the AUROC, mean over the folds.
        interval: 95 %, of Nadeau and Bengio (Machine Learning 52:239, 2003), who allow for overlapping training sets.
        won: repeats whose mean AUROC is higher.
    """

    difference: float
    interval: Interval
    won: int


@dataclass(frozen=True)
class SurvivalSpread:
    """Over the repeats.

    Attributes:
        integrated_brier: up to the last of `TIMES`.
        calibration_slope: at the horizon, of each patient's mean prediction; None where it does not exist.
        log_rank_p: of the patients above and below the median risk of the other folds, median over the repeats.
    """

    harrell_c: Spread
    uno_c: Spread
    integrated_brier: Spread
    calibration_slope: float | None
    log_rank_p: float | None


def discrimination(answers: Answers, folds: Folds, responses: NDArray[np.int64]) -> dict[str, dict[str, Any]]:
    """Of each model, ``dataclasses.asdict`` of `Discrimination`."""
    return {
        name: asdict(
            Discrimination(
                spread_over(each_fold(logits, folds, responses, roc_auc_score)),
                spread_over(each_fold(logits, folds, responses, average_precision_score)),
            )
        )
        for name, logits in answers.items()
    }


def paired(answers: Answers, folds: Folds, responses: NDArray[np.int64], base: str) -> dict[str, dict[str, Any]]:
    """Every other model against ``base``, ``dataclasses.asdict`` of `Paired`."""
    known = each_fold(answers[base], folds, responses, roc_auc_score)
    count = known.shape[1]
    found = {}
    for name, logits in answers.items():
        if name == base:
            continue
        differences = each_fold(logits, folds, responses, roc_auc_score) - known
        interval = corrected_interval(differences.ravel(), 1.0 / (count - 1))
        found[name] = asdict(Paired(float(differences.mean()), interval, int((differences.mean(axis=1) > 0.0).sum())))
    return found


def each_fold(
    logits: NDArray[np.float64], folds: Folds, responses: NDArray[np.int64], score: Callable[..., Any]
) -> NDArray[np.float64]:
    """A score within each test fold, ``(repeats, folds)``."""
    return np.array(
        [
            [float(score(responses[fold == place], told[fold == place])) for place in range(fold.max() + 1)]
            for fold, told in zip(folds, logits, strict=True)
        ]
    )


def proportional_odds(edges: tuple[float, ...]) -> Curves:
    """The shipped head: `fit_progression`."""

    def curves(
        learned: NDArray[np.float64], followed: SurvivalTimes, tested: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        model, _ = fit_progression(learned, followed, edges)
        return model.survival(model.line.intercept + model.line.slope * tested, TIMES)

    return curves


def free_hazards(
    learned: NDArray[np.float64], followed: SurvivalTimes, tested: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The head of `training.survival_head`, which ties no interval to another, on the same logits."""
    return fit_head(learned[:, None], followed).survival(tested[:, None], TIMES)


def crossed_survival(
    logits: NDArray[np.float64], folds: Folds, patients: LesionSet, curves: Curves
) -> NDArray[np.float64]:
    """Survival at `TIMES`, ``(repeats, patients, times)``; a fold's curves are learned on the answers to the others."""
    survival = np.full((*logits.shape, len(TIMES)), np.nan)
    for repeat, (told, fold) in enumerate(zip(logits, folds, strict=True)):
        for place in range(fold.max() + 1):
            here = fold == place
            survival[repeat, here] = curves(told[~here], patients.followed.of(~here), told[here])
    return survival


def survival_spread(survival: NDArray[np.float64], folds: Folds, patients: LesionSet) -> SurvivalSpread:
    """Figures of survival ``(repeats, patients, times)``, each repeat's patients taken together."""
    followed, column = patients.followed, TIMES.tolist().index(HORIZON_MONTHS)
    risks = 1.0 - survival[:, :, column]
    harrell = [[harrell_c(followed, one)] for one in risks]
    uno = [[uno_c(followed, one, horizon=float(TIMES[-1]))] for one in risks]
    brier = [[brier_curve(followed, one, TIMES).integrated] for one in survival]
    tests = [log_rank(followed, halves(risk, fold)).p_value for risk, fold in zip(risks, folds, strict=True)]
    return SurvivalSpread(
        harrell_c=over_repeats(np.array(harrell)),
        uno_c=over_repeats(np.array(uno)),
        integrated_brier=over_repeats(np.array(brier)),
        calibration_slope=calibration_at(followed, risks.mean(axis=0), HORIZON_MONTHS).slope,
        log_rank_p=float(np.median(tests)),
    )


def halves(risks: NDArray[np.float64], fold: NDArray[np.int64]) -> NDArray[np.int64]:
    """1 for patients at or above the median risk of the other folds, ``(patients,)``."""
    above = np.empty(len(risks), dtype=np.int64)
    for place in range(fold.max() + 1):
        here = fold == place
        above[here] = risk_groups(risks[here], [float(np.median(risks[~here]))])
    return above


def oracle_survival(patients: LesionSet, survival_of: Callable[[float, float], float]) -> NDArray[np.float64]:
    """The true survival at `TIMES`, ``(1, patients, times)``."""
    return np.array([[[survival_of(one, month) for month in TIMES] for one in patients.oracle.tolist()]])


def over_repeats(values: NDArray[np.float64]) -> Spread:
    """Of one value a repeat, ``(repeats, 1)``."""
    if len(values) == 1:
        return Spread(float(values[0, 0]), 0.0, 0.0)
    return spread_over(values)
