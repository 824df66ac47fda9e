"""The gradient of PRRT-PFS's answer by PET and by CT, written out as a forward pass, so that ONNX Runtime computes it.

Simonyan et al., "Deep inside convolutional networks", 2014. ONNX knows no automatic differentiation; the branches are
short enough for the chain rule by hand, and a test holds it to torch's own gradient.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from TumorResponseLib.research.networks.prrt_fusion import REACH, SMALLEST_PART, LesionBranch, PrrtNetwork


class GradientEnsemble(nn.Module):
    """Members of the fusion: ``models/gradient.onnx``."""

    def __init__(self, members: Sequence[PrrtNetwork]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, pet: Tensor, ct: Tensor, tissues: Tensor) -> tuple[Tensor, Tensor]:
        """The gradient of the mean logit by each voxel of PET and of CT, both ``(batch, slices, rows, columns)``.

        Args:
            pet, ct: ``(batch, 1, slices, rows, columns)``.
            tissues: ``(batch, tissues, slices, rows, columns)``.
        """
        parts = tissues / tissues.mean(dim=(2, 3, 4), keepdim=True).clamp_min(SMALLEST_PART)
        images = {"pet": pet, "ct": ct}
        gradients: dict[str, list[Tensor]] = {"pet": [], "ct": []}
        for member in self.members:
            assert isinstance(member, PrrtNetwork)
            for role, weights in zip(member.images, member.parts_of_weights()[1:], strict=True):
                gradients[role].append(branch_gradient(member.branch(role), images[role], parts, weights))
        return torch.stack(gradients["pet"]).mean(dim=0), torch.stack(gradients["ct"]).mean(dim=0)


def branch_gradient(branch: LesionBranch, image: Tensor, parts: Tensor, weights: Tensor) -> Tensor:
    """The gradient of the answer by one branch's image, ``(batch, slices, rows, columns)``.

    Args:
        branch: in evaluation mode.
        image: ``(batch, 1, slices, rows, columns)``.
        parts: each tissue's share of the pooling, 1 on average over the field.
        weights: of the branch's features in the answer.
    """
    slopes = weights / torch.sqrt(branch.norm.get_buffer("running_var") + branch.norm.eps)
    # Of the answer by the cells: the image's own values first, then what the convolutions find.
    by_cells = torch.einsum("tc,ntzyx->nczyx", slopes.unflatten(0, (branch.tissues, branch.width)), parts)
    by_image = by_cells[:, 0] + _back(branch, image, by_cells[:, 1:])[:, 0]
    return by_image / image[0, 0].numel()


def _back(branch: LesionBranch, image: Tensor, gradient: Tensor) -> Tensor:
    """From the gradient by what the convolutions find to the one by the image, layer by layer."""
    layers = [branch.look, *branch.mix]
    seen, given = functional.pad(image, (REACH,) * 6), []
    for layer in layers:
        given.append(seen)
        seen = layer(seen)
    for layer, before in zip(reversed(layers), reversed(given), strict=True):
        if isinstance(layer, nn.ReLU):
            gradient = gradient * (before > 0).to(gradient.dtype)
        elif isinstance(layer, nn.BatchNorm3d):
            variance = layer.get_buffer("running_var")
            gradient = gradient * (layer.weight / torch.sqrt(variance + layer.eps))[:, None, None, None]
        elif isinstance(layer, nn.Conv3d):
            gradient = functional.conv_transpose3d(gradient, layer.weight, padding=layer.weight.shape[-1] // 2)
        else:
            raise TypeError(f"The chain rule is not written out for {type(layer).__name__}.")
    return gradient
