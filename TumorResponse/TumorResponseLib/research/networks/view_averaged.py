"""The segmentation as it is shipped: one grey channel in, probabilities out, averaged over members and views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

SIZES = (192, 256, 320)
"""Sides at which the network looks at an image; it was trained on the first two."""


class ViewAveraged(nn.Module):
    """Average segmentation networks over themselves, image sizes and the mirror image.

    Args:
        networks: each gives lesion logits and the logit of presence, as ``UNetPlusPlus``.

    Forward takes normalised grey images ``(B, 1, H, W)`` and returns the lesion probability ``(B, 1, H, W)`` and
    the probability that any lesion is present ``(B, 1)``.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(networks)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Lesion probability and presence, the means over all members and views."""
        views = [self._of_size(image, size, member) for size in SIZES for member in self.members]
        probability = torch.stack([view[0] for view in views]).mean(dim=0)
        return probability, torch.stack([view[1] for view in views]).mean(dim=0)

    def _of_size(self, image: Tensor, size: int, member: nn.Module) -> tuple[Tensor, Tensor]:
        count = image.shape[0]
        seen = _resized(image, (size, size)).repeat(1, 3, 1, 1)
        logits, presence = cast(tuple[Tensor, Tensor], member(torch.cat([seen, seen.flip(-1)])))
        probability, present = torch.sigmoid(logits), torch.sigmoid(presence)
        both = (probability[:count] + probability[count:].flip(-1)) / 2
        return _resized(both, image.shape[-2:]), (present[:count] + present[count:]) / 2


def _resized(image: Tensor, size: tuple[int, ...]) -> Tensor:
    return functional.interpolate(image, size=size, mode="bilinear", align_corners=False)
