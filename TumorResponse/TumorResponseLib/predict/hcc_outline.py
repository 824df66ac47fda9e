"""Outline a liver tumour on every slice with the HCC network."""

from __future__ import annotations

import numpy as np

from TumorResponseLib.core.crop import restore
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.hcc_inputs import SAMPLES, STEP_MM, Sequences, body_extent_mm, whole_slices
from TumorResponseLib.predict.lesion_map import lesion_mask, soft_dice_confidence
from TumorResponseLib.predict.segmentation import Segmentation

MODEL = "models/multitask.onnx"
SEQUENCES_INPUT, TUMOUR_INPUT = "sequences", "tumour"
SLICES_AT_ONCE = 16


def outlined(sequences: Sequences, bundle: OpenBundle) -> Segmentation:
    """The tumour in the image after contrast agent; what lies beyond the network's field is not outlined."""
    seen = whole_slices(sequences)
    probability = np.concatenate(
        [
            bundle.run(
                MODEL,
                {
                    SEQUENCES_INPUT: seen.sequences[start:][:SLICES_AT_ONCE],
                    TUMOUR_INPUT: seen.tumour[start:][:SLICES_AT_ONCE],
                },
            )["probability"][:, 0]
            for start in range(0, len(seen.sequences), SLICES_AT_ONCE)
        ]
    )
    placed = restore(probability, seen.grid)
    mask = lesion_mask(placed, float(bundle.bundle.setting("postprocessing", "threshold")))
    confidence = soft_dice_confidence(placed, mask)
    name, sha256 = bundle.bundle.name, bundle.bundle.sha256
    return Segmentation(mask, placed, None, confidence, name, sha256, tuple(_field_warning(sequences)))


def _field_warning(sequences: Sequences) -> list[str]:
    field_mm, body_mm = SAMPLES * STEP_MM, body_extent_mm(sequences.contrast)
    if body_mm <= field_mm:
        return []
    return [
        f"HCC outlines tumours in a field of {field_mm:g} mm around the middle of the body, which measures "
        f"{body_mm:.0f} mm here; look at the rest yourself."
    ]
