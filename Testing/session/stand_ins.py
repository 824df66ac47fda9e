"""What stands in for trained weights: real bundles on disk, a session that computes by rule, and a rule-made system."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from Testing.models.bundles import metadata, write_metadata
from TumorResponseLib.core.crop import CropGrid, resample
from TumorResponseLib.core.exhibits import Exhibits
from TumorResponseLib.core.image import Frame, Image, MaskArray, Spacing
from TumorResponseLib.core.rings import Rings
from TumorResponseLib.core.study import SourceFile, Study
from TumorResponseLib.models.device import CPU_PROVIDER, Device
from TumorResponseLib.models.runtime import ModelLibrary, OpenBundle
from TumorResponseLib.predict.segmentation import MODEL, Segmentation, segment
from TumorResponseLib.predict.system import Prediction, System, SystemOutput, View

CENTRE = (60.0, 80.0)
RADIUS = 15.0
STEP_MM = 0.2
USER_SPACING = Spacing((STEP_MM, STEP_MM), "given by the user")


class BrightIsLesion:
    """In place of the segmentation network's session: what is three standard deviations above the mean is lesion."""

    def get_inputs(self) -> Sequence[Any]:
        return [SimpleNamespace(name="image", type="tensor(float)", shape=["batch", 1, "height", "width"])]

    def get_outputs(self) -> Sequence[Any]:
        return [SimpleNamespace(name="probability"), SimpleNamespace(name="presence")]

    def run(self, output_names: Sequence[str] | None, input_feed: Mapping[str, NDArray[Any]]) -> Sequence[Any]:
        probability = (1.0 / (1.0 + np.exp(-8.0 * (input_feed["image"] - 3.0)))).astype(np.float32)
        return [probability, np.where(probability.max(axis=(2, 3)) > 0.5, 0.97, 0.02).astype(np.float32)]


def make_bundle(folder: Path, name: str) -> None:
    """A bundle folder with valid metadata and a weight file that only its hash is taken of."""
    content = b"stands for trained weights"
    (folder / name / "models").mkdir(parents=True)
    (folder / name / MODEL).write_bytes(content)
    described = metadata(name) | {
        "weights": {MODEL: hashlib.sha256(content).hexdigest()},
        "postprocessing": {"threshold": 0.5, "confidence_threshold": 0.5},
    }
    write_metadata(folder / name, described)


def make_library(folder: Path, *names: str) -> ModelLibrary:
    """The real library over bundles of these names."""
    for name in names:
        make_bundle(folder, name)
    return ModelLibrary([folder], Device("cpu", CPU_PROVIDER), lambda content, device: BrightIsLesion())


@dataclass
class BrightnessSystem:
    """A system by rule: the brighter the tumour, the likelier a response. ``refusal`` makes it refuse."""

    name: str = "dlrs3"
    title: str = "Brightness"
    segmentation: str | None = "breast-us-segmentation"
    refusal: Exception | None = None
    asked: list[str] = field(default_factory=list)
    roles: tuple[str, ...] = ("image",)
    shows: Exhibits = field(default_factory=Exhibits)

    def view(self, study: Study) -> View:
        return View(self.roles[0])

    def outline(self, study: Study, image: Image, bundle: OpenBundle) -> Segmentation:
        return segment(image, bundle)

    def exhibits(
        self, study: Study, tumour: MaskArray, rings: Rings | None, output: SystemOutput, bundle: OpenBundle
    ) -> Exhibits:
        return self.shows

    def predict(self, study: Study, tumour: MaskArray, bundle: OpenBundle) -> SystemOutput:
        self.asked.append(study.name)
        image = study.image()
        grid = CropGrid.around(tumour, image.spacing_mm, (64, 64), 0.5)
        if self.refusal is not None:
            raise self.refusal
        crop = resample(image.pixels, grid)
        probability = float(np.clip(image.pixels[tumour].mean() / 255.0, 0.0, 1.0))
        return SystemOutput(
            prediction=Prediction(
                system=self.name,
                bundle=bundle.bundle.name,
                bundle_sha256=bundle.bundle.sha256,
                endpoint="response to treatment",
                classes=("non-responder", "responder"),
                probabilities=(1.0 - probability, probability),
                interval=(max(0.0, probability - 0.1), min(1.0, probability + 0.1)),
                interval_level=0.9,
                decision="Responder" if probability >= 0.5 else "Non-responder",
                in_distribution=True,
                distance=1.5,
                distance_limit=3.0,
                evidence="virtual cohort",
                branches={"intratumoral": probability, "margin3": probability / 2},
            ),
            activations={"intratumoral": crop, "margin3": crop[::-1].copy()},
            grids={"intratumoral": grid, "margin3": grid},
            weights={"intratumoral": 0.75, "margin3": 0.25},
            inputs={"intratumoral": crop[None], "margin3": crop[None]},
        )


def systems(*each: System) -> dict[str, System]:
    """Systems by name, as the registry gives them."""
    return {system.name: system for system in each}


def disc(shape: tuple[int, int] = (120, 160), radius: float = RADIUS) -> MaskArray:
    """A disc about ``CENTRE``."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.asarray((rows - CENTRE[0]) ** 2 + (columns - CENTRE[1]) ** 2 <= radius**2)


def make_study(
    spacing: Spacing | None = USER_SPACING, *, lesion: bool = True, name: str = "case", **more: Any
) -> Study:
    """A dark noisy image with a bright disc."""
    noise = np.random.default_rng(7).integers(20, 60, (120, 160))
    pixels = np.where(disc() & lesion, 200, noise).astype(np.uint8)
    image = Image(pixels, spacing, Frame(), modality="US")
    return Study(name, {"image": image}, files=(SourceFile(Path("case.png"), "0" * 64),), **more)
