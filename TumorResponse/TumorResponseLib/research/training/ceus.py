"""Train CEUS on a cohort folder and write its bundle.

    python -m TumorResponseLib.research.training.ceus --cohort DIR --out BUNDLE --work DIR

The training patients are split into folds. Without each fold in turn a generator and, for each of the three settings
(real images only, synthetic ones added to two classes or to one), a network are trained. The setting whose networks
name most held-out patients right is shipped: its networks together, as an ensemble. Each fold is checkpointed in the
work folder; the command continues where it was stopped.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from TumorResponseLib.models.bundle import Bundle
from TumorResponseLib.predict.ceus import CALIBRATION, INPUT, MODEL, REFERENCE
from TumorResponseLib.predict.ceus_image import CHANNELS, PARAMETERS, SAMPLES
from TumorResponseLib.research.networks.perfusion_cnn import PerfusionCnn, PerfusionEnsemble
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.bundle_json import json_bytes, rounded
from TumorResponseLib.research.training.ceus_card import training_card, training_metadata
from TumorResponseLib.research.training.ceus_folds import best_setting, train_folds
from TumorResponseLib.research.training.ceus_images import PerfusionSet, read_images
from TumorResponseLib.research.training.ceus_settings import SETTINGS, Recipe
from TumorResponseLib.research.training.command_line import checkpoint_folder, train_from_command_line
from TumorResponseLib.research.training.export import export_onnx, store_weights_as_fp16, write_bundle
from TumorResponseLib.research.training.feature_reference import fit_reference, reference_content
from TumorResponseLib.research.training.trained_fold import TrainedFold, out_of_fold

INTERVAL_LEVEL = 0.9


def train(
    cohort: Path, out: Path, progress: Progress, *, work: Path | None = None, recipe: Recipe | None = None
) -> Bundle:
    """Train on the patients of split ``train`` and write the bundle.

    Args:
        cohort: folder with ``cohort.csv``; a row needs a contrast cine, its spacing, a tumour mask and a response.
        out: folder of the bundle; one that is there is replaced when the new one is complete.
        progress: told of the cines read, then of the folds done, and their number.
        work: folder for checkpoints, kept. Without it a hidden folder beside ``out``, removed at the end.
        recipe: of the training.

    Raises:
        StudyError, SpacingError, MaskError: the cohort cannot be read, or a row lacks something.
    """
    recipe = recipe or Recipe()
    with checkpoint_folder(out, work) as folder:
        images = read_images(cohort, folder / "images.npz", progress).training()
        folds = train_folds(images, recipe, folder, progress)
        return _write(out, images, folds, recipe)


def fit_temperature(logits: NDArray[np.float64], responses: NDArray[np.int64]) -> float:
    """What held-out logits ``(images, classes)`` are to be divided by for the least log loss."""

    def loss(log_temperature: float) -> float:
        chances = log_softmax(logits / np.exp(log_temperature), axis=1)
        return float(-chances[np.arange(len(responses)), responses].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2.0, 2.0), method="bounded").x))


def _write(out: Path, images: PerfusionSet, folds: Sequence[TrainedFold], recipe: Recipe) -> Bundle:
    setting = best_setting(images, folds)
    held_out = {name: out_of_fold(folds, name) for name in SETTINGS}
    temperature = rounded(fit_temperature(held_out[setting], images.responses))
    metadata = training_metadata(images, recipe, setting)
    weights: dict[str, Path | bytes] = {
        CALIBRATION: json_bytes({"temperature": temperature, "interval_level": INTERVAL_LEVEL}),
        REFERENCE: json_bytes(reference_content(fit_reference(folds, [setting]))),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "perfusion.onnx"
        ensemble = PerfusionEnsemble(
            [fold.load(setting, PerfusionCnn(recipe.classifier.widths)) for fold in folds]
        ).eval()
        export_onnx(ensemble, {INPUT: torch.from_numpy(_example())}, PerfusionEnsemble.OUTPUTS, path)
        store_weights_as_fp16(path)
        weights[MODEL] = path
        return write_bundle(out, metadata, weights, training_card(metadata, images, held_out))


def _example() -> NDArray[np.float32]:
    """Two inputs to compare torch and ONNX Runtime on: noise, with the tissues side by side in stripes."""
    example = np.zeros((2, len(CHANNELS), SAMPLES, SAMPLES), dtype=np.float32)
    example[:, : len(PARAMETERS)] = np.random.default_rng(0).standard_normal((2, len(PARAMETERS), SAMPLES, SAMPLES))
    for number in range(len(PARAMETERS), len(CHANNELS)):
        example[:, number, :, 4 * number : 4 * number + 4] = 1.0
    return example


def main() -> None:
    """Train from the command line, with the checkpoints in a folder of one's own."""
    train_from_command_line(train, "CEUS")


if __name__ == "__main__":
    main()
