"""The HCC network: what it pools over, its exact activation map, and its losses."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from TumorResponseLib.research.networks.multitask_unetpp import (
    ANSWERS,
    FEATURES,
    TASKS,
    MultiTaskUNetPlusPlus,
    OneTumour,
    TumourOutput,
    usual_signal,
)
from TumorResponseLib.research.training.hcc_loss import task_losses, weighted

SIDE = 64


@pytest.fixture(scope="module")
def network() -> MultiTaskUNetPlusPlus:
    torch.manual_seed(3)
    network = MultiTaskUNetPlusPlus()
    torch.nn.init.normal_(network.head.bias)
    network.get_buffer("mean").normal_(0.0, 0.3)
    network.get_buffer("variance").uniform_(0.5, 2.0)
    return network.eval().requires_grad_(False)


def usual_in_rim(slices: Tensor, tumour: Tensor, owner: Tensor) -> Tensor:
    """Of each sequence, two samples wide beyond the tumour, by a plain count."""
    grown = torch.nn.functional.max_pool2d(tumour, 9, stride=1, padding=4)
    return usual_signal(slices, (grown - tumour)[:, 0], owner)


def inputs(slices: int = 5) -> tuple[Tensor, Tensor]:
    """Noise, and a tumour that changes from slice to slice."""
    tumour = torch.zeros(slices, 1, SIDE, SIDE)
    for index in range(slices):
        tumour[index, :, 20 : 34 + 2 * index, 22:43] = 1.0
    return torch.randn(slices, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1)), tumour


def test_the_activation_map_averages_to_the_logit(network: MultiTaskUNetPlusPlus) -> None:
    slices, tumour = inputs()
    owner = torch.tensor([[1.0, 0], [1, 0], [1, 0], [0, 1], [0, 0]])
    output = network(slices, tumour, owner)
    assert output.answers.shape == (2, len(ANSWERS)) and output.features.shape == (2, FEATURES)
    assert output.mask.shape == tumour.shape and output.activation.shape == (5, SIDE // 2, SIDE // 2)
    assert float(output.activation[:3].mean()) == pytest.approx(float(output.answers[0, 0]), abs=1e-4)
    assert float(output.activation[3].mean()) == pytest.approx(float(output.answers[1, 0]), abs=1e-4)
    assert not output.activation[4].any()


def test_each_volume_is_read_by_itself(network: MultiTaskUNetPlusPlus) -> None:
    slices, tumour = inputs()
    owner = torch.tensor([[1.0, 0], [1, 0], [1, 0], [0, 1], [0, 0]])
    together = network(slices, tumour, owner)
    alone = network(slices[:3], tumour[:3], torch.ones(3, 1))
    torch.testing.assert_close(together.answers[:1], alone.answers, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(together.mask[:3], alone.mask, atol=1e-4, rtol=1e-4)


def test_the_answers_rest_on_the_mask_and_its_rim_alone(network: MultiTaskUNetPlusPlus) -> None:
    slices, tumour = inputs(2)
    slices[:, 1, :, 22:30] += 3.0
    owner = torch.ones(2, 1)
    before = network(slices, tumour, owner)
    corrected = tumour.clone()
    corrected[:, :, :, 22:30] = 0.0
    after = network(slices, corrected, owner)
    assert (after.answers - before.answers).abs().max() > 0.01
    torch.testing.assert_close(after.mask, before.mask)  # the outline does not depend on the mask that is read
    seen = torch.nn.functional.interpolate(before.activation[:, None], scale_factor=2)[:, 0] != 0
    rows, columns = torch.nonzero(seen.any(dim=0), as_tuple=True)
    assert rows.min() >= 20 - 4 and rows.max() < 36 + 4 and columns.min() >= 22 - 4 and columns.max() < 43 + 5


def test_the_rim_is_read_past_fat_and_air(network: MultiTaskUNetPlusPlus) -> None:
    random = torch.Generator().manual_seed(2)
    slices, tumour = 0.05 * torch.randn(3, 3, SIDE, SIDE, generator=random), inputs(3)[1]
    before = usual_in_rim(slices, tumour, torch.ones(3, 1))
    torch.testing.assert_close(before, torch.zeros_like(before), atol=0.02, rtol=0.0)
    slices[:, :, :, 43:] = -2.3  # the liver ends at the tumour's right edge: a fifth of the rim is air
    after = usual_in_rim(slices, tumour, torch.ones(3, 1))
    assert after.shape == (3, 3, 1, 1)
    torch.testing.assert_close(after, before, atol=0.03, rtol=0.0)


def test_one_tumour_gives_real_units(network: MultiTaskUNetPlusPlus) -> None:
    shipped = OneTumour(network, torch.tensor([0.5, 0.05]), torch.tensor([0.2, 0.03])).eval()
    slices, tumour = inputs(3)
    probability, response, estimates, features, activation = shipped(slices, tumour)
    output = network(slices, tumour, torch.ones(3, 1))
    assert response.tolist() == output.answers[0, :1].tolist() and features.shape == (FEATURES,)
    expected = output.answers[0, 1:] * torch.tensor([0.2, 0.03]) + torch.tensor([0.5, 0.05])
    torch.testing.assert_close(estimates, expected)
    torch.testing.assert_close(probability, torch.sigmoid(output.mask))
    torch.testing.assert_close(activation, output.activation)


def test_losses_of_known_answers() -> None:
    mask = torch.zeros(1, 1, 8, 8)
    mask[:, :, 2:6, 2:6] = 1.0
    perfect = TumourOutput((2 * mask - 1) * 50, torch.tensor([[50.0, 1.0, -1.0]]), torch.zeros(1, 1), mask[:, 0])
    losses = task_losses(perfect, mask, torch.tensor([1.0]), torch.tensor([[1.0, -1.0]]))
    torch.testing.assert_close(losses, torch.zeros(len(TASKS)), atol=1e-3, rtol=0.0)
    off = task_losses(perfect, mask, torch.tensor([0.0]), torch.tensor([[3.0, -2.0]]))
    assert off[1:].tolist() == pytest.approx([50.0, 2.0, 0.5])


def test_the_weights_of_the_tasks_settle_at_their_variances() -> None:
    # The sum is least where each variance is twice the loss (Kendall et al., equation 7).
    losses, logarithms = torch.tensor([0.5, 1.0, 2.0, 0.25]), torch.zeros(4, requires_grad=True)
    optimiser = torch.optim.SGD([logarithms], lr=0.2)
    for _ in range(300):
        optimiser.zero_grad()
        weighted(losses, logarithms).backward()
        optimiser.step()
    torch.testing.assert_close(torch.exp(logarithms.detach()), 2 * losses, atol=1e-3, rtol=1e-3)
