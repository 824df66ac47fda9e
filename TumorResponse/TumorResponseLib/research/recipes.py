"""The research side of each system: simulate, train, evaluate. One entry registers a system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from TumorResponseLib.research.cohorts import ceus as ceus_cohort
from TumorResponseLib.research.cohorts import dlrs3 as dlrs3_cohort
from TumorResponseLib.research.evaluation import evaluate_ceus, evaluate_dlrs3
from TumorResponseLib.research.training import ceus as ceus_training
from TumorResponseLib.research.training import dlrs3 as dlrs3_training

Advance = Callable[[], None]
"""Called once for each patient done."""
Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is."""


@dataclass(frozen=True)
class SystemRecipe:
    """What the commands simulate, train and evaluate call.

    Attributes:
        simulate: patients, seed, folder to write, and what to call after each patient.
        train: cohort folder, bundle folder to write, progress.
        evaluate: bundle folder, cohort folder, folder for ``metrics.json`` and figures, progress.
    """

    simulate: Callable[[int, int, Path, Advance], object]
    train: Callable[[Path, Path, Progress], object]
    evaluate: Callable[[Path, Path, Path, Progress], object]


def recipes() -> dict[str, SystemRecipe]:
    """The recipes by system name."""
    return {
        "dlrs3": SystemRecipe(dlrs3_cohort.simulate, dlrs3_training.train, evaluate_dlrs3.evaluate),
        "ceus": SystemRecipe(ceus_cohort.simulate, ceus_training.train, evaluate_ceus.evaluate),
    }
