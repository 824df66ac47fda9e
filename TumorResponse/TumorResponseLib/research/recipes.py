"""The research side of each system: simulate, train, evaluate. One entry registers a system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from TumorResponseLib.research.cohorts import ceus as ceus_cohort
from TumorResponseLib.research.cohorts import dlrs3 as dlrs3_cohort
from TumorResponseLib.research.cohorts import hcc as hcc_cohort
from TumorResponseLib.research.cohorts import prrt as prrt_cohort
from TumorResponseLib.research.evaluation import evaluate_ceus, evaluate_dlrs3, evaluate_hcc, evaluate_prrt
from TumorResponseLib.research.progress import Advance, Progress
from TumorResponseLib.research.training import ceus as ceus_training
from TumorResponseLib.research.training import dlrs3 as dlrs3_training
from TumorResponseLib.research.training import hcc as hcc_training
from TumorResponseLib.research.training import prrt as prrt_training


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
        "hcc": SystemRecipe(hcc_cohort.simulate, hcc_training.train, evaluate_hcc.evaluate),
        "prrt-pfs": SystemRecipe(prrt_cohort.simulate_with_unlabelled, prrt_training.train, evaluate_prrt.evaluate),
    }
