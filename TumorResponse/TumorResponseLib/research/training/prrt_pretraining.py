"""Self-supervised start of the CT branch: to tell what a covered neighbourhood looked like, on unlabelled CT.

A denoising autoencoder (Vincent et al., JMLR 11:3371, 2010) on the neighbourhoods that the branch looks at; the part
that is covered is to be told as well (context restoration, Chen et al., Medical Image Analysis 58:101539, 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from TumorResponseLib.core.image import Image
from TumorResponseLib.core.loading import read_cohort, study_of
from TumorResponseLib.predict.prrt_inputs import CT, lesion_inputs
from TumorResponseLib.research.networks.prrt_fusion import EXTENT, LesionBranch
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.prrt_images import cut_patches
from TumorResponseLib.research.training.prrt_settings import PretrainingRecipe

AIR_HU = -300.0
VOXELS_A_VOLUME = 300
NORM = "norm."
"""What follows the convolutions is not learned here."""


def read_unlabelled(folder: Path, seed: int, progress: Progress) -> NDArray[np.float32]:
    """Neighbourhoods of random voxels of the body, ``(voxels, EXTENT ** 3)``.

    Args:
        folder: with ``cohort.csv``, whose rows carry a CT.
        seed: of the drawing.
        progress: told of the volumes read and their number.

    Raises:
        StudyError, SpacingError, MaskError: a volume cannot be read.
    """
    random, found = np.random.default_rng(seed), []
    rows = read_cohort(folder)
    for done, row in enumerate(rows, start=1):
        found.append(_patches(study_of(row).image(CT), random))
        progress(done, len(rows))
    return np.concatenate(found)


def pretrain(
    patches: NDArray[np.float32], recipe: PretrainingRecipe, widths: Sequence[int], seed: int
) -> dict[str, Tensor]:
    """The weights of the branch's convolutions.

    Args:
        patches: of ``read_unlabelled``.
        recipe: of the pre-training.
        widths: of the branch.
        seed: of everything random in it.
    """
    torch.manual_seed(seed)
    branch = LesionBranch(1, widths)
    tell = nn.Linear(widths[-1], EXTENT**3)
    everything = torch.from_numpy(patches)
    weights = [*branch.parameters(), *tell.parameters()]
    optimiser = torch.optim.AdamW(weights, recipe.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.learning_rate, total_steps=recipe.steps)
    branch.train()
    for _ in range(recipe.steps):
        shown = everything[torch.randint(len(everything), (recipe.batch_size,))]
        told = tell(branch.cells_of(_covered(shown, recipe))[:, 1:])
        loss = functional.mse_loss(told, shown)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return {name: value.detach() for name, value in branch.state_dict().items() if not name.startswith(NORM)}


def _patches(ct: Image, random: np.random.Generator) -> NDArray[np.float32]:
    seen = lesion_inputs({CT: ct}, ct.pixels > AIR_HU)
    places = np.argwhere(seen.tissues[-1] > 0)
    region = np.zeros(seen.tissues.shape[1:], dtype=np.bool_)
    region[tuple(places[random.choice(len(places), min(VOXELS_A_VOLUME, len(places)), replace=False)].T)] = True
    return cut_patches(seen.images[CT], region)


def _covered(shown: Tensor, recipe: PretrainingRecipe) -> Tensor:
    """Noise over everything, and one half of each neighbourhood, cut along a random axis, set to 0."""
    noisy = shown + recipe.noise * torch.randn_like(shown)
    cube = noisy.unflatten(1, (EXTENT,) * 3)
    axis, start = int(torch.randint(1, 4, ())), int(torch.randint(EXTENT // 2 + 1, ()))
    cube.narrow(axis, start, EXTENT // 2).zero_()
    return cube.flatten(1)
