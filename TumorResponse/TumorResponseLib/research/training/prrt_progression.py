"""Calibrate the answers of PRRT-PFS on out-of-fold logits: progression within a year, and survival over time."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from torch.nn import functional

from TumorResponseLib.predict.prrt_progression import Line, Progression
from TumorResponseLib.research.evaluation.survival.times import SurvivalTimes
from TumorResponseLib.research.training.prrt_networks import in_intervals, negative_log_likelihood
from TumorResponseLib.research.training.prrt_settings import HORIZON_MONTHS

INTERVAL_LEVEL = 0.9
ITERATIONS = 200


def fit_progression(
    logits: NDArray[np.floating],
    followed: SurvivalTimes,
    edges: tuple[float, ...],
    branches: dict[str, Line] | None = None,
) -> tuple[Progression, float]:
    """The proportional odds model of out-of-fold logits by maximum likelihood, censored patients included.

    Args:
        logits: of each patient by networks that did not see it, ``(patients,)``.
        followed: the patients, in months.
        edges: ends of the intervals, the horizon among them.
        branches: calibrations of single models, kept as they are.

    Returns:
        The model, and its negative log-likelihood for each patient.
    """
    given, seen = torch.from_numpy(np.asarray(logits, dtype=np.float64)), in_intervals(followed, np.array(edges))
    slope = torch.ones((), dtype=torch.float64, requires_grad=True)
    first = torch.full((), -2.0, dtype=torch.float64, requires_grad=True)
    steps = torch.zeros(len(edges) - 1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([slope, first, steps], max_iter=ITERATIONS, line_search_fn="strong_wolfe")

    def shifts() -> torch.Tensor:
        return torch.cat([first[None], first + functional.softplus(steps).cumsum(0)])

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = negative_log_likelihood(slope * given[:, None] + shifts(), seen) / len(given)
        value.backward()
        return value

    optimiser.step(loss)
    found = shifts().detach().numpy()
    intercept = float(found[edges.index(HORIZON_MONTHS)])
    model = Progression(
        line=Line(float(slope.detach()), intercept),
        edges_months=edges,
        shifts=tuple((found - intercept).tolist()),
        horizon_months=HORIZON_MONTHS,
        interval_level=INTERVAL_LEVEL,
        branches=branches or {},
    )
    return model, float(loss().detach())


def fit_line(logits: NDArray[np.floating], responses: NDArray[np.int64]) -> Line:
    """Platt's calibration of out-of-fold logits ``(patients,)`` on progression within the horizon.

    A model whose out-of-fold answers point the wrong way is not turned round: it says what is usual.
    """
    fitted = LogisticRegression(C=np.inf).fit(np.asarray(logits)[:, None], responses)
    if fitted.coef_[0, 0] <= 0.0:
        return Line(0.0, float(logit(responses.mean())))
    return Line(float(fitted.coef_[0, 0]), float(fitted.intercept_[0]))
