"""The seven models of PRRT-PFS, and the recipe of their networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from TumorResponseLib.predict.prrt_inputs import CT, PET
from TumorResponseLib.research.networks.prrt_fusion import WIDTHS

HORIZON_MONTHS = 12.0
"""The endpoint: progression within a year."""


@dataclass(frozen=True)
class Modalities:
    """What a network reads.

    Attributes:
        images: roles.
        laboratory: whether it reads the laboratory values.
        pretrained: whether its CT branch has seen unlabelled CT before.
    """

    images: tuple[str, ...]
    laboratory: bool
    pretrained: bool = False


FOREST = "laboratory"
PET_ALONE, CT_ALONE = "PET", "CT"
FUSION, PRETRAINED = "laboratory + PET + CT", "laboratory + PET + CT, CT pre-trained"
NETWORKS: Mapping[str, Modalities] = MappingProxyType(
    {
        PET_ALONE: Modalities((PET,), laboratory=False),
        CT_ALONE: Modalities((CT,), laboratory=False),
        "laboratory + PET": Modalities((PET,), laboratory=True),
        "laboratory + CT": Modalities((CT,), laboratory=True),
        FUSION: Modalities((PET, CT), laboratory=True),
        PRETRAINED: Modalities((PET, CT), laboratory=True, pretrained=True),
    }
)
"""Six networks; the seventh model is the forest on the laboratory values."""

MODELS = (FOREST, *NETWORKS)


@dataclass(frozen=True)
class NetworkRecipe:
    """Everything that decides the training of one network.

    Attributes:
        steps: of the optimiser, each on all patients.
        learning_rate: of the convolutions, at its peak.
        head_learning_rate: of the linear answer and the shifts.
        weight_decay: of the convolutions.
        image_penalty: ridge on the answer's weights of an image's mean values, beside the summed log-likelihood.
        found_penalty: the same of what the convolutions find, of which there is much for a hundred patients.
        laboratory_penalty: the same of laboratory values: most of them say little.
        voxels: of each patient and tissue that a step looks at, about.
        widths: channels of each branch.
    """

    steps: int = 60
    learning_rate: float = 1e-3
    head_learning_rate: float = 0.03
    weight_decay: float = 0.01
    image_penalty: float = 1.0
    found_penalty: float = 1000.0
    laboratory_penalty: float = 30.0
    voxels: int = 40
    widths: tuple[int, ...] = WIDTHS


@dataclass(frozen=True)
class PretrainingRecipe:
    """How a CT branch learns from unlabelled CT: to see what was there before a part was covered."""

    steps: int = 300
    batch_size: int = 1024
    learning_rate: float = 3e-3
    noise: float = 0.3


@dataclass(frozen=True)
class Recipe:
    """The whole training and its evaluation.

    Attributes:
        folds: of the shipped bundle; each member is trained without one.
        repeats, repeated_folds: of the cross-validation that compares the models.
        edges_months: ends of the intervals of time, the horizon among them.
    """

    folds: int = 5
    repeats: int = 10
    repeated_folds: int = 3
    edges_months: tuple[float, ...] = (3.0, 6.0, 9.0, HORIZON_MONTHS, 18.0, 24.0, 30.0, 36.0)
    network: NetworkRecipe = NetworkRecipe()
    pretraining: PretrainingRecipe = PretrainingRecipe()
    seed: int = 2026

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> Recipe:
        """From the ``recipe`` of a bundle's metadata."""
        plain = dict(content)
        network, pretraining = dict(plain.pop("network")), plain.pop("pretraining")
        network["widths"], plain["edges_months"] = tuple(network["widths"]), tuple(plain["edges_months"])
        return cls(**plain, network=NetworkRecipe(**network), pretraining=PretrainingRecipe(**pretraining))
