"""Lesions on PET outlined by a threshold that the bundle names, with the organs that take up the tracer left out.

Tiny regions are noise and large ones organs, as PERCIST tools take them (doc.pmod.com/pseg/pseg_percist-intro.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.image_units import require_suv
from TumorResponseLib.core.pet.lesions import find_lesions
from TumorResponseLib.core.pet.thresholds import OF_MAXIMUM, Threshold, threshold_of

MM3_A_ML = 1000.0

POSTPROCESSING: Mapping[str, Any] = {"method": OF_MAXIMUM, "suv": 8.0, "smallest_ml": 0.5, "largest_ml": 75.0}
"""For the metadata of a bundle: on 116 virtual patients the best of fixed thresholds from SUV 6 to 10 and shares of the
maximum found from SUV 8 or 10 (Dice 0.82 on average, 0.90 in the median; no organ taken for a lesion)."""


@dataclass(frozen=True)
class LesionRule:
    """What the automatic outline takes for a lesion.

    Attributes:
        threshold: of uptake.
        smallest_ml: smaller regions are noise.
        largest_ml: larger regions are organs that take up the tracer: kidneys and spleen.
    """

    threshold: Threshold
    smallest_ml: float
    largest_ml: float

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> LesionRule:
        """From the setting ``postprocessing`` of the bundle; raises KeyError, TypeError or ValueError."""
        threshold = threshold_of(str(content["method"]), float(content["suv"]))
        return cls(threshold, float(content["smallest_ml"]), float(content["largest_ml"]))


def outline_lesions(pet: Image, rule: LesionRule) -> tuple[MaskArray, tuple[str, ...]]:
    """The lesions of a PET, and what the user should know about them.

    Args:
        pet: in SUV, ``(slices, rows, columns)``.
        rule: what a lesion is.

    Returns:
        The mask on the PET's grid, and sentences.

    Raises:
        StudyError: the PET is not known to be in SUV.
        SpacingError: it has no spacing.
        UsageError: it is no volume.
    """
    require_suv(pet, "pet")
    labels = find_lesions(pet.pixels, pet.spacing_mm, rule.threshold, smallest_mm3=rule.smallest_ml * MM3_A_ML)
    volumes_ml = np.bincount(labels.ravel()) * prod(pet.spacing_mm) / MM3_A_ML
    volumes_ml[0] = 0.0
    organs = volumes_ml > rule.largest_ml
    kept = (volumes_ml > 0.0) & ~organs
    return kept[labels], _told(int(organs.sum()), rule.largest_ml)


def _told(organs: int, largest_ml: float) -> tuple[str, ...]:
    if organs == 0:
        return ()
    regions = "1 region of more than {0:g} ml was" if organs == 1 else "{1} regions of more than {0:g} ml were"
    return (
        f"{regions.format(largest_ml, organs)} taken for organs that take up the tracer and left out of the outline; "
        "add what is a lesion, and take away other physiologic uptake.",
    )
