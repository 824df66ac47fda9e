"""The laboratory panel as a form."""

from __future__ import annotations

import pytest

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.study import Study
from TumorResponseLib.desk.laboratory import laboratory_fields, typed_value
from TumorResponseLib.desk.narrow_table import narrow
from TumorResponseLib.report.table_text import TableText


def test_every_value_of_the_panel_has_a_line_with_its_flag() -> None:
    study = Study(
        "case",
        {},
        laboratory={"albumin": 31.52, "ldh": 12345.6, "bilirubin": 7.525741, "cycles": 4.0},
        laboratory_ranges={"bilirubin": (None, 21.0379), "ldh": (135.0, 225.0)},
    )
    fields = {each.name: each for each in laboratory_fields(study)}
    assert len(fields) == 13
    said = {name: (fields[name].text, fields[name].reference, fields[name].flag) for name in fields}
    assert said["albumin"] == ("31.52", "35 to 52", "low")
    assert said["ldh"] == ("12346", "135 to 225", "high")
    assert said["bilirubin"] == ("7.526", "up to 21", "normal")
    assert said["haemoglobin"] == ("", "from 120", "missing")
    assert fields["albumin"].unit == "g/l"
    assert laboratory_fields(None) == ()


def test_numbers_are_taken_with_a_point_or_a_comma() -> None:
    assert typed_value("albumin", " 31,5 ") == 31.5
    assert typed_value("albumin", "1e2") == 100.0
    assert typed_value("albumin", "  ") is None
    with pytest.raises(UsageError, match=r"'31\.5 g' is not a value for albumin"):
        typed_value("albumin", "31.5 g")


def test_a_wide_short_table_is_turned() -> None:
    columns = ("region", "peak", "time", "area", "fit")
    rows = (("tumour", "1", "2", "3", "4"), ("0-3 mm", "5", "6", "7", "8"))
    table = TableText("t", "T", columns, rows, (False, True, True, True, True), frozenset({(1, 2), (0, 0)}), "")
    turned = narrow(table)
    assert turned.columns == ("region", "tumour", "0-3 mm")
    assert turned.rows == (("peak", "1", "5"), ("time", "2", "6"), ("area", "3", "7"), ("fit", "4", "8"))
    assert turned.numeric == (False, True, True)
    assert turned.marked == {(1, 2)}  # the time of 0-3 mm
    few = TableText("t", "T", columns[:2], tuple(row[:2] for row in rows), (False, True), frozenset(), "")
    assert narrow(few) is few
