"""The networks of PRRT-PFS: lesions on PET and CT (and MR) beside laboratory values, fused before one linear answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (8, 8)
DROPOUT = 0.2

REACH = 2
"""Samples to each side that the convolutions see: 20 mm in all, at steps of 4 mm."""
EXTENT = 2 * REACH + 1

SMALLEST_VALUE = 0.1
"""Laboratory values are raised to it before their logarithm is taken: a CRP of 0.0."""

SMALLEST_PART = 1e-6


class LesionBranch(nn.Module):
    """Convolutions over one image, and what lies in the lesions averaged.

    One convolution looks at 20 mm and the next one mixes what it found, so that a voxel's features hang on its own
    neighbourhood only: training looks at the neighbourhoods of lesion voxels, reading at whole fields, with one result.
    The image's own values go beside what the convolutions find into the pooling, so that a lesion's mean need not be
    learned from a hundred patients. Pooling and standardising are linear in evaluation, so that class activation maps
    (Zhou et al., CVPR 2016) are exact.

    Args:
        tissues: how many are pooled over.
        widths: channels of both convolutions.
    """

    def __init__(self, tissues: int, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        first, second = widths
        self.look = nn.Conv3d(1, first, EXTENT)
        self.mix = nn.Sequential(
            nn.BatchNorm3d(first), nn.ReLU(), nn.Conv3d(first, second, 1), nn.BatchNorm3d(second), nn.ReLU()
        )
        self.tissues, self.width = tissues, 1 + second
        self.norm = nn.BatchNorm1d(tissues * self.width, affine=False)

    def cells(self, image: Tensor) -> Tensor:
        """The image's values and what is found, ``(batch, width, slices, rows, columns)``, from one channel."""
        return torch.cat([image, self.mix(self.look(functional.pad(image, (REACH,) * 6)))], dim=1)

    def cells_of(self, patches: Tensor) -> Tensor:
        """The same of single voxels, ``(voxels, width)``, from their neighbourhoods ``(voxels, EXTENT ** 3)``."""
        seen = functional.linear(patches, self.look.weight.flatten(1), self.look.bias)
        found = self.mix(seen[:, :, None, None, None]).flatten(1)
        return torch.cat([patches[:, patches.shape[1] // 2, None], found], dim=1)

    def features(self, means: Tensor, present: Tensor) -> Tensor:
        """Standardised means, ``(patients, tissues * width)``; 0, as of a usual patient, without the image.

        Args:
            means: over each tissue, ``(patients, tissues, width)``.
            present: 1 where the patient has the image, ``(patients,)``.
        """
        flat = means.flatten(1)
        if self.training:
            known = present > 0
            standard = torch.zeros_like(flat)
            standard[known] = self.norm(flat[known])
        else:
            standard = self.norm(flat) * present[:, None]
        return standard

    def activation(self, cells: Tensor, parts: Tensor, weights: Tensor) -> Tensor:
        """What each voxel adds, ``(batch, slices, rows, columns)``; the mean over the field is the branch's part.

        Args:
            cells: of ``cells``.
            parts: each tissue's share of the pooling, 1 on average over the field, ``(batch, tissues, ...)``.
            weights: of the features in the answer, ``(tissues * width,)``.
        """
        mean, variance = (self.norm.get_buffer(f"running_{kind}") for kind in ("mean", "var"))
        slopes = weights / torch.sqrt(variance + self.norm.eps)
        usual = (slopes * mean).unflatten(0, (self.tissues, self.width)).sum(dim=1)
        local = torch.einsum("tc,nczyx->ntzyx", slopes.unflatten(0, (self.tissues, self.width)), cells)
        return ((local - usual[None, :, None, None, None]) * parts).sum(dim=1)


class PrrtNetwork(nn.Module):
    """Branches whose features are put side by side, one linear answer, and shifts of its log odds over time.

    Proportional odds in discrete time: the log odds of progression by the end of an interval are the answer plus the
    interval's shift, so that a survival curve per patient comes with the answer and censoring is handled.

    Args:
        images: roles of the images, none to several.
        values: how many laboratory values, 0 for none.
        tissues: how many are pooled over.
        intervals: of time.
        horizon: index of the interval whose end the answer is about.
        widths: channels of each branch.
    """

    mean: Tensor
    spread: Tensor

    def __init__(
        self,
        images: Sequence[str],
        values: int,
        tissues: int,
        intervals: int,
        horizon: int,
        widths: Sequence[int] = WIDTHS,
    ) -> None:
        super().__init__()
        self.images, self.values, self.horizon = tuple(images), values, horizon
        self.branches = nn.ModuleDict({role: LesionBranch(tissues, widths) for role in images})
        self.register_buffer("mean", torch.zeros(values))
        self.register_buffer("spread", torch.ones(values))
        self.sizes = [values, *(tissues * self.branch(role).width for role in images)]
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(sum(self.sizes), 1, bias=False)
        nn.init.zeros_(self.head.weight)
        self.first_shift = nn.Parameter(torch.tensor(-2.0))
        self.steps = nn.Parameter(torch.zeros(intervals - 1))

    def branch(self, role: str) -> LesionBranch:
        """The branch of an image."""
        found = self.branches[role]
        assert isinstance(found, LesionBranch)
        return found

    @property
    def shifts(self) -> Tensor:
        """Log odds of progression by the end of each interval, of a usual patient, rising, ``(intervals,)``."""
        return torch.cat([self.first_shift[None], self.first_shift + functional.softplus(self.steps).cumsum(0)])

    @property
    def intercept(self) -> Tensor:
        """The shift at the horizon."""
        return self.shifts[self.horizon]

    def laboratory(self, values: Tensor) -> Tensor:
        """Standardised logarithms of complete values in the panel's units, ``(patients, values)``."""
        return (torch.log(values.clamp_min(SMALLEST_VALUE)) - self.mean) / self.spread

    def answer(self, features: Tensor) -> Tensor:
        """From all features, laboratory first, to the answer without the intercept, ``(patients,)``."""
        answer: Tensor = self.head(self.dropout(features))[:, 0]
        return answer

    def parts_of_weights(self) -> list[Tensor]:
        """The head's weights of the laboratory values and of each image."""
        return list(self.head.weight[0].split(self.sizes))

    def read(self, values: Tensor | None, images: Mapping[str, Tensor], tissues: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Features ``(batch, features)`` and the activation map of each image, over whole fields that all are there."""
        parts = tissues / tissues.mean(dim=(2, 3, 4), keepdim=True).clamp_min(SMALLEST_PART)
        present = (tissues.amax(dim=(1, 2, 3, 4)) > 0).to(tissues.dtype)
        features = [] if values is None else [self.laboratory(values)]
        activations = []
        for role, weights in zip(self.images, self.parts_of_weights()[1:], strict=True):
            branch, image = self.branch(role), images[role]
            cells = branch.cells(image)
            means = torch.einsum("nczyx,ntzyx->ntc", cells, parts) / image[0, 0].numel()
            features.append(branch.features(means, present))
            activations.append(branch.activation(cells, parts, weights))
        return torch.cat(features, dim=1), activations


class FusionEnsemble(nn.Module):
    """Members with laboratory values and images, each trained without one fold: ``models/fusion.onnx``."""

    def __init__(self, members: Sequence[PrrtNetwork]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, laboratory: Tensor, pet: Tensor, ct: Tensor, tissues: Tensor) -> tuple[Tensor, ...]:
        """Logits, features, shares, value shares and activation maps, as the bundle's page names them."""
        logits, features, values, activations = [], [], [], []
        for member in self.members:
            assert isinstance(member, PrrtNetwork)
            found, maps = member.read(laboratory, {"pet": pet, "ct": ct}, tissues)
            logits.append(member.answer(found) + member.intercept)
            features.append(found)
            values.append(member.laboratory(laboratory) * member.parts_of_weights()[0])
            activations.append(torch.stack(maps, dim=1))
        value_shares = torch.stack(values).mean(dim=0)
        maps_of_all = torch.stack(activations).mean(dim=0)
        shares = torch.cat([value_shares.sum(dim=1, keepdim=True), maps_of_all.mean(dim=(2, 3, 4))], dim=1)
        return (
            torch.stack(logits, dim=1),
            torch.cat(features, dim=1),
            shares,
            value_shares,
            maps_of_all[:, 0],
            maps_of_all[:, 1],
        )


class SingleEnsemble(nn.Module):
    """Members with one image only: ``models/pet.onnx`` and ``models/ct.onnx``."""

    def __init__(self, members: Sequence[PrrtNetwork]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, image: Tensor, tissues: Tensor) -> Tensor:
        """Logits ``(batch, members)``."""
        logits = []
        for member in self.members:
            assert isinstance(member, PrrtNetwork)
            features, _ = member.read(None, {member.images[0]: image}, tissues)
            logits.append(member.answer(features) + member.intercept)
        return torch.stack(logits, dim=1)
