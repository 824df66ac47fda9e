"""What the HCC network says of animals that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from TumorResponseLib.predict.hcc_inputs import ROLES
from TumorResponseLib.predict.lesion_map import lesion_mask
from TumorResponseLib.research.networks.multitask_unetpp import OneTumour
from TumorResponseLib.research.training.hcc_volumes import Volumes

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


@dataclass(frozen=True)
class Answers:
    """What the network says of several tumours.

    Attributes:
        logits: of the response, ``(volumes,)``.
        estimates: viability and apoptosis, ``(volumes, 2)``.
        features: ``(volumes, features)``.
    """

    logits: NDArray[np.float64]
    estimates: NDArray[np.float64]
    features: NDArray[np.float64]


@torch.inference_mode()
def ask(
    network: OneTumour, volumes: Volumes, chosen: Sequence[int] | NDArray[np.int64], missing: Sequence[str] = ()
) -> Answers:
    """Read the tumours of some volumes, each on all of its slices; without the sequences ``missing``."""
    logits, estimates, features = [], [], []
    for volume in chosen:
        own = volumes.of(int(volume))
        slices = torch.from_numpy(volumes.slices[own].astype(np.float32))
        slices[:, [ROLES.index(role) for role in missing]] = 0.0
        _, logit, estimate, feature, _ = network(slices, torch.from_numpy(volumes.tumour[own][:, None]).float())
        logits.append(float(logit))
        estimates.append(estimate.numpy())
        features.append(feature.numpy())
    return Answers(np.array(logits), np.array(estimates, dtype=np.float64), np.array(features, dtype=np.float64))


@torch.inference_mode()
def outline_dice(network: OneTumour, volumes: Volumes, chosen: Sequence[int] | NDArray[np.int64]) -> dict[float, float]:
    """Mean Dice of the outlined volumes by threshold of the probability."""
    overlaps: dict[float, list[float]] = {threshold: [] for threshold in THRESHOLDS}
    for volume in chosen:
        own = volumes.of(int(volume))
        truth = volumes.tumour[own]
        probability = network(
            torch.from_numpy(volumes.slices[own].astype(np.float32)), torch.zeros(len(truth), 1, *truth.shape[1:])
        )[0]
        for threshold, values in overlaps.items():
            mask = lesion_mask(probability[:, 0].numpy(), threshold)
            values.append(2.0 * float((mask & truth).sum()) / max(1.0, float(mask.sum()) + float(truth.sum())))
    return {threshold: float(np.mean(values)) for threshold, values in overlaps.items()}
