"""A 3-D case from file to overlays in the scene, and what a larger volume costs.

A rule stands in for the network, whose crop is the same in any volume: what is measured is everything around it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import SimpleITK as sitk

from Testing.benchmarks.row import Row, side_by_side
from Testing.session.stand_ins import BrightnessSystem, make_library, systems
from TumorResponseLib.core.crop import CropGrid, resample, restore
from TumorResponseLib.core.exhibits import Exhibits, Overlay
from TumorResponseLib.core.image import Image, MaskArray, Spacing
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.rings import Rings
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.runtime import ModelLibrary, OpenBundle
from TumorResponseLib.mrml.reading import content_of
from TumorResponseLib.mrml.scene import new_scene, write_reading
from TumorResponseLib.predict.system import SystemOutput
from TumorResponseLib.session.reading import Reading

SMALL = (64, 192, 192)
SPACING_MM = (1.5, 0.7, 0.7)
RADIUS_MM = 15.0
BRANCH = "volume"


class VolumeSystem(BrightnessSystem):
    """The rule of ``BrightnessSystem`` on a volume, with a 3-D activation map and one 3-D overlay."""

    def predict(self, study: Study, tumour: MaskArray, bundle: OpenBundle) -> SystemOutput:
        """What the rule says of the slice with most tumour, and a crop of 64 mm as its activation map."""
        image = study.image()
        largest = int(tumour.sum(axis=(1, 2)).argmax())
        flat = Image(image.pixels[largest], Spacing(image.spacing_mm[1:], "benchmark"))
        said = super().predict(replace(study, images={"image": flat}), tumour[largest], bundle)
        grid = CropGrid.around(tumour, image.spacing_mm, (32, 32, 32), 2.0)
        crop = resample(image.pixels, grid)
        return replace(
            said, activations={BRANCH: crop}, grids={BRANCH: grid}, weights={BRANCH: 1.0}, inputs={BRANCH: crop[None]}
        )

    def exhibits(
        self, study: Study, tumour: MaskArray, rings: Rings | None, output: SystemOutput, bundle: OpenBundle
    ) -> Exhibits:
        """The crop as a map."""
        values = restore(output.activations[BRANCH], output.grids[BRANCH])
        return Exhibits(overlays=(Overlay("map", "Map", "", values, 0.0, 255.0),))


def rows() -> list[Row]:
    """Seconds from file to overlays in the scene, warm, and the ratio for eight times as many voxels."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        library = make_library(folder / "bundles", VolumeSystem.name)
        sizes = (SMALL, tuple(2 * size for size in SMALL))
        actions: list[Callable[[], object]] = [
            reader(write_study(folder / str(number), shape), library) for number, shape in enumerate(sizes)
        ]
        side_by_side(actions, repeats=1)
        small, large = side_by_side(actions, repeats=5)
    slices, rows_, columns = SMALL
    return [
        Row(
            f"a 3-D case of {slices}x{rows_}x{columns} from file to overlays in the scene, warm, a rule as the network",
            small,
            1.5,
            "s",
            at_least=False,
        ),
        Row(
            "the same tumour in a volume 8 times larger: no more than in proportion",
            large / small,
            8.0,
            "x",
            at_least=False,
            note=f"{large:.2f} s over {small:.2f} s",
        ),
    ]


def reader(path: Path, library: ModelLibrary) -> Callable[[], None]:
    """Reads the study into a scene of its own."""
    scene, reading = new_scene(), Reading(library, systems(VolumeSystem()))

    def read() -> None:
        reading.open(load_study(path))
        if reading.run():
            raise AssertionError(f"The volume was not read: {reading.warnings}")
        write_reading(scene, content_of(reading))

    return read


def write_study(folder: Path, shape: tuple[int, ...]) -> Path:
    """A study folder with a noisy volume, a bright sphere in its middle and the sphere as its mask."""
    folder.mkdir()
    offsets = np.ogrid[tuple(slice(-(size // 2), size - size // 2) for size in shape)]
    squared = sum((offset * step) ** 2 for offset, step in zip(offsets, SPACING_MM, strict=True))
    tumour = np.asarray(squared <= RADIUS_MM**2)
    pixels = np.random.default_rng(0).integers(20, 60, shape, dtype=np.int16)
    pixels[tumour] = 200
    for name, values in (("image", pixels), ("mask", tumour.astype(np.uint8))):
        volume = sitk.GetImageFromArray(values)
        volume.SetSpacing(SPACING_MM[::-1])
        sitk.WriteImage(volume, str(folder / f"{name}.nrrd"))
    (folder / "study.json").write_text(json.dumps({"image": "image.nrrd", "mask": "mask.nrrd"}))
    return folder
