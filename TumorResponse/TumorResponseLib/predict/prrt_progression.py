"""From the logits of the PRRT networks to the chance of progression within a year, and to survival over time.

Proportional odds in discrete time (McCullagh, J R Stat Soc B 42:109, 1980; Bennett, Statistics in Medicine 2:273,
1983): the log odds of progression by the end of an interval are the patient's own plus a shift that is alike for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from TumorResponseLib.predict.jackknife import jackknife_interval
from TumorResponseLib.predict.survival import survival_between

EXTREME = 1e-4
"""A probability is kept this far from 0 and 1 before its logit is taken."""


@dataclass(frozen=True)
class Line:
    """Calibration of one model's logits (Platt): log odds = intercept + slope times logit."""

    slope: float
    intercept: float

    def probability(self, logits: float) -> float:
        """Of progression within the horizon."""
        return float(expit(self.intercept + self.slope * logits))


@dataclass(frozen=True)
class Progression:
    """The calibrated answer of the fusion, fitted on out-of-fold logits, censored patients included.

    Attributes:
        line: from the members' mean logit to the log odds of progression within the horizon.
        edges_months: ends of the intervals, rising, the horizon among them.
        shifts: log odds at each edge less those at the horizon, rising; 0 at the horizon.
        horizon_months: of the endpoint.
        interval_level: nominal coverage of ``interval``.
        branches: the calibration of each single model, by name.
    """

    line: Line
    edges_months: tuple[float, ...]
    shifts: tuple[float, ...]
    horizon_months: float
    interval_level: float
    branches: dict[str, Line]

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> Progression:
        """From ``models/progression.json``."""
        return cls(
            line=_line(content["line"]),
            edges_months=tuple(map(float, content["edges_months"])),
            shifts=tuple(map(float, content["shifts"])),
            horizon_months=float(content["horizon_months"]),
            interval_level=float(content["interval_level"]),
            branches={str(name): _line(line) for name, line in content["branches"].items()},
        )

    def log_odds(self, logits: NDArray[np.floating]) -> float:
        """Of progression within the horizon, from the members' logits ``(members,)``."""
        return self.line.intercept + self.line.slope * float(np.mean(logits, dtype=np.float64))

    def probability(self, logits: NDArray[np.floating]) -> float:
        """Of progression within the horizon."""
        return float(expit(self.log_odds(logits)))

    def interval(self, logits: NDArray[np.floating]) -> tuple[float, float]:
        """Of ``probability``; see ``jackknife_interval``."""
        each = self.line.intercept + self.line.slope * np.asarray(logits, dtype=np.float64)
        return jackknife_interval(each, self.log_odds(logits), self.interval_level)

    def survival(self, log_odds: NDArray[np.floating], months: NDArray[np.floating]) -> NDArray[np.float64]:
        """Chance of no progression up to each time, ``(patients, times)``.

        Args:
            log_odds: of progression within the horizon, ``(patients,)``.
            months: past the last edge survival stays what it is there.
        """
        at_edges = expit(-(np.asarray(log_odds, dtype=np.float64)[:, None] + np.array(self.shifts)))
        return survival_between(at_edges, np.array(self.edges_months), np.asarray(months, dtype=np.float64))


def safe_logit(probability: float) -> float:
    """The logit of a probability, finite."""
    return float(logit(np.clip(probability, EXTREME, 1.0 - EXTREME)))


def _line(content: Mapping[str, Any]) -> Line:
    return Line(float(content["slope"]), float(content["intercept"]))
