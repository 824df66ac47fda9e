"""One ResNet for one region of DLRS3, and the ensemble of its cross-validation members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from monai.networks.nets.resnet import ResNet
from torch import Tensor, nn
from torch.nn import functional

from TumorResponseLib.predict.dlrs3_crops import CHANNELS

WIDTHS = (12, 16, 24, 32)
"""Narrow, for a few hundred patients."""

TISSUES = len(CHANNELS) - 1
CELL = 4
"""Samples along a cell of the activation map."""

SMALLEST_PART = 1e-6


class RegionOutput(NamedTuple):
    """What one forward pass gives.

    Attributes:
        logit: ``(batch,)``.
        features: ``(batch, tissues * widths[-1])``, averaged over each tissue; 0 for tissues outside the region.
        activation: ``(batch, rows / 4, columns / 4)``, the class activation map; its mean is the logit.
    """

    logit: Tensor
    features: Tensor
    activation: Tensor


class RegionResNet(nn.Module):
    """MONAI's ResNet with basic blocks, average pooling over each tissue, and a linear head.

    Resolution is halved twice at the start and then kept, so that a cell of the map is 2 mm wide on a grid of 0.5 mm: as
    fine as the thinnest band. Tumour and bands are pooled each by itself: the same echo may favour response in one band
    and speak against it in the next, and an average keeps the logit independent of their sizes. Pooling and head are
    linear, so that the class activation map (Zhou et al., CVPR 2016) is exact: each cell's features times the head's
    weights for the tissue that the cell lies in.

    Args:
        widths: channels of the four stages.
    """

    def __init__(self, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        self.body = ResNet(
            block="basic",
            layers=[1, 1, 1, 1],
            block_inplanes=list(widths),
            spatial_dims=2,
            n_input_channels=len(CHANNELS),
            conv1_t_size=5,
            conv1_t_stride=2,
            feed_forward=False,
            bias_downsample=False,
        )
        for stage in (self.body.layer2, self.body.layer3, self.body.layer4):
            stage[0].conv1.stride = (1, 1)
            if stage[0].downsample is not None:
                stage[0].downsample[0].stride = (1, 1)
        self.weights = nn.Conv2d(widths[-1], TISSUES, kernel_size=1, bias=False)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, inputs: Tensor) -> RegionOutput:
        """From ``(batch, channels, rows, columns)``."""
        body = self.body
        cells = body.maxpool(body.act(body.bn1(body.conv1(inputs))))
        cells = body.layer4(body.layer3(body.layer2(body.layer1(cells))))
        tissues = functional.avg_pool2d(inputs[:, 1:], kernel_size=CELL)
        parts = tissues / tissues.mean(dim=(2, 3), keepdim=True).clamp_min(SMALLEST_PART)
        region = tissues.sum(dim=1)
        base = self.bias * region / region.mean(dim=(1, 2), keepdim=True).clamp_min(SMALLEST_PART)
        activation = (self.weights(cells) * parts).sum(dim=1) + base
        features = torch.einsum("nchw,nthw->ntc", cells, parts) / (cells.shape[2] * cells.shape[3])
        return RegionOutput(activation.mean(dim=(1, 2)), features.flatten(1), activation)


class RegionEnsemble(nn.Module):
    """The members of one region, each trained on other folds; what a bundle's ``models/<region>.onnx`` computes."""

    OUTPUTS = ("logits", "features", "activation")

    def __init__(self, members: Sequence[RegionResNet]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits ``(batch, members)``, features ``(batch, members * width)``, mean activation ``(batch, h, w)``."""
        outputs = [member(inputs) for member in self.members]
        return (
            torch.stack([output.logit for output in outputs], dim=1),
            torch.cat([output.features for output in outputs], dim=1),
            torch.stack([output.activation for output in outputs]).mean(dim=0),
        )
