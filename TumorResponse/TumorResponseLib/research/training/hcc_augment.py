"""Batches of the HCC training: whole tumours to read and single slices to outline, varied at random."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import pi

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from TumorResponseLib.predict.hcc_inputs import CONTRAST_ROLE, ROLES
from TumorResponseLib.research.training.hcc_volumes import HccSet, Volumes


@dataclass(frozen=True)
class BatchRecipe:
    """What a batch is made of, and how far it is varied.

    Attributes:
        tumours: volumes that are read.
        tumour_slices: of each, evenly over the tumour.
        other_slices: from anywhere, which are outlined only.
        turn, scale, shift: of a volume in its plane: radians, share, samples.
        offset, noise: of a sequence's logarithms.
        absent: chance of each sequence but the one after contrast agent to be left out.
        redrawn: chance of the tumour's mask to be grown by a sample, and of being shrunk by one.
    """

    tumours: int = 5
    tumour_slices: int = 5
    other_slices: int = 5
    turn: float = pi / 9
    scale: float = 0.08
    shift: float = 6.0
    offset: float = 0.03
    noise: float = 0.02
    absent: float = 0.06
    redrawn: float = 0.2


@dataclass(frozen=True)
class Batch:
    """One step's slices.

    Attributes:
        slices: ``(slices, 3, rows, columns)``.
        mask: the tumour's true mask, ``(slices, 1, rows, columns)``.
        tumour: the mask that is read, as a hand might draw it.
        owner: which of the read volumes a slice is of, ``(slices, volumes)``; all 0 for slices that are outlined only.
        volumes: indices in ``HccSet.read``.
    """

    slices: Tensor
    mask: Tensor
    tumour: Tensor
    owner: Tensor
    volumes: NDArray[np.int64]


def batches(data: HccSet, chosen: NDArray[np.int64], recipe: BatchRecipe, seed: int) -> Iterator[Batch]:
    """One epoch: every chosen volume of ``data.read`` once, with other slices of the same animals beside them."""
    random = np.random.default_rng(seed)
    torch.manual_seed(seed)
    animals = set(data.read.animals[chosen].tolist())
    others = np.flatnonzero(np.repeat([one in animals for one in data.outlined.animals], np.diff(data.outlined.starts)))
    order = random.permutation(chosen)
    size = min(recipe.tumours, len(order))
    for start in range(0, len(order) - size + 1, size):
        yield _batch(data, order[start : start + size], random.choice(others, recipe.other_slices), recipe)


def _batch(data: HccSet, volumes: NDArray[np.int64], others: NDArray[np.int64], recipe: BatchRecipe) -> Batch:
    places = [_spread(data.read, volume, recipe.tumour_slices) for volume in volumes]
    group = np.concatenate(
        [np.repeat(np.arange(len(volumes)), [len(one) for one in places]), len(volumes) + np.arange(len(others))]
    )
    read = np.concatenate(places)
    slices = np.concatenate([data.read.slices[read], data.outlined.slices[others]]).astype(np.float32)
    masks = np.concatenate([data.read.tumour[read], data.outlined.tumour[others]]).astype(np.float32)[:, None]
    varied, mask = _moved(torch.from_numpy(slices), torch.from_numpy(masks), group, recipe)
    owner = functional.one_hot(torch.from_numpy(group), len(volumes) + len(others))[:, : len(volumes)].float()
    return Batch(_disturbed(varied, group, recipe), mask, _redrawn(mask, group, recipe), owner, volumes)


def _spread(volumes: Volumes, volume: int, count: int) -> NDArray[np.int64]:
    """Some of a volume's slices: one from each of ``count`` equal parts."""
    own = np.arange(*volumes.of(volume).indices(len(volumes.slices))[:2])
    return np.array([part[int(torch.randint(len(part), ()))] for part in np.array_split(own, min(count, len(own)))])


def _each(group: NDArray[np.int64], *shape: int) -> Tensor:
    """Normal random numbers that the slices of a volume share, ``(slices, *shape)``."""
    return torch.randn(int(group.max()) + 1, *shape)[torch.from_numpy(group)]


def _moved(slices: Tensor, masks: Tensor, group: NDArray[np.int64], recipe: BatchRecipe) -> tuple[Tensor, Tensor]:
    """Turned, scaled, shifted and mirrored, each volume as a whole."""
    turn, scale = recipe.turn * _each(group), torch.exp(recipe.scale * _each(group))
    mirror = torch.sign(_each(group))
    cosine, sine = torch.cos(turn) * scale, torch.sin(turn) * scale
    shift = 2 * recipe.shift / slices.shape[-1] * _each(group, 2)
    first = torch.stack([mirror * cosine, -sine, shift[:, 0]], dim=1)
    second = torch.stack([mirror * sine, cosine, shift[:, 1]], dim=1)
    grid = functional.affine_grid(torch.stack([first, second], dim=1), list(slices.shape), align_corners=False)
    moved = functional.grid_sample(slices, grid, padding_mode="border", align_corners=False)
    mask = functional.grid_sample(masks, grid, align_corners=False)
    return moved, (mask >= 0.5).float()


def _disturbed(slices: Tensor, group: NDArray[np.int64], recipe: BatchRecipe) -> Tensor:
    disturbed = slices + recipe.offset * _each(group, len(ROLES), 1, 1) + recipe.noise * torch.randn_like(slices)
    absent = torch.rand(int(group.max()) + 1, len(ROLES)) < recipe.absent
    absent[:, ROLES.index(CONTRAST_ROLE)] = False
    # A study without both would be refused.
    both = absent.sum(dim=1) == len(ROLES) - 1
    absent[both, 0] = False
    return disturbed * (~absent[torch.from_numpy(group)])[:, :, None, None]


def _redrawn(mask: Tensor, group: NDArray[np.int64], recipe: BatchRecipe) -> Tensor:
    chance = torch.rand(int(group.max()) + 1)[torch.from_numpy(group)][:, None, None, None]
    grown = functional.max_pool2d(mask, 3, stride=1, padding=1)
    shrunk = 1.0 - functional.max_pool2d(1.0 - mask, 3, stride=1, padding=1)
    redrawn = torch.where(chance < recipe.redrawn, grown, mask)
    return torch.where(chance > 1.0 - recipe.redrawn, shrunk, redrawn)
