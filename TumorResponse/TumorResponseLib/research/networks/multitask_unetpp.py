"""U-Net++ that outlines a tumour slice by slice and reads the whole tumour: response, viability and apoptosis.

The encoder and decoder of the lesion segmentation (`unetpp`), with a second head that pools over a tumour mask which is
an input: correcting the mask moves what is read. One forward pass gives the mask, the answers and the activation map.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from monai.networks.blocks import Convolution
from torch import Tensor, nn
from torch.nn import functional

from TumorResponseLib.predict.hcc_inputs import CONTRAST_ROLE, ROLES
from TumorResponseLib.research.networks.unetpp import DECODER_CHANNELS, UNetPlusPlusTrunk

SEQUENCES, CONTRAST = len(ROLES), ROLES.index(CONTRAST_ROLE)
CELL = 2
"""Samples along a cell of the activation map: 0.9 mm."""
RIM_CELLS = 2
"""Thickness of the rim around the tumour, what its signal is compared with: 1.8 mm."""
RIM_SPREAD, REWEIGHTED = 0.2, 6
"""How far, as logarithms of signals, the rim's own tissue spreads, and how often it is told from the rest."""
TISSUES = 3
TUMOUR, _, ENHANCING_PART = range(TISSUES)
"""Tumour, rim, and the part of the tumour that enhances: what is alive (mRECIST: Lencioni and Llovet, Semin Liver Dis
30:52, 2010). The dead part tells nothing of how many cells of the living one die."""
ENHANCING, ENHANCING_EDGE = math.log(0.75), 0.05
"""What gives more than three quarters of the rim's signal after contrast agent enhances; over how far it turns."""

WIDTH = 32
"""Features that the head finds in each cell."""
SIGNAL_FEATURES = 2 * SEQUENCES + 1
"""Signal against the rim's, its distance from the tumour's mean, in each sequence; whether it enhances."""
CELL_FEATURES = SIGNAL_FEATURES + WIDTH
FEATURES = TISSUES * CELL_FEATURES

ANSWERS = ("response", "viability", "apoptosis")
TASKS = ("mask", *ANSWERS)

FOUND_SCALE = 0.3
"""What is found counts less at the start than the signals: there is more of it, less certain."""
DROPOUT = 0.1
MOMENTUM = 0.02
SMALLEST_PART = 1e-6
SMALLEST_VARIANCE = 1e-4


class TumourOutput(NamedTuple):
    """What one forward pass gives.

    Attributes:
        mask: logits of the tumour, ``(slices, 1, rows, columns)``.
        answers: response as a logit, the estimates in their standard deviations about their means,
            ``(volumes, ANSWERS)``.
        features: ``(volumes, FEATURES)``, pooled and standardised.
        activation: of the response, ``(slices, rows / 2, columns / 2)``; the mean over a volume's cells is its logit.
    """

    mask: Tensor
    answers: Tensor
    features: Tensor
    activation: Tensor


class MultiTaskUNetPlusPlus(UNetPlusPlusTrunk):
    """Mask, response and estimates from slices of three sequences.

    The signals, which are logarithms, are taken relative to what is usual in the tumour's rim: this cancels gain and
    most of the coil's field. Joined with the last decoder node they are convolved once more. What is found and the
    signals are averaged over the tumour, its rim and its enhancing part, and standardised by running statistics; a
    linear layer answers. Being linear in what is pooled, its class activation map (Zhou et al., CVPR 2016) is exact.

    The tasks' losses are weighted by learned variances: ``log_variances`` (see ``research.training.hcc_loss``).
    """

    def __init__(self) -> None:
        super().__init__(SEQUENCES)
        joined = DECODER_CHANNELS[0] + SEQUENCES
        self.reader = nn.Sequential(
            Convolution(2, joined, WIDTH, kernel_size=3, adn_ordering="NA", act="relu", norm="batch", bias=False),
            Convolution(2, WIDTH, WIDTH, kernel_size=1, adn_ordering="NA", act="relu", norm="batch", bias=False),
        )
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("variance", torch.ones(FEATURES))
        scale = torch.tensor([1.0] * SIGNAL_FEATURES + [FOUND_SCALE] * WIDTH)
        self.register_buffer("scale", scale.repeat(TISSUES), persistent=False)
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(FEATURES, len(ANSWERS))
        self.log_variances = nn.Parameter(torch.zeros(len(TASKS)))

    def forward(self, slices: Tensor, tumour: Tensor, owner: Tensor) -> TumourOutput:
        """From ``(slices, 3, rows, columns)``, the tumour's mask ``(slices, 1, rows, columns)`` of 0 and 1, and which
        volume each slice is of: ``(slices, volumes)`` of 0 and 1, all 0 for a slice that is outlined only.
        """
        decoded = self.decoded(self.encoder(slices))
        mask = self.outlined(decoded, slices.shape[-2:])
        tissues = functional.avg_pool2d(tumour, CELL)
        around = functional.max_pool2d(tissues, 2 * RIM_CELLS + 1, stride=1, padding=RIM_CELLS)
        tissues = torch.cat([tissues, around - tissues], dim=1)
        signals = functional.avg_pool2d(slices, CELL)
        signals = signals - usual_signal(signals, tissues[:, 1], owner)
        found = self.reader(torch.cat([decoded, signals], dim=1))
        enhancing = torch.sigmoid((signals[:, CONTRAST : CONTRAST + 1] - ENHANCING) / ENHANCING_EDGE)
        parts = _parts(torch.cat([tissues, tissues[:, :1] * enhancing], dim=1), owner)
        away = (signals - _means(signals, parts[:, 0], owner)).abs()
        cells = torch.cat([signals, away, enhancing, found], dim=1)
        pooled = torch.einsum("nchw,nthw,nv->vtc", cells, parts, owner).flatten(1)
        if self.training:
            self._note(pooled.detach())
        deviation = torch.sqrt(self.get_buffer("variance") + SMALLEST_VARIANCE)
        features = (pooled - self.get_buffer("mean")) / deviation
        answers = self.head(self.dropout(features * self.get_buffer("scale")))
        weights = self.head.weight[0] * self.get_buffer("scale") / deviation
        return TumourOutput(mask, answers, features, self._activation(cells, parts, owner, weights))

    @torch.no_grad()
    def _note(self, pooled: Tensor) -> None:
        """Running mean and variance of the pooled features, which both modes standardise by: batches are small."""
        mean, variance = self.get_buffer("mean"), self.get_buffer("variance")
        away = pooled - mean
        mean += MOMENTUM * away.mean(dim=0)
        variance += MOMENTUM * ((away**2).mean(dim=0) - variance)

    def _activation(self, cells: Tensor, parts: Tensor, owner: Tensor, weights: Tensor) -> Tensor:
        """The head's weights, and the means that were taken off before it, applied to each cell."""
        by_tissue = weights.unflatten(0, (TISSUES, CELL_FEATURES))
        usual = (weights * self.get_buffer("mean")).unflatten(0, (TISSUES, CELL_FEATURES)).sum(dim=1)
        local = torch.einsum("tc,nchw->nthw", by_tissue, cells) - usual[None, :, None, None]
        base = self.head.bias[0] * parts.sum(dim=1) / TISSUES
        count = owner @ owner.sum(dim=0)[:, None] * float(cells.shape[2] * cells.shape[3])
        return ((local * parts).sum(dim=1) + base) * count[:, :, None]


def _parts(tissues: Tensor, owner: Tensor) -> Tensor:
    """Each tissue's share of every cell, summing to 1 over a volume; of slices that are outlined only as they are."""
    total = torch.einsum("nthw,nv->vt", tissues, owner).clamp_min(SMALLEST_PART)
    return tissues / (owner @ total + (1.0 - owner.sum(dim=1, keepdim=True)))[:, :, None, None]


def usual_signal(signals: Tensor, rim: Tensor, owner: Tensor) -> Tensor:
    """What is usual in the rim of each slice's volume, ``(slices, sequences, 1, 1)``.

    The rim may hold vessels, fat and air, which a mean would follow: cells count the less the farther they are from the
    estimate, by the weights of Geman and McClure (Bull Int Stat Inst 52:5, 1987), reweighted a few times.
    """
    usual = _means(signals, _parts(rim[:, None], owner)[:, 0], owner)
    for _ in range(REWEIGHTED):
        weights = rim[:, None] / (1.0 + ((signals - usual) / RIM_SPREAD) ** 2) ** 2
        total = torch.einsum("nchw,nv->vc", weights, owner).clamp_min(SMALLEST_PART)
        usual = (owner @ (torch.einsum("nchw,nchw,nv->vc", signals, weights, owner) / total))[:, :, None, None]
    return usual


def _means(cells: Tensor, part: Tensor, owner: Tensor) -> Tensor:
    """Of each slice's volume over one tissue, ``(slices, features, 1, 1)``; 0 for slices that are outlined only."""
    return (owner @ torch.einsum("nchw,nhw,nv->vc", cells, part, owner))[:, :, None, None]


class OneTumour(nn.Module):
    """The network as it is shipped: all slices of one volume in, probabilities and real units out.

    Args:
        network: trained.
        means, deviations: of the estimates, in the order of ``ANSWERS`` after the response.
    """

    OUTPUTS = ("probability", "response", "estimates", "features", "activation")

    def __init__(self, network: MultiTaskUNetPlusPlus, means: Tensor, deviations: Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("means", means)
        self.register_buffer("deviations", deviations)

    def forward(self, slices: Tensor, tumour: Tensor) -> tuple[Tensor, ...]:
        """Probability of tumour ``(slices, 1, rows, columns)``; of the whole volume the response's logit ``(1,)``, the
        estimates ``(2,)`` and the features ``(FEATURES,)``; activation ``(slices, rows / 2, columns / 2)``.
        """
        owner = torch.ones_like(tumour[:, 0, :1, 0])
        output = self.network(slices, tumour, owner)
        estimates = output.answers[0, 1:] * self.get_buffer("deviations") + self.get_buffer("means")
        return (
            torch.sigmoid(output.mask),
            output.answers[0, :1],
            estimates,
            output.features[0],
            output.activation,
        )
