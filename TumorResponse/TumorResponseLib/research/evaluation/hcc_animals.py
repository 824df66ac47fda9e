"""What an HCC bundle says of the animals of a cohort, read as a reading reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.loading import CohortRow, study_of
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.hcc import Hcc
from TumorResponseLib.predict.hcc_inputs import CONTRAST_ROLE
from TumorResponseLib.predict.system import Prediction
from TumorResponseLib.research.evaluation.segmentation import ImageScore, score_image
from TumorResponseLib.research.training.hcc_volumes import require_labels, require_outline


@dataclass(frozen=True)
class ReadAnimal:
    """The row of an animal whose response is known, with what was predicted.

    Attributes:
        histology: viability and apoptosis.
        own: from the network's own outline; from the cohort's, where the network found no tumour.
        given: from the cohort's outline.
        found: whether the network found a tumour.
    """

    row: CohortRow
    response: int
    histology: tuple[float, float]
    own: Prediction
    given: Prediction
    found: bool


@dataclass(frozen=True)
class ReadRows:
    """Every row's outline against the true one, and the animals' predictions."""

    scores: tuple[ImageScore, ...]
    animals: tuple[ReadAnimal, ...]


def read_rows(rows: Sequence[CohortRow], bundle: OpenBundle, advance: Callable[[], None]) -> ReadRows:
    """Outline every row, and predict those whose response is known: by animal, never by slice.

    Raises:
        StudyError: a row lacks its mask, or one with a response its histology, or cannot be read.
    """
    system, scores, animals = Hcc(), [], []
    for row in rows:
        study = study_of(row)
        image, truth = study.image(CONTRAST_ROLE), require_outline(row, study)
        outline = system.outline(study, image, bundle).mask
        scores.append(score_image(outline, truth, row.patient, image.spacing_mm))
        if row.response is not None:
            response, (viability, apoptosis) = require_labels(row)
            found = bool(outline.any())
            given = system.predict(study, truth, bundle).prediction
            own = system.predict(study, outline, bundle).prediction if found else given
            animals.append(ReadAnimal(row, response, (viability, apoptosis), own, given, found))
        advance()
    return ReadRows(tuple(scores), tuple(animals))


def responses_of(animals: Sequence[ReadAnimal]) -> NDArray[np.int64]:
    """0 or 1, ``(animals,)``."""
    return np.array([animal.response for animal in animals])


def probabilities_of(predictions: Sequence[Prediction]) -> NDArray[np.float64]:
    """Of response, ``(animals,)``."""
    return np.array([prediction.probabilities[-1] for prediction in predictions])


def column_of(animals: Sequence[ReadAnimal], column: str) -> NDArray[np.float64] | None:
    """A column of numbers that a virtual cohort carries, ``(animals,)``; None where a row lacks it."""
    texts = [animal.row.other.get(column, "") for animal in animals]
    return np.array([float(text) for text in texts]) if all(texts) else None


def oracle_of(animals: Sequence[ReadAnimal]) -> NDArray[np.float64] | None:
    """The true chance of response, ``(animals,)``; None on real cohorts."""
    truth = [animal.row.oracle_probability for animal in animals]
    return None if None in truth else np.array(truth, dtype=np.float64)
