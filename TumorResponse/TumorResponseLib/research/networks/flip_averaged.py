"""The segmentation network as it is shipped: one grey channel in, probabilities out, averaged over the mirror image."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class FlipAveraged(nn.Module):
    """Wrap a segmentation network for export.

    Forward takes normalised grey images ``(B, 1, H, W)`` and returns the lesion probability ``(B, 1, H, W)`` and
    the probability that any lesion is present ``(B, 1)``.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Lesion probability and presence, both averaged over the mirror image."""
        both = torch.cat([image, image.flip(-1)]).repeat(1, 3, 1, 1)
        logits, presence = self.network(both)
        count = image.shape[0]
        probability, present = torch.sigmoid(logits), torch.sigmoid(presence)
        mirrored = probability[count:].flip(-1)
        return (probability[:count] + mirrored) / 2, (present[:count] + present[count:]) / 2
