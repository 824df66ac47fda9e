"""Gradient and occlusion saliency for a DLRS3 bundle, by MONAI, where torch is installed.

A bundle holds ONNX files only. They keep the names of the weights, with batch normalisation folded into the
convolutions before it, so that torch networks which compute the same are rebuilt from them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import onnx
import torch
from monai.visualize import OcclusionSensitivity, SmoothGrad
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from TumorResponseLib.core.crop import restore
from TumorResponseLib.models.bundle import Bundle
from TumorResponseLib.predict.dlrs3 import model_file
from TumorResponseLib.predict.system import SystemOutput
from TumorResponseLib.research.networks.region_resnet import RegionResNet

Method = Literal["smoothgrad", "occlusion"]
SAMPLES_OF_NOISE = 15
NOISE = 0.1
OCCLUDED_SAMPLES = 8
"""Side of the square that is covered: 4 mm."""


class GreyReader(nn.Module):
    """The mean logit of an ensemble as a function of the grey values alone, so that no noise falls on the masks.

    Args:
        members: networks of one region.
        inputs: ``(1, channels, rows, columns)``, whose first channel ``forward`` replaces.
    """

    def __init__(self, members: list[RegionResNet], inputs: Tensor) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.tissues = inputs[:, 1:]

    def forward(self, grey: Tensor) -> Tensor:
        """From ``(batch, 1, rows, columns)`` the logits for and against, ``(batch, 2)``: non-responder, responder."""
        tissues = self.tissues.expand(len(grey), -1, -1, -1)
        inputs = torch.cat([grey * tissues.sum(dim=1, keepdim=True), tissues], dim=1)
        logit = torch.stack([member(inputs).logit for member in self.members]).mean(dim=0)
        return torch.stack([-logit, logit], dim=1)


def torch_members(bundle: Bundle, region: str) -> list[RegionResNet]:
    """The networks of a region, rebuilt from its ONNX file.

    Raises:
        BundleError: the bundle has no such file.
    """
    graph = onnx.load_from_string(bundle.read(model_file(region))).graph
    values = {
        weight.name.removesuffix(".half"): torch.from_numpy(numpy_helper.to_array(weight).astype(np.float32))
        for weight in graph.initializer
        if weight.name.startswith("members.")
    }
    count = 1 + max(int(name.split(".")[1]) for name in values)
    each = [
        {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}
        for prefix in (f"members.{number}." for number in range(count))
    ]
    return [_network(member) for member in each]


def _network(values: dict[str, Tensor]) -> RegionResNet:
    network = RegionResNet([len(values[f"body.layer{stage}.0.conv2.weight"]) for stage in range(1, 5)]).eval()
    for name, layer in list(network.body.named_modules(prefix="body")):
        if isinstance(layer, nn.Conv2d):
            layer.weight = nn.Parameter(values[f"{name}.weight"])
            layer.bias = nn.Parameter(values[f"{name}.weight_bias"])
        elif isinstance(layer, nn.BatchNorm2d):
            network.set_submodule(name, nn.Identity())
    network.head.load_state_dict({"weight": values["head.weight"], "bias": values["head.bias"]})
    for kind in ("running_mean", "running_var"):
        network.norm.get_buffer(kind).copy_(values[f"norm.{kind}"])
    return network.requires_grad_(False)


def torch_saliency(output: SystemOutput, bundle: Bundle, region: str, method: Method) -> NDArray[np.float32]:
    """Saliency of one region's networks on the image grid, in [0, 1].

    SmoothGrad (Smilkov et al., 2017) is the size of the logit's gradient, averaged over noisy copies of the grey
    values; occlusion is how far the logit moves away from the decision when a square of 4 mm takes the crop's mean
    grey.

    Args:
        output: of ``Dlrs3.predict``.
        bundle: that predicted it.
        region: one of ``output.inputs``.
        method: ``smoothgrad`` or ``occlusion``.
    """
    inputs = torch.from_numpy(output.inputs[region])[None]
    reader = GreyReader(torch_members(bundle, region), inputs).eval()
    decided = int(output.prediction.probabilities[-1] >= 0.5)
    maps: dict[str, Callable[[GreyReader, Tensor, int], Tensor]] = {"smoothgrad": _smoothgrad, "occlusion": _occlusion}
    found = maps[method](reader, inputs[:, :1], decided) * reader.tissues.sum(dim=1)[0]
    values = np.maximum(found.detach().numpy(), 0.0).astype(np.float32)
    return restore(values / max(float(values.max()), np.finfo(np.float32).tiny), output.grids[region])


def _smoothgrad(reader: GreyReader, grey: Tensor, decided: int) -> Tensor:
    smooth = SmoothGrad(reader, stdev_spread=NOISE, n_samples=SAMPLES_OF_NOISE, magnitude=True, verbose=False)
    return torch.as_tensor(smooth(grey, index=decided))[0, 0].abs()


def _occlusion(reader: GreyReader, grey: Tensor, decided: int) -> Tensor:
    occlude = OcclusionSensitivity(reader, mask_size=OCCLUDED_SAMPLES, mode="mean_img", overlap=0.5, verbose=False)
    with torch.inference_mode():
        covered, _ = occlude(grey)
        return reader(grey)[0, decided] - covered[0, decided]
