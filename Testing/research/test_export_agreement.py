"""How far an exported segmentation draws the outlines of the networks that it was exported from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pillow
from torch import Tensor, nn

from TumorResponseLib.models.bundle import Bundle
from TumorResponseLib.predict.lesion_map import NETWORK_SIZE
from TumorResponseLib.predict.segmentation import MODEL
from TumorResponseLib.research.cohorts.busi import UltrasoundRow
from TumorResponseLib.research.networks import view_averaged
from TumorResponseLib.research.networks.view_averaged import ViewAveraged
from TumorResponseLib.research.training.export import export_onnx, write_bundle
from TumorResponseLib.research.training.segmentation_bundle import METADATA, export_agreement


class DarkerThan(nn.Module):
    """Calls lesion what is darker than a level, and is sure that there is one."""

    def __init__(self, level: float) -> None:
        super().__init__()
        self.level = level

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        return 20 * (self.level - image[:, :1]), 10 + 0 * image[:, 0, 0, :1]


@pytest.fixture(scope="module", autouse=True)
def _two_small_views() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view_averaged, "SIZES", (128, 192))
        yield


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[UltrasoundRow]:
    """One picture: a disc, black in its middle and dark at its rim, on bright ground."""
    folder = tmp_path_factory.mktemp("pictures")
    across, down = np.meshgrid(np.arange(100), np.arange(80))
    away = np.hypot(across - 50, down - 40)
    Pillow.fromarray(np.select([away < 10, away < 20], [20, 90], 200).astype(np.uint8)).save(folder / "disc.png")
    return [UltrasoundRow("disc.png", folder / "disc.png", folder / "disc.png", "benign", "G1", True, False)]


def exported(network: nn.Module, folder: Path, confidence: float = 0.5) -> Bundle:
    example = {"image": torch.randn(2, 1, NETWORK_SIZE, NETWORK_SIZE)}
    export_onnx(ViewAveraged([network]).eval(), example, ["probability", "presence"], folder / "network.onnx")
    settings = {"threshold": 0.5, "confidence_threshold": confidence}
    metadata = {**METADATA, "training_data": "None.", "postprocessing": settings}
    return write_bundle(folder / "breast-us-segmentation", metadata, {MODEL: folder / "network.onnx"}, "# Card\n")


def test_it_is_the_dice_of_both_masks(rows: list[UltrasoundRow], tmp_path: Path) -> None:
    whole, middle = DarkerThan(-1.0).eval(), DarkerThan(-3.0).eval()
    bundle = exported(whole, tmp_path)
    same = export_agreement(rows, [whole], bundle)
    assert same is not None and same > 0.99
    other = export_agreement(rows, [middle], bundle)
    assert other == pytest.approx(2 * 10**2 / (20**2 + 10**2), abs=0.03)


def test_without_any_mask_there_is_none(rows: list[UltrasoundRow], tmp_path: Path) -> None:
    network = DarkerThan(-1.0).eval()
    assert export_agreement(rows, [network], exported(network, tmp_path, confidence=1.0)) is None
