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
GREY_FEATURES = 2
"""Grey value, and its distance from the tissue's mean."""

FOUND_SCALE = 0.3
"""What the residual stages find counts less at the start than the grey values: there is more of it, less certain."""

DROPOUT = 0.3
"""Of what the residual stages find."""


def feature_count(widths: Sequence[int]) -> int:
    """Features that a network of these widths averages, over all tissues."""
    return TISSUES * (GREY_FEATURES + widths[-1])


class RegionOutput(NamedTuple):
    """What one forward pass gives.

    Attributes:
        logit: ``(batch,)``.
        features: ``(batch, feature_count(widths))``, averaged over each tissue and standardised; 0 where it is absent.
        activation: ``(batch, rows / 4, columns / 4)``, the class activation map; its mean is the logit.
    """

    logit: Tensor
    features: Tensor
    activation: Tensor


class RegionResNet(nn.Module):
    """MONAI's ResNet with basic blocks, average pooling over each tissue, and a linear head.

    Resolution is halved twice at the start and then kept, so that a cell of the map is 2 mm wide on a grid of 0.5 mm:
    as fine as the thinnest band. Tumour and bands are pooled each by itself: the same echo may favour response in one
    band and speak against it in the next, and an average keeps the logit independent of their sizes. A long skip adds
    each cell's grey value, and its distance from the tissue's mean, to what the residual stages find, so that a
    tissue's mean and spread need not be learned from a few hundred patients. What is pooled is standardised by running
    statistics without learned parameters; a tissue that the image does not show counts as average.

    In evaluation pooling, standardising and head are linear, so that the class activation map (Zhou et al., CVPR 2016)
    is exact: a cell's features, less what is usual in its tissue, times the head's weights for that tissue.

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
            for layer in stage.modules():
                if isinstance(layer, nn.Conv2d):
                    layer.stride = (1, 1)
        self.width = GREY_FEATURES + widths[-1]
        self.norm = nn.BatchNorm1d(TISSUES * self.width, affine=False)
        scale = torch.tensor([1.0] * GREY_FEATURES + [FOUND_SCALE] * widths[-1])
        self.register_buffer("scale", scale.repeat(TISSUES), persistent=False)
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(TISSUES * self.width, 1)

    def forward(self, inputs: Tensor) -> RegionOutput:
        """From ``(batch, channels, rows, columns)``."""
        cells = self._cells(inputs)
        tissues = functional.avg_pool2d(inputs[:, 1:], kernel_size=CELL)
        present = (tissues.amax(dim=(2, 3)) > 0).to(inputs.dtype)
        parts = tissues / tissues.mean(dim=(2, 3), keepdim=True).clamp_min(SMALLEST_PART)
        pooled = torch.einsum("nchw,nthw->ntc", cells, parts) / (cells.shape[2] * cells.shape[3])
        known = present.repeat_interleave(self.width, dim=1)
        features = self.norm(pooled.flatten(1)) * known
        grey, found = (
            (features * self.get_buffer("scale"))
            .unflatten(1, (TISSUES, self.width))
            .tensor_split([GREY_FEATURES], dim=2)
        )
        logit = self.head(torch.cat([grey, self.dropout(found)], dim=2).flatten(1))[:, 0]
        return RegionOutput(logit, features, self._activation(cells, tissues, parts))

    def _cells(self, inputs: Tensor) -> Tensor:
        """What is known of each cell: its grey value in two ways, and what the residual stages find."""
        body = self.body
        found = body.maxpool(body.act(body.bn1(body.conv1(inputs))))
        found = body.layer4(body.layer3(body.layer2(body.layer1(found))))
        return torch.cat([functional.avg_pool2d(_grey_features(inputs), kernel_size=CELL), found], dim=1)

    def _activation(self, cells: Tensor, tissues: Tensor, parts: Tensor) -> Tensor:
        """The head's weights, and the means that were taken off before it, applied to each cell."""
        mean, variance = (self.norm.get_buffer(f"running_{kind}") for kind in ("mean", "var"))
        spread = torch.sqrt(variance + self.norm.eps)
        weights = (self.head.weight[0] * self.get_buffer("scale") / spread).reshape(TISSUES, self.width)
        usual = (weights * mean.reshape(TISSUES, self.width)).sum(dim=1)
        local = functional.conv2d(cells, weights[:, :, None, None], -usual)
        region = tissues.sum(dim=1)
        base = region / region.mean(dim=(1, 2), keepdim=True).clamp_min(SMALLEST_PART)
        return (local * parts).sum(dim=1) + self.head.bias * base


def _grey_features(inputs: Tensor) -> Tensor:
    """The grey value of each sample, and how far it is from the mean of its tissue, ``(batch, 2, rows, columns)``."""
    grey, tissues = inputs[:, :1], inputs[:, 1:]
    mean = (grey * tissues).mean(dim=(2, 3)) / tissues.mean(dim=(2, 3)).clamp_min(SMALLEST_PART)
    usual = (mean[:, :, None, None] * tissues).sum(dim=1, keepdim=True)
    return torch.cat([grey, (grey - usual).abs()], dim=1)


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
