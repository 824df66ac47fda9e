"""RECIST 1.1 response on the standard's own edges (Eisenhauer et al., 2009)."""

from __future__ import annotations

import pytest

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.recist_response import (
    NonTarget,
    Response,
    StudyClass,
    TargetLesion,
    check_baseline,
    overall_response,
    study_class,
    sum_of_diameters,
    target_response,
)


def liver(*diameters: float | None) -> list[TargetLesion]:
    return [TargetLesion(f"L{number}", f"organ {number}", value) for number, value in enumerate(diameters)]


def node(short_axis: float | None) -> TargetLesion:
    return TargetLesion("N", "lymph node", short_axis, node=True)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (70.0, Response.PARTIAL),  # exactly -30 %
        (70.1, Response.STABLE),
        (0.0, Response.COMPLETE),
        (100.0, Response.STABLE),
        (119.9, Response.STABLE),
        (120.0, Response.PROGRESSIVE),  # exactly +20 %
    ],
)
def test_thresholds_of_a_single_lesion(now: float, expected: Response) -> None:
    assert target_response(liver(100.0), [], liver(now)) is expected


def test_progression_needs_five_millimetres_as_well() -> None:
    assert target_response(liver(20.0), [], liver(24.9)) is Response.STABLE  # +24.5 %, 4.9 mm
    assert target_response(liver(20.0), [], liver(25.0)) is Response.PROGRESSIVE
    assert target_response(liver(40.0), [], liver(45.0)) is Response.STABLE  # 5 mm, +12.5 %


def test_progression_is_judged_from_the_nadir_and_response_from_the_baseline() -> None:
    baseline, nadir = liver(100.0), liver(50.0)
    assert target_response(baseline, [nadir], liver(60.0)) is Response.PROGRESSIVE  # though 40 % below baseline
    assert target_response(baseline, [nadir], liver(59.0)) is Response.PARTIAL
    assert target_response(baseline, [liver(110.0)], liver(120.0)) is Response.PROGRESSIVE  # nadir is the baseline


def test_growth_from_nothing_is_progression() -> None:
    assert target_response(liver(30.0), [liver(0.0)], liver(6.0)) is Response.PROGRESSIVE


def test_a_lesion_too_small_to_measure_counts_five_millimetres() -> None:
    assert sum_of_diameters(liver(3.0, 12.0)) == 17.0
    assert sum_of_diameters(liver(0.0, 12.0)) == 12.0
    assert target_response(liver(10.0), [], liver(2.0)) is Response.PARTIAL  # 5 of 10 mm, not complete


def test_nodes_are_measured_by_short_axis_and_complete_response_leaves_a_sum() -> None:
    assert sum_of_diameters([node(4.0)]) == 4.0
    assert target_response([node(20.0)], [], [node(9.9)]) is Response.COMPLETE
    assert target_response([node(20.0)], [], [node(10.0)]) is Response.PARTIAL
    mixed = [TargetLesion("L", "liver", 30.0), node(15.0)]
    assert target_response(mixed, [], [TargetLesion("L", "liver", 0.0), node(9.0)]) is Response.COMPLETE


def test_a_lesion_that_was_not_imaged_leaves_only_progression_to_be_said() -> None:
    assert target_response(liver(50.0, 50.0), [], liver(40.0, None)) is Response.NOT_EVALUABLE
    assert target_response(liver(50.0, 50.0), [], liver(121.0, None)) is Response.PROGRESSIVE
    assert target_response(liver(50.0, 50.0), [liver(None, 10.0)], liver(50.0, 50.0)) is Response.STABLE


@pytest.mark.parametrize(
    ("target", "non_target", "new", "expected"),
    [
        (Response.COMPLETE, NonTarget.NONE, False, Response.COMPLETE),
        (Response.COMPLETE, NonTarget.COMPLETE, False, Response.COMPLETE),
        (Response.COMPLETE, NonTarget.NEITHER, False, Response.PARTIAL),
        (Response.COMPLETE, NonTarget.NOT_EVALUABLE, False, Response.PARTIAL),
        (Response.PARTIAL, NonTarget.NEITHER, False, Response.PARTIAL),
        (Response.STABLE, NonTarget.NOT_EVALUABLE, False, Response.STABLE),
        (Response.NOT_EVALUABLE, NonTarget.NEITHER, False, Response.NOT_EVALUABLE),
        (Response.PROGRESSIVE, NonTarget.COMPLETE, False, Response.PROGRESSIVE),
        (Response.COMPLETE, NonTarget.PROGRESSIVE, False, Response.PROGRESSIVE),
        (Response.COMPLETE, NonTarget.COMPLETE, True, Response.PROGRESSIVE),
        (Response.NOT_EVALUABLE, NonTarget.NONE, True, Response.PROGRESSIVE),
    ],
)
def test_overall_response_is_the_guidelines_table(
    target: Response, non_target: NonTarget, new: bool, expected: Response
) -> None:
    assert overall_response(target, non_target, new) is expected


def test_classes_of_the_study() -> None:
    assert study_class(Response.COMPLETE) is study_class(Response.PARTIAL) is StudyClass.RESPONSIVE
    assert study_class(Response.STABLE) is StudyClass.STABLE
    assert study_class(Response.PROGRESSIVE) is StudyClass.NON_RESPONSIVE
    with pytest.raises(UsageError, match="could not be evaluated"):
        study_class(Response.NOT_EVALUABLE)


@pytest.mark.parametrize(
    ("lesions", "sentence"),
    [
        ([], "no target lesion"),
        (liver(10, 10, 10, 10, 10, 10), "at most 5"),
        ([TargetLesion(str(number), "liver", 20.0) for number in range(3)], "liver has 3"),
        ([TargetLesion("A", "liver", 20.0), TargetLesion("A", "lung", 20.0)], "called A"),
        (liver(9.9), "at least 10 mm"),
        ([node(14.9)], "at least 15 mm"),
        (liver(None), "was not measured"),
    ],
)
def test_what_is_no_set_of_targets_is_refused(lesions: list[TargetLesion], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        check_baseline(lesions)


def test_a_follow_up_measures_the_same_lesions() -> None:
    with pytest.raises(UsageError, match="no others"):
        target_response(liver(20.0, 20.0), [], liver(20.0))
    with pytest.raises(UsageError, match="give it in mm"):
        target_response(liver(20.0), [], liver(-1.0))
