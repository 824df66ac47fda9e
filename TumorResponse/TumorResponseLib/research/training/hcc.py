"""Train HCC on a cohort folder and write its bundle.

    python -m TumorResponseLib.research.training.hcc --cohort DIR --out BUNDLE --work DIR

One network is trained on three quarters of the training animals: the mask on every week, response and histology on the
weeks that have them; the estimates are then fitted once more in closed form. The other quarter calibrates: the
response's probability and interval, the estimates' intervals, the outline's threshold, how far a study may lie from the
training set, and what a missing sequence costs. Each epoch is checkpointed in the work folder; the command continues
where it was stopped.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from TumorResponseLib.models.bundle import Bundle
from TumorResponseLib.predict.hcc import CALIBRATION, REFERENCE, given_name
from TumorResponseLib.predict.hcc_inputs import CONTRAST_ROLE, ROLES, SAMPLES
from TumorResponseLib.predict.hcc_outline import MODEL, SEQUENCES_INPUT, TUMOUR_INPUT
from TumorResponseLib.predict.reference import Reference
from TumorResponseLib.research.networks.multitask_unetpp import OneTumour
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.bundle_json import json_bytes
from TumorResponseLib.research.training.command_line import checkpoint_folder, train_from_command_line
from TumorResponseLib.research.training.export import export_onnx, store_weights_as_fp16, write_bundle
from TumorResponseLib.research.training.feature_reference import LIMIT_PERCENTILE, fit_features, reference_content
from TumorResponseLib.research.training.hcc_calibration import calibration_content, fit_calibration, held_out_figures
from TumorResponseLib.research.training.hcc_card import training_card
from TumorResponseLib.research.training.hcc_held_out import ask, outline_dice
from TumorResponseLib.research.training.hcc_metadata import training_metadata
from TumorResponseLib.research.training.hcc_network import Recipe, estimate_scale, hold_out, train_network
from TumorResponseLib.research.training.hcc_ridge import refit_estimates
from TumorResponseLib.research.training.hcc_volumes import HccSet, read_training_set

LEAST_SCALE = 0.02
"""Of the features, which the network standardises: those below belong to units that hardly ever answer."""

MISSING: tuple[tuple[str, ...], ...] = ((), *((role,) for role in ROLES if role != CONTRAST_ROLE))
"""Roles that a study may lack."""


def train(
    cohort: Path, out: Path, progress: Progress, *, work: Path | None = None, recipe: Recipe | None = None
) -> Bundle:
    """Train on the animals of split ``train`` and write the bundle.

    Args:
        cohort: folder with ``cohort.csv``; a row needs the image after contrast agent, another sequence and a tumour
            mask; an animal's last row also response, viability and apoptosis.
        out: folder of the bundle; one that is there is replaced when the new one is complete.
        progress: told of the rows read, then of the epochs done, and their number.
        work: folder for checkpoints, kept. Without it a hidden folder beside ``out``, removed at the end.
        recipe: of the training.

    Raises:
        StudyError, SpacingError, MaskError: the cohort cannot be read, or a row lacks something.
    """
    recipe = recipe or Recipe()
    with checkpoint_folder(out, work) as folder:
        data = read_training_set(cohort, folder / "volumes.npz", progress)
        held = hold_out(data, recipe)
        trained = np.flatnonzero(~held)
        network = train_network(data, trained, recipe, folder / "network.pt", progress)
        means, deviations = (torch.from_numpy(values).float() for values in estimate_scale(data, trained))
        shipped = OneTumour(network, means, deviations).eval()
        refit_estimates(shipped, data, trained)
        return _write(out, data, held, shipped, recipe)


def _write(out: Path, data: HccSet, held: NDArray[np.bool_], network: OneTumour, recipe: Recipe) -> Bundle:
    """Calibrate on the held-out animals, with all sequences and without each that may lack; export, write."""
    kept, trained = np.flatnonzero(held), np.flatnonzero(~held)
    calibrations: dict[str, Any] = {}
    references: dict[str, Any] = {}
    figures: dict[str, dict[str, float]] = {}
    for missing in MISSING:
        name = given_name(missing)
        answers = ask(network, data.read, kept, missing)
        calibration = fit_calibration(answers, data, kept, recipe.seed)
        features = fit_features(ask(network, data.read, trained, missing).features, least_scale=LEAST_SCALE)
        limit = float(np.percentile([features.distance(one) for one in answers.features], LIMIT_PERCENTILE))
        calibrations[name] = calibration_content(calibration)
        references[name] = reference_content(Reference((features,), limit))
        figures[name] = held_out_figures(answers, data, kept, calibration)
    outlined = np.flatnonzero(np.isin(data.outlined.animals, data.read.animals[kept]))
    dice = outline_dice(network, data.outlined, outlined)
    threshold = max(dice, key=lambda each: dice[each])
    figures[given_name(())]["dice"] = dice[threshold]
    metadata = training_metadata(data, len(trained), recipe, threshold, figures)
    weights: dict[str, Path | bytes] = {CALIBRATION: json_bytes(calibrations), REFERENCE: json_bytes(references)}
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "multitask.onnx"
        export_onnx(network, _example(), OneTumour.OUTPUTS, path)
        store_weights_as_fp16(path)
        weights[MODEL] = path
        return write_bundle(out, metadata, weights, training_card(metadata))


def _example() -> dict[str, torch.Tensor]:
    """Two slices to compare torch and ONNX Runtime on: noise, with a square for a tumour."""
    random = torch.Generator().manual_seed(0)
    tumour = torch.zeros(2, 1, SAMPLES, SAMPLES)
    tumour[:, :, 30:60, 35:60] = 1.0
    return {
        SEQUENCES_INPUT: 0.5 * torch.randn(2, len(ROLES), SAMPLES, SAMPLES, generator=random),
        TUMOUR_INPUT: tumour,
    }


def main() -> None:
    """Train from the command line, with the checkpoints in a folder of one's own."""
    train_from_command_line(train, "HCC")


if __name__ == "__main__":
    main()
