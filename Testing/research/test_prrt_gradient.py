"""The gradient that is written out for ONNX is torch's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from TumorResponseLib.models.device import CPU_PROVIDER, Device
from TumorResponseLib.models.runtime import open_session
from TumorResponseLib.research.networks.prrt_fusion import FusionEnsemble, PrrtNetwork
from TumorResponseLib.research.networks.prrt_gradient import GradientEnsemble
from TumorResponseLib.research.training.export import export_onnx

SHAPE = (8, 12, 10)
VALUES = 3


@pytest.fixture(scope="module")
def members() -> list[PrrtNetwork]:
    """Random networks whose normalisations have seen something."""
    torch.manual_seed(0)
    made = []
    for _ in range(2):
        member = PrrtNetwork(("pet", "ct"), VALUES, tissues=2, intervals=4, horizon=2)
        torch.nn.init.normal_(member.head.weight)
        for module in member.modules():
            if isinstance(module, torch.nn.BatchNorm1d | torch.nn.BatchNorm3d):
                module.get_buffer("running_mean").normal_(0.0, 0.3)
                module.get_buffer("running_var").uniform_(0.5, 2.0)
                if module.affine:
                    torch.nn.init.normal_(module.weight)
        made.append(member.eval())
    return made


@pytest.fixture(scope="module")
def inputs() -> dict[str, Tensor]:
    torch.manual_seed(1)
    tissues = (torch.rand(2, 2, *SHAPE) > 0.7).float()
    return {"pet": torch.randn(2, 1, *SHAPE), "ct": torch.randn(2, 1, *SHAPE), "tissues": tissues}


def test_the_gradient_is_that_of_autograd(members: list[PrrtNetwork], inputs: dict[str, Tensor]) -> None:
    images = {role: inputs[role].clone().requires_grad_(True) for role in ("pet", "ct")}
    logits = FusionEnsemble(members)(torch.rand(2, VALUES) + 1.0, images["pet"], images["ct"], inputs["tissues"])[0]
    logits.mean(dim=1).sum().backward()
    with torch.inference_mode():
        found = GradientEnsemble(members)(**inputs)
    for role, gradient in zip(("pet", "ct"), found, strict=True):
        known = images[role].grad
        assert known is not None and float(known.abs().max()) > 0
        np.testing.assert_allclose(gradient.numpy(), known[:, 0].numpy(), atol=1e-6 + 1e-4 * float(known.abs().max()))


def test_onnx_runtime_computes_it(members: list[PrrtNetwork], inputs: dict[str, Tensor], tmp_path: Path) -> None:
    ensemble, path = GradientEnsemble(members[:1]).eval(), tmp_path / "gradient.onnx"
    export_onnx(ensemble, inputs, ["pet_gradient", "ct_gradient"], path)
    session = open_session(path.read_bytes(), Device("cpu", CPU_PROVIDER))
    given = session.run(["pet_gradient"], {name: values[:1].numpy() for name, values in inputs.items()})
    with torch.inference_mode():
        known = ensemble(**inputs)[0][:1].numpy()
    np.testing.assert_allclose(given[0], known, atol=1e-3 * np.abs(known).max())
