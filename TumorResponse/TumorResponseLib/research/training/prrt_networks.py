"""Train one network of PRRT-PFS, and run it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from TumorResponseLib.core.laboratory.imputation import ImputationRule
from TumorResponseLib.predict.prrt_inputs import CT
from TumorResponseLib.research.evaluation.survival.times import SurvivalTimes
from TumorResponseLib.research.networks.prrt_fusion import EXTENT, SMALLEST_VALUE, PrrtNetwork
from TumorResponseLib.research.training.prrt_images import LesionSet
from TumorResponseLib.research.training.prrt_laboratory import complete_values
from TumorResponseLib.research.training.prrt_settings import HORIZON_MONTHS, Modalities, NetworkRecipe

SMALLEST_CHANCE = 1e-9


@dataclass(frozen=True)
class Voxels:
    """What ``LesionSet`` says of them, as tensors.

    Attributes:
        counts: voxels of each tissue of a patient, 1 at least, ``(patients, tissues)``.
    """

    patches: dict[str, Tensor]
    tissues: Tensor
    owner: Tensor
    counts: Tensor
    present: dict[str, Tensor]


@dataclass(frozen=True)
class Followed:
    """Follow-up in intervals of time.

    Attributes:
        before: index of the survival that was reached: 0 is the start, k the end of interval k, ``(patients,)``.
        happened: whether the event was seen in the interval after it.
    """

    before: Tensor
    happened: Tensor


def in_intervals(followed: SurvivalTimes, edges: NDArray[np.float64]) -> Followed:
    """The intervals that patients went through.

    An event falls into the interval whose end is the first not before it; after the last edge it counts as none. A
    censored patient counts for an interval when followed through its first half at least (Gensheimer and Narasimhan,
    PeerJ 7:e6257, 2019).
    """
    middles = (np.concatenate([[0.0], edges[:-1]]) + edges) / 2.0
    place = np.searchsorted(edges, followed.times, side="left")
    passed = np.searchsorted(middles, followed.times, side="right")
    happened = followed.events & (place < len(edges))
    return Followed(torch.from_numpy(np.where(happened, place, passed)), torch.from_numpy(happened))


def negative_log_likelihood(log_odds: Tensor, followed: Followed) -> Tensor:
    """Summed over the patients.

    Args:
        log_odds: of the event by the end of each interval, rising, ``(patients, intervals)``.
        followed: the patients.
    """
    survival = torch.cat([torch.ones_like(log_odds[:, :1]), torch.sigmoid(-log_odds)], dim=1)
    reached = survival.gather(1, followed.before[:, None])[:, 0]
    after = survival.gather(1, (followed.before + 1).clamp_max(survival.shape[1] - 1)[:, None])[:, 0]
    chances = torch.where(followed.happened, reached - after, reached)
    return -torch.log(chances.clamp_min(SMALLEST_CHANCE)).sum()


def train_network(
    patients: LesionSet,
    modalities: Modalities,
    recipe: NetworkRecipe,
    edges: tuple[float, ...],
    rule: ImputationRule | None,
    seed: int,
    start: Mapping[str, Tensor] | None = None,
) -> PrrtNetwork:
    """A network in evaluation mode.

    Args:
        patients: to learn from.
        modalities: what it reads.
        recipe: of the training.
        edges: ends of the intervals, in the unit of the patients' times.
        rule: for missing laboratory values; may be None where it reads none.
        seed: of everything random in it.
        start: weights of the CT branch's convolutions from ``prrt_pretraining``, for a pre-trained network.
    """
    torch.manual_seed(seed)
    network = new_network(patients, modalities, recipe, edges, rule)
    if modalities.pretrained and start is not None:
        network.branch(CT).load_state_dict(dict(start), strict=False)
    values = _values(network, patients, rule)
    if values is not None:
        logs = torch.log(values.clamp_min(SMALLEST_VALUE))
        network.mean.copy_(logs.mean(dim=0))
        network.spread.copy_(logs.std(dim=0, unbiased=False).clamp_min(1e-6))
    voxels = _voxels(patients, modalities.images)
    followed = in_intervals(patients.followed, np.array(edges))
    body = [weight for role in modalities.images for weight in network.branch(role).parameters()]
    head = [network.head.weight, network.first_shift, network.steps]
    groups = [
        {"params": body, "lr": recipe.learning_rate, "weight_decay": recipe.weight_decay},
        {"params": head, "lr": recipe.head_learning_rate, "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [recipe.learning_rate, recipe.head_learning_rate], total_steps=recipe.steps
    )
    penalties = penalties_of(network, recipe)
    network.train()
    for _ in range(recipe.steps):
        answer = network.answer(features_of(network, _drawn(voxels, recipe.voxels), values))
        fit = negative_log_likelihood(answer[:, None] + network.shifts, followed)
        loss = (fit + 0.5 * (penalties * network.head.weight[0] ** 2).sum()) / len(patients)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return network.eval()


def new_network(
    patients: LesionSet,
    modalities: Modalities,
    recipe: NetworkRecipe,
    edges: tuple[float, ...],
    rule: ImputationRule | None,
) -> PrrtNetwork:
    """The network before its training, or to load weights into."""
    values = len(rule.values) if rule is not None and modalities.laboratory else 0
    horizon = edges.index(HORIZON_MONTHS) if HORIZON_MONTHS in edges else len(edges) - 1
    return PrrtNetwork(modalities.images, values, patients.tissues.shape[1], len(edges), horizon, recipe.widths)


def penalties_of(network: PrrtNetwork, recipe: NetworkRecipe) -> Tensor:
    """The ridge on each of the answer's weights."""
    penalties = [recipe.laboratory_penalty] * network.values
    for role in network.images:
        branch = network.branch(role)
        penalties += [recipe.image_penalty, *[recipe.found_penalty] * (branch.width - 1)] * branch.tissues
    return torch.tensor(penalties)


def features_of(network: PrrtNetwork, voxels: Voxels, values: Tensor | None) -> Tensor:
    """The features of patients, ``(patients, features)``, from the voxels of their lesions."""
    features = [] if values is None else [network.laboratory(values)]
    for role in network.images:
        branch = network.branch(role)
        cells = branch.cells_of(voxels.patches[role])
        sums = torch.zeros(len(voxels.counts), voxels.tissues.shape[1] * branch.width)
        each = (voxels.tissues[:, :, None] * cells[:, None]).flatten(1)
        means = sums.index_add(0, voxels.owner, each).unflatten(1, (-1, branch.width)) / voxels.counts[:, :, None]
        features.append(branch.features(means, voxels.present[role]))
    return torch.cat(features, dim=1)


def run_network(
    network: PrrtNetwork, patients: LesionSet, rule: ImputationRule | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits ``(patients,)`` and features ``(patients, features)``."""
    with torch.inference_mode():
        features = features_of(network, _voxels(patients, network.images), _values(network, patients, rule))
        logits = network.answer(features) + network.intercept
    return logits.numpy(), features.numpy()


def _values(network: PrrtNetwork, patients: LesionSet, rule: ImputationRule | None) -> Tensor | None:
    if network.values == 0 or rule is None:
        return None
    return torch.from_numpy(complete_values(patients.laboratory, rule))


def _voxels(patients: LesionSet, roles: Sequence[str]) -> Voxels:
    tissues, owner = torch.from_numpy(patients.tissues.astype(np.float32)), torch.from_numpy(patients.owner)
    return Voxels(
        {role: torch.from_numpy(patients.patches[role]) for role in roles},
        tissues,
        owner,
        _counts(tissues, owner, len(patients)),
        {role: torch.from_numpy(patients.present[role].astype(np.float32)) for role in roles},
    )


def _drawn(voxels: Voxels, wanted: int) -> Voxels:
    """About ``wanted`` voxels of each patient and smallest tissue, all neighbourhoods mirrored alike, at random.

    Lesions have no preferred side, and a part of them tells nearly as much as all.
    """
    chances = (wanted / voxels.counts.amin(dim=1)).clamp_max(1.0)
    kept = torch.nonzero(torch.rand(len(voxels.owner)) < chances[voxels.owner])[:, 0]
    tissues, owner = voxels.tissues[kept], voxels.owner[kept]
    axes = [axis for axis in range(3) if bool(torch.randint(2, ()))]
    mirrored = torch.arange(EXTENT**3).unflatten(0, (EXTENT,) * 3).flip(axes).flatten()
    patches = {role: one[kept].index_select(1, mirrored) for role, one in voxels.patches.items()}
    return Voxels(patches, tissues, owner, _counts(tissues, owner, len(voxels.counts)), voxels.present)


def _counts(tissues: Tensor, owner: Tensor, patients: int) -> Tensor:
    return torch.zeros(patients, tissues.shape[1]).index_add(0, owner, tissues).clamp_min(1.0)
