"""What the worklist keeps of a case goes back into its reading piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from Testing.session.stand_ins import disc, make_study
from TumorResponseLib.core.image import Spacing
from TumorResponseLib.core.study import Study
from TumorResponseLib.desk.record import CaseRecord
from TumorResponseLib.desk.snapshot import NoModels
from TumorResponseLib.session.mask_source import MaskOrigin
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.study_source import StudySource
from TumorResponseLib.session.worklist.entries import Case
from TumorResponseLib.session.worklist.store import WorklistStore


@pytest.fixture
def record(tmp_path: Path) -> Iterator[CaseRecord]:
    """Of a case whose mask, spacing and laboratory values were kept."""
    with WorklistStore(tmp_path) as store:
        number = store.add([Case("case", StudySource(tmp_path / "case"))])[0].number
        record = CaseRecord(store, number)
        reading = opened(make_study())
        reading.set_mask(disc(radius=9.0), MaskOrigin.MANUAL)
        record.keep_mask(reading)
        record.keep_spacing(Spacing((0.3, 0.3), "test"))
        record.keep_laboratory({"crp": 4.0})
        yield record


def opened(study: Study) -> Reading:
    reading = Reading(NoModels(), {})
    reading.open(study)
    return reading


def test_all_that_was_kept_comes_back(record: CaseRecord) -> None:
    reading = opened(make_study())
    assert record.restore(reading) == ""
    assert reading.found.image is not None and reading.found.image.spacing_mm == (0.3, 0.3)
    assert reading.found.study is not None and reading.found.study.laboratory == {"crp": 4.0}
    np.testing.assert_array_equal(reading.found.mask, disc(radius=9.0))


def test_a_refused_value_does_not_keep_the_mask_back(record: CaseRecord) -> None:
    record.keep_laboratory({"shoe_size": 43.0})
    reading = opened(make_study())
    told = record.restore(reading)
    assert "case 1 does not fit it any more" in told and "no value 'shoe_size'" in told
    np.testing.assert_array_equal(reading.found.mask, disc(radius=9.0))
    assert reading.found.mask_source is not None and reading.found.mask_source.origin is MaskOrigin.MANUAL
    assert reading.found.image is not None and reading.found.image.spacing_mm == (0.3, 0.3)


def test_a_refused_mask_is_told_and_the_rest_comes_back(record: CaseRecord) -> None:
    image = make_study().image()
    smaller = Study("case", {"image": type(image)(image.pixels[:50], image.spacing, image.frame)})
    reading = opened(smaller)
    assert "tumour mask" in record.restore(reading)
    assert reading.found.mask is None
    assert reading.found.study is not None and reading.found.study.laboratory == {"crp": 4.0}
