"""How numbers are printed."""

from __future__ import annotations

import math

import pytest

from TumorResponseLib.core.exhibits import Cell, Table
from TumorResponseLib.predict.system import Estimate
from TumorResponseLib.report.estimate_text import estimate_interval, estimate_value
from TumorResponseLib.report.numbers import brief, cell_text, significant
from TumorResponseLib.report.table_text import table_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (math.nan, "–"),
        (math.inf, "–"),
        ("µg/l", "µg/l"),
        (7, "7"),
        (12345, "12\u202f345"),
        (12345678, "12\u202f345\u202f678"),
        (-(10**9), "−1\u202f000\u202f000\u202f000"),
        (0.0, "0"),
        (12.34, "12.3"),
        (9.996, "10.0"),
        (0.01234, "0.0123"),
        (-0.5, "−0.500"),
        (1234.56, "1235"),
        (23456.7, "23\u202f457"),
        (1.234e8, "1.23\u202f×\u202f10⁸"),
        (-1.5e-5, "−1.50\u202f×\u202f10⁻⁵"),
    ],
)
def test_cells(value: Cell, text: str) -> None:
    assert cell_text(value) == text


def test_the_ends_of_a_scale_are_brief() -> None:
    assert [brief(value) for value in (10.0, 100.0, 0.25, -2.5, 0.0)] == ["10", "100", "0.25", "−2.5", "0"]
    assert significant(10.0) == "10.0"


@pytest.mark.parametrize(
    ("estimate", "value", "interval"),
    [
        (Estimate("Viability", 0.62, 0.505, 0.73), "62 %", "90 % interval 50 to 73 %"),
        (Estimate("Volume", 12.34, 9.7, 15.0, "ml"), "12.3 ml", "90 % interval 9.7 to 15.0 ml"),
        (Estimate("Change", -0.5, -1.0, 0.0, "mm"), "−0.50 mm", "90 % interval −1.00 to 0.00 mm"),
        (Estimate("Count", 0.0, 0.0, 0.0, "lesions"), "0 lesions", "90 % interval 0 to 0 lesions"),
    ],
)
def test_estimates(estimate: Estimate, value: str, interval: str) -> None:
    assert estimate_value(estimate) == value
    assert estimate_interval(estimate, 0.9) == interval


def test_a_column_is_numeric_when_all_that_is_known_is_a_number() -> None:
    table = table_text(
        Table("t", "T", ("name", "value", "mixed", "empty"), (("a", 1.5, "<1", None), ("b", None, 2, None)), ((1, 1),))
    )
    assert table.rows == (("a", "1.50", "<1", "–"), ("b", "–", "2", "–"))
    assert table.numeric == (False, True, False, False)
    assert table.marked == {(1, 1)}
