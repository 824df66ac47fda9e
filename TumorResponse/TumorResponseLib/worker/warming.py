"""Run all models once, so that the first case does not wait for them to be opened."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import numpy as np

from TumorResponseLib.core.errors import TumorResponseError
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.study import SINGLE_IMAGE_ROLE, Study
from TumorResponseLib.predict.system import System
from TumorResponseLib.session.mask_source import MaskOrigin
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.reading import Models, Reading
from TumorResponseLib.session.steps import Step

WARMING = "warming"
"""Name of the made-up study."""

SIZE = 256
RADIUS = 40
STEP_MM = 0.1


def warm_up(models: Models, systems: Mapping[str, System]) -> None:
    """Read a made-up image with each system; what one refuses here, it refuses again when it is asked in earnest."""
    rows, columns = np.ogrid[:SIZE, :SIZE]
    disc = (rows - SIZE / 2) ** 2 + (columns - SIZE / 2) ** 2 <= RADIUS**2
    noise = np.random.default_rng(0).integers(60, 120, (SIZE, SIZE))
    image = Image(np.where(disc, 20, noise).astype(np.uint8), Spacing((STEP_MM, STEP_MM), "made up"), modality="US")
    for name in systems:
        with suppress(TumorResponseError):
            reading = Reading(models, systems, ReadingOptions(systems=(name,)))
            reading.open(Study(WARMING, {SINGLE_IMAGE_ROLE: image}))
            reading.run()
            if not reading.is_ready(Step.PREDICTION):
                reading.set_mask(disc, MaskOrigin.MANUAL)
                reading.run()
