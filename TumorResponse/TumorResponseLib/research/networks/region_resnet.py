"""One ResNet for one region of DLRS3, and the ensemble of its cross-validation members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from monai.networks.nets.resnet import ResNet
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (12, 16, 24, 32)
"""Narrow, for a few hundred patients."""

REGION_CHANNEL = 1
"""Of the input: 1 in the region, 0 outside."""


class RegionOutput(NamedTuple):
    """What one forward pass gives.

    Attributes:
        logit: ``(batch,)``.
        features: ``(batch, widths[-1])``, averaged over the region.
        activation: ``(batch, rows / 4, columns / 4)``, the class activation map; its mean is the logit.
    """

    logit: Tensor
    features: Tensor
    activation: Tensor


class RegionResNet(nn.Module):
    """MONAI's ResNet with basic blocks, average pooling over the region, and a linear head.

    Only the first convolution and the pooling after it halve the resolution, so that a cell of the map is 2 mm wide on a
    grid of 0.5 mm: as fine as the thinnest band. Averaging over the region alone keeps the logit independent of the
    tumour's size. Pooling and head are linear, so that the class activation map (Zhou et al., CVPR 2016) is exact: the
    head applied to each cell, times the cell's part in the region.

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
            n_input_channels=3,
            conv1_t_size=5,
            conv1_t_stride=2,
            feed_forward=False,
            bias_downsample=False,
        )
        for stage in (self.body.layer2, self.body.layer3, self.body.layer4):
            stage[0].conv1.stride = (1, 1)
            stage[0].downsample[0].stride = (1, 1)
        self.head = nn.Linear(widths[-1], 1)

    def forward(self, inputs: Tensor) -> RegionOutput:
        """From ``(batch, 3, rows, columns)``."""
        body = self.body
        cells = body.maxpool(body.act(body.bn1(body.conv1(inputs))))
        cells = body.layer4(body.layer3(body.layer2(body.layer1(cells))))
        part = functional.avg_pool2d(inputs[:, REGION_CHANNEL : REGION_CHANNEL + 1], kernel_size=4)
        part = part / part.mean(dim=(2, 3), keepdim=True).clamp_min(1e-6)
        local = functional.conv2d(cells, self.head.weight[:, :, None, None], self.head.bias)
        activation = (local * part)[:, 0]
        features = (cells * part).mean(dim=(2, 3))
        return RegionOutput(activation.mean(dim=(1, 2)), features, activation)


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
