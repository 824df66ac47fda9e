"""What a DLRS3 bundle says of every patient of a cohort, read as a reading reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.loading import CohortRow, study_of
from TumorResponseLib.core.loading.rows import TUMOUR_ROLE
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.dlrs3 import Dlrs3
from TumorResponseLib.predict.system import Prediction
from TumorResponseLib.research.evaluation.segmentation import ImageScore, score_image
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.dlrs3_crops import require_outcome_and_mask
from TumorResponseLib.research.training.training_split import TRAIN

SHARES = {
    "intratumoral": ("share_tumour",),
    "margin3": ("share_tumour", "share_0_3"),
    "margin5": ("share_tumour", "share_0_3", "share_3_5"),
    "margin10": ("share_tumour", "share_0_3", "share_3_5", "share_5_10"),
}
"""Columns of a virtual cohort whose sum is all that a region can tell of the logit."""


@dataclass(frozen=True)
class OwnOutline:
    """The same patient read without the cohort's mask.

    Attributes:
        score: of the segmentation bundle's outline against the cohort's mask.
        prediction: from that outline; from the cohort's mask, where no lesion was found.
        found: whether a lesion was found.
    """

    score: ImageScore
    prediction: Prediction
    found: bool


@dataclass(frozen=True)
class ReadPatient:
    """One row of the cohort with its prediction from the cohort's mask.

    Attributes:
        own: None of a patient that the networks were trained on.
    """

    row: CohortRow
    outcome: int
    prediction: Prediction
    own: OwnOutline | None


def read_patients(
    rows: Sequence[CohortRow], bundle: OpenBundle, outliner: OpenBundle, progress: Progress
) -> list[ReadPatient]:
    """Predict every row, with the cohort's own tumour mask and as a reading that nobody corrects.

    Raises:
        StudyError: a row lacks mask or response, or cannot be read.
    """
    system, read = Dlrs3(), []
    for done, row in enumerate(rows, start=1):
        outcome = require_outcome_and_mask(row)
        study = study_of(row)
        truth = study.masks[TUMOUR_ROLE]
        prediction = system.predict(study, truth, bundle).prediction
        own = None
        if row.split != TRAIN:
            image = study.image()
            outline = system.outline(study, image, outliner).mask
            found = bool(outline.any())
            own = OwnOutline(
                score_image(outline, truth, row.patient, image.spacing_mm),
                system.predict(study, outline, bundle).prediction if found else prediction,
                found,
            )
        read.append(ReadPatient(row, outcome, prediction, own))
        progress(done, len(rows))
    return read


def outcomes_of(patients: Sequence[ReadPatient]) -> NDArray[np.int64]:
    """True outcomes, ``(patients,)``."""
    return np.array([patient.outcome for patient in patients])


def oracle_logits(patients: Sequence[ReadPatient]) -> dict[str, NDArray[np.float64]]:
    """By region, what a perfect reader of this region alone would rank by; empty where the cohort has no truth."""
    columns = {column for shares in SHARES.values() for column in shares}
    if not all(columns <= patient.row.other.keys() for patient in patients):
        return {}
    return {
        region: np.array([sum(float(patient.row.other[share]) for share in shares) for patient in patients])
        for region, shares in SHARES.items()
    }
