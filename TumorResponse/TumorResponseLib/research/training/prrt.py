"""Train PRRT-PFS on a cohort folder and write its bundle.

    python -m TumorResponseLib.research.training.prrt --cohort DIR --out BUNDLE --work DIR

The training patients are split into folds. Without each fold in turn networks are trained on PET, on CT, and on both
with the laboratory values; where the cohort's folder holds unlabelled CT (``unlabelled``, another cohort folder) also
one whose CT branch was pre-trained on it. Of the two fusions the one whose out-of-fold answers are likelier is shipped:
its networks together, as an ensemble, beside a random forest on the laboratory values of all patients. Calibration,
survival groups and importance rest on out-of-fold answers. Each fold is checkpointed in the work folder; the command
continues where it was stopped.
"""

from __future__ import annotations

from pathlib import Path

import torch

from TumorResponseLib.core.laboratory.imputation import ImputationRule
from TumorResponseLib.models.bundle import Bundle
from TumorResponseLib.research.cohorts.prrt import UNLABELLED
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.command_line import checkpoint_folder, train_from_command_line
from TumorResponseLib.research.training.prrt_bundle import write_trained
from TumorResponseLib.research.training.prrt_folds import analytes_of, train_folds
from TumorResponseLib.research.training.prrt_images import read_lesions
from TumorResponseLib.research.training.prrt_pretraining import pretrain, read_unlabelled
from TumorResponseLib.research.training.prrt_settings import Recipe


def train(
    cohort: Path, out: Path, progress: Progress, *, work: Path | None = None, recipe: Recipe | None = None
) -> Bundle:
    """Train on the patients of split ``train`` and write the bundle.

    Args:
        cohort: folder with ``cohort.csv``; a row needs a PET in SUV, a CT in HU, the lesions' mask on the PET,
            response, time_months and event; laboratory values may be missing.
        out: folder of the bundle; one that is there is replaced when the new one is complete.
        progress: told of the patients read, then of the folds done, and their number.
        work: folder for checkpoints, kept. Without it a hidden folder beside ``out``, removed at the end.
        recipe: of the training.

    Raises:
        StudyError, SpacingError, MaskError: the cohort cannot be read, or a row lacks something.
    """
    recipe = recipe or Recipe()
    with checkpoint_folder(out, work) as folder:
        patients = read_lesions(cohort, folder / "lesions.npz", progress).training()
        rule = ImputationRule.learned(patients.laboratory, analytes_of(patients.laboratory))
        folds = train_folds(patients, rule, start_of(cohort, recipe, progress), recipe, folder, progress)
        return write_trained(out, patients, rule, folds, recipe)


def start_of(cohort: Path, recipe: Recipe, progress: Progress) -> dict[str, torch.Tensor] | None:
    """The pre-trained CT branch of a cohort; None where it has no unlabelled CT."""
    folder = cohort / UNLABELLED
    if not folder.is_dir():
        return None
    patches = read_unlabelled(folder, recipe.seed, progress)
    return pretrain(patches, recipe.pretraining, recipe.network.widths, recipe.seed)


def main() -> None:
    """Train from the command line, with the checkpoints in a folder of one's own."""
    torch.set_num_threads(1)
    train_from_command_line(train, "PRRT-PFS")


if __name__ == "__main__":
    main()
