"""Repeated splits by patient: every setting trained from the start and tested on patients that it never saw."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.model_selection import StratifiedGroupKFold

from TumorResponseLib.predict.ceus_image import CLASSES
from TumorResponseLib.research.evaluation.multiclass import multiclass_metrics
from TumorResponseLib.research.evaluation.synthetic_images import (
    SyntheticMetrics,
    copied_share,
    frechet_distance,
    nearest_distances,
)
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.ceus_card import ORACLE, SYNTHETIC
from TumorResponseLib.research.training.ceus_classifier import FloatArray, IntArray, run_classifier, train_classifier
from TumorResponseLib.research.training.ceus_generator import generate_like, train_generator
from TumorResponseLib.research.training.ceus_images import PerfusionSet
from TumorResponseLib.research.training.ceus_settings import (
    REAL_ONLY,
    SETTINGS,
    SYNTHETIC_ONLY,
    Recipe,
    filled_up,
    missing,
)


@dataclass(frozen=True)
class Repeat:
    """One split.

    Attributes:
        held_out: indices of its test images.
        probabilities: of the test images by setting, ``(images, classes)``.
        synthetic: distance of each synthetic image to the nearest training image.
        real: the same of each held-out real image.
        feature_distances: of synthetic and of training images to the held-out ones.
    """

    held_out: IntArray
    probabilities: dict[str, NDArray[np.float64]]
    synthetic: NDArray[np.float64]
    real: NDArray[np.float64]
    feature_distances: tuple[float, float]


def run_repeats(images: PerfusionSet, recipe: Recipe, work: Path, progress: Progress) -> list[Repeat]:
    """All splits; one that ``work`` holds already is not done again."""
    work.mkdir(parents=True, exist_ok=True)
    done = []
    for number in range(recipe.repeats):
        key = sha256(json.dumps([asdict(recipe), images.cohort_sha256, number]).encode()).hexdigest()[:16]
        path = work / f"split{number}-{key}.npz"
        if not path.exists():
            _save(run_split(images, recipe, number), path)
        done.append(_load(path))
        progress(number + 1, recipe.repeats)
    return done


def run_split(images: PerfusionSet, recipe: Recipe, number: int) -> Repeat:
    """Train everything on the rest, and test it on the held-out patients of split ``number``."""
    seed = recipe.seed + 1000 * (number + 1)
    splitter = StratifiedGroupKFold(max(2, round(1 / recipe.held_out)), shuffle=True, random_state=seed)
    seen, held_out = next(splitter.split(images.responses, images.responses, images.patients))
    inputs, responses, tested = images.inputs[seen], images.responses[seen], images.inputs[held_out]
    generator = train_generator(inputs, responses, recipe.generator, seed)
    drawn = generate_like(generator, inputs, responses, responses, seed + 1)
    training: dict[str, tuple[FloatArray, IntArray]] = {
        setting: filled_up(generator, inputs, responses, missing(responses, setting), seed) for setting in SETTINGS
    }
    training[SYNTHETIC_ONLY] = drawn, responses
    networks = {name: train_classifier(*examples, recipe.classifier, seed) for name, examples in training.items()}
    features = [run_classifier(networks[REAL_ONLY], some)[1] for some in (drawn, inputs, tested)]
    return Repeat(
        held_out=held_out,
        probabilities={
            name: softmax(run_classifier(network, tested)[0].astype(np.float64), axis=1)
            for name, network in networks.items()
        },
        synthetic=nearest_distances(drawn, inputs),
        real=nearest_distances(tested, inputs),
        feature_distances=(frechet_distance(features[0], features[2]), frechet_distance(features[1], features[2])),
    )


def repeated_figures(images: PerfusionSet, repeats: Sequence[Repeat]) -> dict[str, Any]:
    """Figures by setting, of the oracle on the same patients, and of the synthetic images."""
    held_out = np.concatenate([repeat.held_out for repeat in repeats])
    truth, patients = images.responses[held_out], images.patients[held_out]
    probabilities = {
        name: np.concatenate([repeat.probabilities[name] for repeat in repeats]) for name in repeats[0].probabilities
    }
    if images.is_virtual:
        probabilities[ORACLE] = images.oracle[held_out]
    figures: dict[str, Any] = {
        name: asdict(multiclass_metrics(truth, values, patients, CLASSES)) for name, values in probabilities.items()
    }
    synthetic = np.concatenate([repeat.synthetic for repeat in repeats])
    real = np.concatenate([repeat.real for repeat in repeats])
    between, among = np.mean([repeat.feature_distances for repeat in repeats], axis=0)
    figures[SYNTHETIC] = asdict(
        SyntheticMetrics(
            images=len(synthetic),
            nearest_training=float(np.median(synthetic)),
            nearest_training_of_real=float(np.median(real)),
            copies=copied_share(synthetic, real),
            feature_distance=float(between),
            feature_distance_of_real=float(among),
        )
    )
    return figures


def _save(repeat: Repeat, path: Path) -> None:
    unfinished = path.with_suffix(".partial.npz")
    np.savez(
        unfinished,
        held_out=repeat.held_out,
        synthetic=repeat.synthetic,
        real=repeat.real,
        feature_distances=np.array(repeat.feature_distances),
        names=np.array(list(repeat.probabilities)),
        probabilities=np.stack(list(repeat.probabilities.values())),
    )
    unfinished.replace(path)


def _load(path: Path) -> Repeat:
    with np.load(path) as content:
        between, among = content["feature_distances"].tolist()
        return Repeat(
            content["held_out"],
            dict(zip(content["names"].tolist(), content["probabilities"], strict=True)),
            content["synthetic"],
            content["real"],
            (between, among),
        )
