"""U-Net++ over MONAI's EfficientNet-B0 encoder.

Zhou et al., "UNet++: Redesigning Skip Connections to Exploit Multiscale Features in Image
Segmentation", IEEE TMI 39(6), 2020; Tan and Le, "EfficientNet", ICML 2019.
"""

from __future__ import annotations

import torch
from monai.networks.blocks import Convolution
from monai.networks.nets import EfficientNetBNFeatures
from torch import Tensor, nn
from torch.nn import functional

ENCODER_CHANNELS = (16, 24, 40, 112, 320)
DECODER_CHANNELS = (16, 32, 48, 96)


class DenseNode(nn.Module):
    """One node X(i, j): the level's earlier nodes and the upsampled node below, joined and convolved."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            *(
                Convolution(
                    2, channels, out_channels, kernel_size=3, adn_ordering="NA", act="relu", norm="batch", bias=False
                )
                for channels in (in_channels, out_channels)
            )
        )

    def forward(self, level: list[Tensor], below: Tensor) -> Tensor:
        """Features ``(B, out_channels, H, W)`` at the level's own resolution."""
        upsampled = functional.interpolate(below, size=level[0].shape[-2:], mode="nearest")
        return self.convolutions(torch.cat([*level, upsampled], dim=1))


class UNetPlusPlusTrunk(nn.Module):
    """Encoder, decoder and mask head.

    Args:
        in_channels: image channels.
    """

    def __init__(self, in_channels: int = 3) -> None:
        super().__init__()
        self.encoder = EfficientNetBNFeatures("efficientnet-b0", pretrained=False, in_channels=in_channels)
        self.nodes = nn.ModuleDict()
        depth = len(DECODER_CHANNELS)
        for column in range(1, depth + 1):
            for row in range(depth + 1 - column):
                below = ENCODER_CHANNELS[row + 1] if column == 1 else DECODER_CHANNELS[row + 1]
                joined = ENCODER_CHANNELS[row] + (column - 1) * DECODER_CHANNELS[row] + below
                self.nodes[f"{row}_{column}"] = DenseNode(joined, DECODER_CHANNELS[row])
        self.mask_head = nn.Conv2d(DECODER_CHANNELS[0], 1, kernel_size=3, padding=1)

    def decoded(self, features: list[Tensor]) -> Tensor:
        """The last node's features, ``(B, 16, H / 2, W / 2)``, from the encoder's."""
        levels = [[feature] for feature in features]
        depth = len(DECODER_CHANNELS)
        for column in range(1, depth + 1):
            for row in range(depth + 1 - column):
                levels[row].append(self.nodes[f"{row}_{column}"](levels[row], levels[row + 1][column - 1]))
        return levels[0][-1]

    def outlined(self, decoded: Tensor, size: tuple[int, ...]) -> Tensor:
        """Lesion logits of the image's size from ``decoded``."""
        return functional.interpolate(self.mask_head(decoded), size=size, mode="bilinear", align_corners=False)


class UNetPlusPlus(UNetPlusPlusTrunk):
    """Lesion mask and lesion presence from one image.

    Args:
        in_channels: image channels; grey images are repeated to three to fit the ImageNet start.
        dropout: probability of dropping a bottleneck feature before the presence head.

    Forward takes ``(B, C, H, W)`` with H and W multiples of 32 and returns the lesion logits
    ``(B, 1, H, W)`` and the logit that any lesion is present ``(B, 1)``.
    """

    def __init__(self, in_channels: int = 3, dropout: float = 0.3) -> None:
        super().__init__(in_channels)
        self.presence_head = nn.Sequential(nn.Dropout(dropout), nn.Linear(ENCODER_CHANNELS[-1], 1))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Lesion logits and the logit of presence."""
        features = self.encoder(image)
        mask = self.outlined(self.decoded(features), image.shape[-2:])
        return mask, self.presence_head(features[-1].mean(dim=(2, 3)))
