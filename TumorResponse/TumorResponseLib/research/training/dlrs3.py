"""Train DLRS3 on a cohort folder and write its bundle.

    python -m TumorResponseLib.research.training.dlrs3 --cohort DIR --out BUNDLE --work DIR

The training patients are split into folds. For each region, and each fold, a network learns from the other folds; its
outputs on its own fold fit the stacking model and its interval. The networks of a region together, as an ensemble, are
the region's model. Each fold is checkpointed in the work folder; the command continues where it was stopped.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit

from TumorResponseLib.models.bundle import Bundle
from TumorResponseLib.predict.dlrs3 import INPUT, REFERENCE, STACKING, model_file
from TumorResponseLib.predict.dlrs3_crops import CHANNELS, REGIONS, SAMPLES
from TumorResponseLib.research.networks.region_resnet import RegionEnsemble, RegionResNet
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.bundle_json import json_bytes, rounded
from TumorResponseLib.research.training.command_line import checkpoint_folder, train_from_command_line
from TumorResponseLib.research.training.dlrs3_card import FUSION, OUT_OF_FOLD, training_card, training_metadata
from TumorResponseLib.research.training.dlrs3_crops import CropSet, read_crops
from TumorResponseLib.research.training.dlrs3_folds import Recipe, folds_of, train_folds
from TumorResponseLib.research.training.export import export_onnx, store_weights_as_fp16, write_bundle
from TumorResponseLib.research.training.feature_reference import fit_reference, reference_content
from TumorResponseLib.research.training.stacking import cross_fitted, fit_stacking, stacking_content
from TumorResponseLib.research.training.trained_fold import TrainedFold, out_of_fold
from TumorResponseLib.research.training.training_split import training_rows


def train(
    cohort: Path, out: Path, progress: Progress, *, work: Path | None = None, recipe: Recipe | None = None
) -> Bundle:
    """Train on the patients of split ``train`` and write the bundle.

    Args:
        cohort: folder with ``cohort.csv``; a row needs image, spacing, tumour mask and response.
        out: folder of the bundle; one that is there is replaced when the new one is complete.
        progress: told of the images read, then of the epochs done, and their number.
        work: folder for checkpoints, kept. Without it a hidden folder beside ``out``, removed at the end.
        recipe: of the training.

    Raises:
        StudyError, SpacingError, MaskError: the cohort cannot be read, or a row lacks something.
    """
    recipe = recipe or Recipe()
    with checkpoint_folder(out, work) as folder:
        crops = read_crops(cohort, folder / "crops.npz", progress)
        folds = train_folds(crops, recipe, folder, progress)
        virtual = all(row.oracle_probability is not None for row in training_rows(cohort))
        return _write(out, crops, folds, recipe, virtual)


def _write(out: Path, crops: CropSet, folds: Sequence[TrainedFold], recipe: Recipe, virtual: bool) -> Bundle:
    logits = np.column_stack([out_of_fold(folds, region) for region in REGIONS])
    stacking = fit_stacking(REGIONS, logits, crops.outcomes, crops.patients, recipe.seed)
    fused = cross_fitted(logits, crops.outcomes, folds_of(crops, recipe))
    held_out = {
        "cohort_sha256": crops.cohort_sha256,
        "outcomes": crops.outcomes.tolist(),
        "probabilities": {
            **{region: rounded(expit(logits[:, column])) for column, region in enumerate(REGIONS)},
            FUSION: rounded(fused),
        },
    }
    metadata = training_metadata(crops, recipe, virtual)
    weights: dict[str, Path | bytes] = {
        STACKING: json_bytes(stacking_content(stacking)),
        REFERENCE: json_bytes(reference_content(fit_reference(folds, REGIONS))),
        OUT_OF_FOLD: json_bytes(held_out),
    }
    with tempfile.TemporaryDirectory() as folder:
        example = {INPUT: torch.from_numpy(_example())}
        for region in REGIONS:
            path = Path(folder) / f"{region}.onnx"
            ensemble = RegionEnsemble([fold.load(region, RegionResNet(recipe.widths)) for fold in folds]).eval()
            export_onnx(ensemble, example, RegionEnsemble.OUTPUTS, path)
            store_weights_as_fp16(path)
            weights[model_file(region)] = path
        return write_bundle(out, metadata, weights, training_card(metadata, held_out))


def _example() -> NDArray[np.float32]:
    """Two inputs to compare torch and ONNX Runtime on: noise, with the tissues side by side in stripes."""
    example = np.zeros((2, len(CHANNELS), SAMPLES, SAMPLES), dtype=np.float32)
    example[:, 0] = np.random.default_rng(0).standard_normal((2, SAMPLES, SAMPLES))
    for channel in range(1, len(CHANNELS)):
        example[:, channel, :, 16 * channel : 16 * channel + 16] = 1.0
    return example


def main() -> None:
    """Train from the command line, with the checkpoints in a folder of one's own."""
    train_from_command_line(train, "DLRS3")


if __name__ == "__main__":
    main()
