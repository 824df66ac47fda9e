"""The three settings of the study: real images only, and synthetic ones added to two classes or to one.

All settings of one split share its generator, which saw nothing but the split's training images.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from TumorResponseLib.predict.ceus_image import CLASSES
from TumorResponseLib.research.networks.perfusion_cnn import PerfusionCnn
from TumorResponseLib.research.training.ceus_classifier import (
    ClassifierRecipe,
    FloatArray,
    IntArray,
    train_classifier,
)
from TumorResponseLib.research.training.ceus_generator import (
    Generator,
    GeneratorRecipe,
    generate_like,
    train_generator,
)

REAL_ONLY = "real only"
SETTINGS: dict[str, tuple[str, ...]] = {
    REAL_ONLY: (),
    "synthetic for responsive and stable": ("responsive", "stable"),
    "synthetic for stable": ("stable",),
}
"""Classes that synthetic images fill up to the size of the largest class, by the setting's name."""

SYNTHETIC_ONLY = "synthetic only"


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training and its evaluation; stored in the bundle.

    Attributes:
        folds: networks of the ensemble, each without one fold of the training patients.
        repeats: random splits of the evaluation.
        held_out: share of the patients that each of these splits tests on.
        classifier, generator: of each training.
        seed: of everything random.
    """

    folds: int = 4
    repeats: int = 4
    held_out: float = 0.25
    classifier: ClassifierRecipe = field(default_factory=ClassifierRecipe)
    generator: GeneratorRecipe = field(default_factory=GeneratorRecipe)
    seed: int = 2026

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> Recipe:
        """From the ``recipe`` of a bundle's metadata."""
        plain = dict(content)
        classifier, generator = dict(plain.pop("classifier")), dict(plain.pop("generator"))
        classifier["widths"] = tuple(classifier["widths"])
        generator["channels"] = tuple(generator["channels"])
        return cls(**plain, classifier=ClassifierRecipe(**classifier), generator=GeneratorRecipe(**generator))


def train_settings(inputs: FloatArray, responses: IntArray, recipe: Recipe, seed: int) -> dict[str, PerfusionCnn]:
    """A network for each setting, from the same training images."""
    generator = train_generator(inputs, responses, recipe.generator, seed)
    return {
        setting: train_classifier(
            *filled_up(generator, inputs, responses, missing(responses, setting), seed), recipe.classifier, seed
        )
        for setting in SETTINGS
    }


def missing(responses: IntArray, setting: str) -> IntArray:
    """The classes of the synthetic images that a setting adds."""
    counts = np.bincount(responses, minlength=len(CLASSES))
    wanted = [CLASSES.index(name) for name in SETTINGS[setting]]
    return np.repeat(wanted, [counts.max() - counts[one] for one in wanted]).astype(np.int64)


def filled_up(
    generator: Generator, inputs: FloatArray, responses: IntArray, wanted: IntArray, seed: int
) -> tuple[FloatArray, IntArray]:
    """Real images and classes with synthetic ones of the classes ``wanted`` after them."""
    if not wanted.size:
        return inputs, responses
    drawn = generate_like(generator, inputs, responses, wanted, seed)
    return np.concatenate([inputs, drawn]), np.concatenate([responses, wanted])
