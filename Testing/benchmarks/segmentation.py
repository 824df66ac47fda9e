"""The shipped segmentation on ONNX Runtime against the same networks in eager torch."""

from __future__ import annotations

import json

import numpy as np
import torch

from Testing.benchmarks.row import Row, side_by_side
from TumorResponseLib.models.bundle import default_folders
from TumorResponseLib.models.runtime import ModelLibrary, resolve_device
from TumorResponseLib.predict.lesion_map import NETWORK_SIZE
from TumorResponseLib.predict.segmentation import BREAST_ULTRASOUND, MODEL
from TumorResponseLib.research.networks.view_averaged import ViewAveraged
from TumorResponseLib.research.training.segmentation import MEMBERS, imagenet_network


def rows() -> list[Row]:
    """Speed, side by side; and how well the masks agree, as measured on real images when the bundle was exported.

    The bundle does not carry torch weights, so the eager networks are the same ones before their training: the time
    does not depend on the values of the weights.
    """
    bundle = ModelLibrary(default_folders(), resolve_device("cpu")).open(BREAST_ULTRASOUND)
    eager = ViewAveraged([imagenet_network(recipe.seed) for recipe in MEMBERS]).eval()
    image = np.random.default_rng(0).standard_normal((1, 1, NETWORK_SIZE, NETWORK_SIZE)).astype(np.float32)
    tensor = torch.from_numpy(image)

    def run_eager() -> None:
        with torch.inference_mode():
            eager(tensor)

    def run_bundle() -> None:
        bundle.run(MODEL, {"image": image})

    side_by_side([run_eager, run_bundle], repeats=3)
    torch_s, onnx_s = side_by_side([run_eager, run_bundle], repeats=20)
    metrics = json.loads((bundle.bundle.path / "docs" / "metrics.json").read_text())
    return [
        Row(
            "breast ultrasound segmentation, ONNX Runtime against eager torch",
            torch_s / onnx_s,
            2.0,
            "x",
            note=f"{torch_s * 1e3:.0f} ms over {onnx_s * 1e3:.0f} ms, {len(MEMBERS)} networks, six views",
        ),
        Row(
            "the same, mean Dice between the masks of both",
            metrics["splits"]["export"]["agreement"]["dice"],
            0.995,
            "",
            note="measured on real images at the export",
        ),
    ]
