"""Tables and charts beside the PRRT-PFS prediction, from numbers that were made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.predict.prrt_charts import (
    contributions_shown,
    curve_months,
    importance_shown,
    lesions_left_out,
    survival_shown,
)
from TumorResponseLib.predict.prrt_tables import laboratory_shown, lesions_shown

GROUP = {"patients": 40, "events": 9, "times": [0, 6], "survival": [1, 0.8], "low": [1, 0.6], "high": [1, 0.9]}


def test_lesions_with_their_sum_and_what_the_scan_cuts_off() -> None:
    suv = np.ones((12, 12, 12), dtype=np.float32)
    suv[0:2, 4:6, 4:6] = 8
    suv[6:8, 6:8, 6:8] = 4
    pet = Image(suv, Spacing((5.0, 5.0, 5.0), "test"), units="SUVbw")
    table = lesions_shown(pet, suv > 2)
    first, second, everything = table.rows
    assert first[:3] == (1, 1.0, 8.0) and second[:3] == (2, 1.0, 4.0)
    assert everything[:3] == ("all 2", 2.0, 8.0)
    assert everything[4:] == (pytest.approx(6.0), pytest.approx(12.0))
    # The first lesion's volume and the sphere of its SUVpeak end with the scan.
    assert table.flags == ((0, 1), (0, 3))
    assert "scan ends within lesion 1" in table.note and "SUVpeak reaches beyond the scan at lesion 1" in table.note
    assert len(table.columns) == len(first)


def test_laboratory_values_are_marked_low_high_and_missing() -> None:
    values = {"chromogranin_a": 250.0, "albumin": 30.0, "crp": 2.0}
    table = laboratory_shown(values, {"crp": (None, 1.0)}, {"gamma_gt": 48.0})
    rows = {str(row[0]): row for row in table.rows}
    marked = {str(table.rows[row][0]): column for row, column in table.flags}
    assert rows["chromogranin A"] == ("chromogranin A", 250.0, "µg/l", "up to 100", "high", None)
    assert rows["albumin"] == ("albumin", 30.0, "g/l", "35 to 52", "low", None)
    # The laboratory's own range wins over the panel's.
    assert rows["C-reactive protein"] == ("C-reactive protein", 2.0, "mg/l", "up to 1", "high", None)
    assert rows["gamma-GT"] == ("gamma-GT", None, "U/l", "up to 60", "missing", 48.0)
    assert rows["haemoglobin"][3] == "from 120"
    assert [marked[name] for name in ("chromogranin A", "albumin", "C-reactive protein")] == [1, 1, 1]
    assert marked["gamma-GT"] == 4 and len(table.flags) == len(table.rows)


def test_the_patients_curve_lies_between_the_groups() -> None:
    groups = {"cut": 0.4, "groups": [{"name": "low risk", **GROUP}, {"name": "high risk", **GROUP, "events": 30}]}
    months = curve_months(7.2)
    assert months[0] == 0 and months[-1] == 7.2 and (np.diff(months) > 0).all()
    plot = survival_shown(months, np.exp(-months / 20), groups, 12)
    low, high, own = plot.lines
    assert (low.style, high.style, own.style) == ("steps", "steps", "line")
    assert low.x == (0.0, 6.0) and low.low == (1.0, 0.6) and high.name == "high risk"
    assert own.y[0] == 1.0 and own.y[-1] == pytest.approx(np.exp(-0.36))
    assert plot.x_label == "months from the start of therapy" and "curve ends at 7.2 months" in plot.note
    assert "40 % (low risk)" in plot.note and "high risk: 40 patients, 30 progressed" in plot.note


def test_contributions_are_ordered_by_size_and_missing_values_named() -> None:
    values = {"crp": 0.1, "gamma_gt": -0.6, "albumin": 0.2}
    sources, laboratory = contributions_shown(np.array([-0.3, 0.5, -0.1]), values, ["albumin"])
    assert [(bar.name, bar.value) for bar in sources.bars] == [("laboratory values", -0.3), ("PET", 0.5), ("CT", -0.1)]
    assert [bar.name for bar in laboratory.bars] == ["gamma-GT", "albumin (?)", "C-reactive protein"]
    assert sum(bar.value for bar in laboratory.bars) == pytest.approx(-0.3)
    assert laboratory.note.endswith("A median stands in for what is marked (?).")


def test_a_lesion_that_speaks_for_progression_has_a_positive_bar() -> None:
    shown = lesions_left_out(0.8, {1: 0.2, 3: 1.0})
    assert [(bar.name, pytest.approx(bar.value)) for bar in shown.bars] == [("lesion 1", 0.6), ("lesion 3", -0.2)]
    assert "with a bar below 0 speaks against progression" in shown.note


def test_importance_is_the_fusions_largest_first() -> None:
    importance = {
        "shuffles": 20,
        "forest": {"crp": {"mean": 9.0, "sd": 0.0}},
        "fusion": {"crp": {"mean": -0.02, "sd": 0.01}, "ldh": {"mean": 0.01, "sd": 0.01}},
    }
    shown = importance_shown(importance)
    assert [(bar.name, bar.value) for bar in shown.bars] == [("LDH", 0.01), ("C-reactive protein", -0.02)]
    assert "20 shuffles" in shown.note and "Bars below 0 are noise" in shown.note
