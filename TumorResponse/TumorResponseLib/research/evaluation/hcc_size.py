"""What the change of a tumour's size alone tells of response and histology: what imaging has to beat.

The change is the logarithm of the size in the last week over the one before therapy, of the longest diameter in a slice
(RECIST 1.1) and of the volume, measured on the cohort's own masks. What a change says is learned on the training
animals: the chance of response by logistic regression, viability and apoptosis by a straight line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression, LogisticRegression

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading import CohortRow, study_of
from TumorResponseLib.core.recist import diameters
from TumorResponseLib.core.recist_response import PARTIAL_RESPONSE, PROGRESSION
from TumorResponseLib.predict.hcc_inputs import CONTRAST_ROLE
from TumorResponseLib.research.training.hcc_volumes import require_outline

DIAMETER, VOLUME = "size-recist", "size-volume"
MEASURES = (DIAMETER, VOLUME)

PARTIAL, STABLE, PROGRESSIVE = "PR", "SD", "PD"


@dataclass(frozen=True)
class SizeReader:
    """Reads one measure of size change.

    Attributes:
        response: of the change, ``(animals, 1)``.
        estimates: by name of the quantity, likewise.
    """

    response: LogisticRegression
    estimates: dict[str, LinearRegression]

    def probability(self, changes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Chance of response, ``(animals,)``."""
        return np.asarray(self.response.predict_proba(changes[:, None])[:, 1])

    def estimate(self, name: str, changes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of the quantity, ``(animals,)``."""
        return np.asarray(self.estimates[name].predict(changes[:, None]))


def size_reader(
    changes: NDArray[np.float64], responses: NDArray[np.int64], histology: Mapping[str, NDArray[np.float64]]
) -> SizeReader:
    """Learn from animals whose outcome is known.

    Args:
        changes: logarithms, ``(animals,)``.
        responses: 0 or 1, likewise.
        histology: measured quantities by name, likewise.
    """
    # Without a penalty: there is one number to read.
    logistic = LogisticRegression(C=np.inf).fit(changes[:, None], responses)
    return SizeReader(
        logistic, {name: LinearRegression().fit(changes[:, None], values) for name, values in histology.items()}
    )


def size_changes(rows: Sequence[CohortRow]) -> dict[str, dict[str, float]]:
    """By animal and measure, the logarithm of the last size over the first.

    Args:
        rows: of a cohort; an animal's rows in the order of time.

    Raises:
        StudyError: an animal has one row only, or a row no tumour mask.
    """
    by_animal: dict[str, list[CohortRow]] = {}
    for row in rows:
        by_animal.setdefault(row.patient, []).append(row)
    changes = {}
    for animal, weeks in by_animal.items():
        if len(weeks) < 2:
            raise StudyError(f"The animal {animal} has one time point only; a change of size needs two.")
        first, last = (_size(weeks[index]) for index in (0, -1))
        changes[animal] = {measure: float(np.log(last[measure] / first[measure])) for measure in MEASURES}
    return changes


def recist_counts(changes: NDArray[np.float64], responses: NDArray[np.int64]) -> dict[str, dict[str, int]]:
    """Animals by what RECIST 1.1 calls their change of diameter, responders and non-responders.

    By the guideline's percentages, from before therapy to the last week; its least sizes in mm are for humans.
    """
    share = np.expm1(changes)
    called = np.select([share <= PARTIAL_RESPONSE, share >= PROGRESSION], [PARTIAL, PROGRESSIVE], STABLE)
    return {
        name: {word: int(((called == word) & (responses == response)).sum()) for word in (PARTIAL, STABLE, PROGRESSIVE)}
        for response, name in enumerate(("non-responders", "responders"))
    }


def _size(row: CohortRow) -> dict[str, float]:
    # The other sequences say nothing of size.
    study = study_of(replace(row, images={CONTRAST_ROLE: row.images[CONTRAST_ROLE]}))
    tumour = require_outline(row, study)
    spacing_mm = study.image(CONTRAST_ROLE).spacing_mm
    return {
        DIAMETER: diameters(tumour, spacing_mm).long_mm,
        VOLUME: float(np.count_nonzero(tumour)) * float(np.prod(spacing_mm)),
    }
