"""The convolutional network of CEUS on one perfusion image, and the ensemble of its cross-validation members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from monai.networks.blocks import Convolution
from torch import Tensor, nn
from torch.nn import functional

from TumorResponseLib.predict.ceus_image import CLASSES, PARAMETERS, TISSUES

WIDTHS = (16, 24, 32)
DROPOUT = 0.3
CELL = 2
"""Samples along a cell of the activation map: 1.2 mm."""

SMALLEST_PART = 1e-6
POOLED_TISSUES = 2
"""Tumour and rim; what surrounds them is what the values are related to."""

FOUND_SCALE = 0.3
"""What the convolutions find counts less at the start than the parameters themselves: it is less certain."""


def feature_count(widths: Sequence[int]) -> int:
    """Features that a network of these widths averages, over both tissues."""
    return POOLED_TISSUES * (len(PARAMETERS) + widths[-1])


class PerfusionOutput(NamedTuple):
    """What one forward pass gives.

    Attributes:
        logits: ``(batch, classes)``.
        features: ``(batch, feature_count(widths))``, averaged over each tissue and standardised; 0 where it is absent.
        activation: ``(batch, classes, rows / 2, columns / 2)``; each map's mean is its class's logit.
    """

    logits: Tensor
    features: Tensor
    activation: Tensor


class PerfusionCnn(nn.Module):
    """Convolutions, average pooling over tumour and rim, and a linear head.

    The parameters of each cell go beside what the convolutions find into the pooling, so that a tissue's mean need not
    be learned from a few hundred images. In evaluation pooling, standardising and head are linear, so that the class
    activation maps (Zhou et al., CVPR 2016) are exact.

    Args:
        widths: channels of the convolutions; the second one halves the resolution.
    """

    def __init__(self, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        ahead = (len(PARAMETERS) + len(TISSUES), *widths)
        self.body = nn.Sequential(
            *(
                Convolution(2, before, after, strides=2 if number == 1 else 1, act="relu", norm="batch")
                for number, (before, after) in enumerate(zip(ahead[:-1], widths, strict=True))
            )
        )
        self.width = len(PARAMETERS) + widths[-1]
        self.norm = nn.BatchNorm1d(POOLED_TISSUES * self.width, affine=False)
        scale = torch.tensor([1.0] * len(PARAMETERS) + [FOUND_SCALE] * widths[-1])
        self.register_buffer("scale", scale.repeat(POOLED_TISSUES), persistent=False)
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(POOLED_TISSUES * self.width, len(CLASSES))

    def forward(self, inputs: Tensor) -> PerfusionOutput:
        """From ``(batch, channels, rows, columns)``."""
        parameters = functional.avg_pool2d(inputs[:, : len(PARAMETERS)], CELL)
        cells = torch.cat([parameters, self.body(inputs)], dim=1)
        tissues = functional.avg_pool2d(inputs[:, len(PARAMETERS) :][:, :POOLED_TISSUES], CELL)
        present = (tissues.amax(dim=(2, 3)) > 0).to(inputs.dtype)
        parts = tissues / tissues.mean(dim=(2, 3), keepdim=True).clamp_min(SMALLEST_PART)
        pooled = torch.einsum("nchw,nthw->ntc", cells, parts) / (cells.shape[2] * cells.shape[3])
        features = self.norm(pooled.flatten(1)) * present.repeat_interleave(self.width, dim=1)
        logits = self.head(self.dropout(features * self.get_buffer("scale")))
        return PerfusionOutput(logits, features, self._activation(cells, parts))

    def _activation(self, cells: Tensor, parts: Tensor) -> Tensor:
        """The head's weights, and the means that were taken off before it, applied to each cell."""
        mean, variance = (self.norm.get_buffer(f"running_{kind}") for kind in ("mean", "var"))
        weights = self.head.weight * self.get_buffer("scale") / torch.sqrt(variance + self.norm.eps)
        usual = (weights * mean).unflatten(1, (POOLED_TISSUES, self.width)).sum(dim=2)
        weights = weights.unflatten(1, (POOLED_TISSUES, self.width))
        local = torch.einsum("ktc,nchw->nkthw", weights, cells) - usual[None, :, :, None, None]
        present = (parts.amax(dim=(2, 3)) > 0).to(parts.dtype).sum(dim=1).clamp_min(1.0)
        base = parts.sum(dim=1) / present[:, None, None]
        return (local * parts[:, None]).sum(dim=2) + self.head.bias[None, :, None, None] * base[:, None]


class PerfusionEnsemble(nn.Module):
    """The members, each trained on other folds; what a bundle's ``models/perfusion.onnx`` computes."""

    OUTPUTS = ("logits", "features", "activation")

    def __init__(self, members: Sequence[PerfusionCnn]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits ``(batch, members, classes)``, features ``(batch, members * width)``, mean activation."""
        outputs = [member(inputs) for member in self.members]
        return (
            torch.stack([output.logits for output in outputs], dim=1),
            torch.cat([output.features for output in outputs], dim=1),
            torch.stack([output.activation for output in outputs]).mean(dim=0),
        )
