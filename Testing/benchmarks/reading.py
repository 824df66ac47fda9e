"""One 2-D case from file to overlays, a brush stroke, and what saliency adds to the prediction."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_dilation

from Testing.benchmarks.row import Row, side_by_side
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.models.bundle import default_folders
from TumorResponseLib.models.runtime import ModelLibrary, resolve_device
from TumorResponseLib.mrml.reading import content_of
from TumorResponseLib.mrml.scene import new_scene, write_reading
from TumorResponseLib.predict.registry import systems
from TumorResponseLib.session.reading import Reading


def rows() -> list[Row]:
    """Seconds with warm models, on the sample study."""
    library = ModelLibrary(default_folders(), resolve_device("cpu"))
    scene = new_scene()
    reading = Reading(library, systems())

    def read() -> None:
        reading.open(load_study(resources_folder() / "SampleData" / "dlrs3"))
        if reading.run():
            raise AssertionError(f"The sample was not read: {reading.warnings}")
        write_reading(scene, content_of(reading))

    read()
    mask = reading.found.mask
    assert mask is not None
    strokes = [binary_dilation(mask, iterations=2), mask]

    def stroke() -> None:
        strokes.reverse()
        reading.set_mask(strokes[0])
        reading.run()
        write_reading(scene, content_of(reading))

    def predict() -> None:
        reading.predict()

    def predict_and_explain() -> None:
        reading.predict()
        reading.explain()

    whole, after_stroke = (float(np.median(side_by_side([action], repeats=9))) for action in (read, stroke))
    alone, explained = side_by_side([predict, predict_and_explain], repeats=15)
    return [
        Row("a 2-D case from file to overlays in the scene, warm", whole, 1.5, "s", at_least=False),
        Row("a brush stroke to fresh rings, prediction and saliency, 2-D", after_stroke, 0.5, "s", at_least=False),
        Row(
            "saliency with the prediction, against the prediction alone",
            explained / alone,
            1.5,
            "x",
            at_least=False,
            note=f"{explained * 1e3:.0f} ms over {alone * 1e3:.0f} ms",
        ),
    ]
