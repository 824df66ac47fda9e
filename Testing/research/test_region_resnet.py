"""The region network: its map is exact, and what lies outside the region does not matter."""

from __future__ import annotations

import numpy as np
import torch

from TumorResponseLib.predict.dlrs3_crops import REGIONS, SAMPLES, region_input
from TumorResponseLib.research.networks.region_resnet import RegionEnsemble, RegionResNet

INSIDE = np.ones((SAMPLES, SAMPLES), dtype=np.bool_)


def distance(radius_mm: float) -> np.ndarray:
    axis = (np.arange(SAMPLES) - (SAMPLES - 1) / 2) * 0.5
    return (np.hypot(axis[:, None], axis[None]) - radius_mm).astype(np.float32)


def inputs(region: str, seed: int = 0) -> torch.Tensor:
    random = np.random.default_rng(seed)
    images = random.standard_normal((3, SAMPLES, SAMPLES)).astype(np.float32)
    return torch.from_numpy(
        np.stack([region_input(image, distance(8.0 + i), INSIDE, region) for i, image in enumerate(images)])
    )


def trained(seed: int = 0) -> RegionResNet:
    """A network whose running statistics and head are not those of a fresh one."""
    torch.manual_seed(seed)
    network = RegionResNet().train()
    torch.nn.init.normal_(network.head.weight)
    for step in range(3):
        network(inputs("margin10", step))
    return network.eval()


@torch.inference_mode()
def test_the_map_adds_up_to_the_logit() -> None:
    network = trained()
    for region in REGIONS:
        output = network(inputs(region))
        assert output.activation.shape == (3, SAMPLES // 4, SAMPLES // 4)
        torch.testing.assert_close(output.activation.mean(dim=(1, 2)), output.logit, rtol=1e-3, atol=1e-3)


@torch.inference_mode()
def test_the_map_is_zero_outside_the_region() -> None:
    activation = trained()(inputs("intratumoral")).activation
    reach = torch.from_numpy(distance(10.0).reshape(SAMPLES // 4, 4, SAMPLES // 4, 4).min(axis=(1, 3)))
    assert bool((activation[:, reach > 0] == 0).all())
    assert float(activation.abs().max()) > 0


@torch.inference_mode()
def test_an_ensemble_keeps_its_members_apart_and_averages_their_maps() -> None:
    members = [trained(seed) for seed in (1, 2)]
    crops = inputs("margin5")
    logits, features, activation = RegionEnsemble(members).eval()(crops)
    each = [member(crops) for member in members]
    torch.testing.assert_close(logits, torch.stack([one.logit for one in each], dim=1))
    torch.testing.assert_close(features, torch.cat([one.features for one in each], dim=1))
    torch.testing.assert_close(activation, (each[0].activation + each[1].activation) / 2)
