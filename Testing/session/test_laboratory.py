"""Laboratory values that a person types into a reading."""

from __future__ import annotations

import pytest

from Testing.session.stand_ins import make_study
from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Status, Step


def test_laboratory_values_that_are_typed_make_the_prediction_stale(reading: Reading) -> None:
    reading.open(make_study(laboratory={"crp": 3.0, "ldh": 200.0, "age": 61.0}))
    reading.run()
    reading.set_laboratory({"crp": 12.5, "albumin": 40.0, "ldh": None})
    assert reading.found.study is not None
    assert reading.found.study.laboratory == {"crp": 12.5, "albumin": 40.0, "age": 61.0}
    states = {step: reading.state(step).status for step in Step}
    assert states[Step.RINGS] is Status.READY
    assert states[Step.PREDICTION] is Status.STALE and states[Step.SALIENCY] is Status.STALE
    assert reading.run() == ()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"crp": 12.5, "shoe_size": 43.0}, "holds no value 'shoe_size'"),
        ({"albumin": 4.0}, "Albumin of 4 g/l is impossible"),
        ({"albumin": float("nan")}, "Albumin of nan g/l is impossible"),
    ],
)
def test_laboratory_values_that_make_no_sense_change_nothing(
    reading: Reading, values: dict[str, float | None], sentence: str
) -> None:
    reading.open(make_study(laboratory={"crp": 3.0}))
    reading.run()
    with pytest.raises(UsageError, match=sentence):
        reading.set_laboratory(values)
    assert reading.found.study is not None and reading.found.study.laboratory == {"crp": 3.0}
    assert reading.is_ready(Step.SALIENCY)
