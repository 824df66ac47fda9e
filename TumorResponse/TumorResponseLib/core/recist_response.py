"""Response by RECIST 1.1 from the diameters at baseline and at follow-up.

Eisenhauer et al., "New response evaluation criteria in solid tumours: revised RECIST guideline (version 1.1)", Eur J
Cancer 45:228-247, 2009; the section numbers below are the guideline's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isclose, isfinite

from TumorResponseLib.core.errors import UsageError

MOST_LESIONS = 5
MOST_LESIONS_PER_ORGAN = 2
SMALLEST_TARGET_MM = 10.0
SMALLEST_TARGET_NODE_MM = 15.0
NORMAL_NODE_MM = 10.0
"""A lymph node whose short axis is below this is not pathological (3.1.2)."""
TOO_SMALL_MM = 5.0
"""What a lesion counts that is still there but too small to measure (4.3.2)."""
PARTIAL_RESPONSE = -0.30
PROGRESSION = 0.20
PROGRESSION_MM = 5.0
ROUNDING = 1e-9
"""Relative slack, so that 30 % of a sum is 30 % also in binary fractions."""


class Response(StrEnum):
    """Best word for one time point: complete, partial response, stable, progressive disease; not evaluable."""

    COMPLETE = "CR"
    PARTIAL = "PR"
    STABLE = "SD"
    PROGRESSIVE = "PD"
    NOT_EVALUABLE = "NE"


class NonTarget(StrEnum):
    """How the lesions that are not measured did (4.3.3); NONE where there were none."""

    NONE = "none"
    COMPLETE = "CR"
    NEITHER = "non-CR/non-PD"
    PROGRESSIVE = "PD"
    NOT_EVALUABLE = "NE"


class StudyClass(StrEnum):
    """The three classes of the CEUS-CNN study."""

    RESPONSIVE = "responsive"
    STABLE = "stable"
    NON_RESPONSIVE = "non-responsive"


@dataclass(frozen=True)
class TargetLesion:
    """One target lesion at one time point.

    Attributes:
        name: the same at every time point.
        organ: where it lies; at most two lesions of an organ are targets.
        diameter_mm: the longest in-plane diameter, of a lymph node the short axis; 0 when it disappeared; None when it
            was not imaged.
        node: whether it is a lymph node.
    """

    name: str
    organ: str
    diameter_mm: float | None
    node: bool = False


def sum_of_diameters(lesions: Sequence[TargetLesion]) -> float | None:
    """The sum in mm; None when a lesion was not imaged. A lesion below 5 mm that is still there counts 5 mm.

    A node keeps its measured short axis, however small: it cannot disappear.
    """
    total = 0.0
    for lesion in lesions:
        if lesion.diameter_mm is None:
            return None
        too_small = not lesion.node and 0 < lesion.diameter_mm < TOO_SMALL_MM
        total += TOO_SMALL_MM if too_small else lesion.diameter_mm
    return total


def check_baseline(lesions: Sequence[TargetLesion]) -> None:
    """Refuse what may not be a set of target lesions at baseline (3.1, 4.1).

    Raises:
        UsageError: no or too many lesions, two of one name, one not measured or too small to be a target.
    """
    if not lesions:
        raise UsageError("There is no target lesion at baseline; measure at least one.")
    if len(lesions) > MOST_LESIONS:
        raise UsageError(f"RECIST 1.1 takes at most {MOST_LESIONS} target lesions and there are {len(lesions)}.")
    organ, count = Counter(lesion.organ for lesion in lesions).most_common(1)[0]
    if count > MOST_LESIONS_PER_ORGAN:
        raise UsageError(
            f"RECIST 1.1 takes at most {MOST_LESIONS_PER_ORGAN} target lesions of one organ and {organ} has {count}."
        )
    name, count = Counter(lesion.name for lesion in lesions).most_common(1)[0]
    if count > 1:
        raise UsageError(f"Two target lesions are called {name}; give each its own name.")
    for lesion in lesions:
        least = SMALLEST_TARGET_NODE_MM if lesion.node else SMALLEST_TARGET_MM
        measured = lesion.diameter_mm
        if measured is None or not isfinite(measured) or measured < least:
            said = "was not measured" if measured is None else f"measures {measured:g} mm"
            raise UsageError(f"The target lesion {lesion.name} {said} at baseline; a target has at least {least:g} mm.")


def target_response(
    baseline: Sequence[TargetLesion], earlier: Sequence[Sequence[TargetLesion]], present: Sequence[TargetLesion]
) -> Response:
    """Response of the target lesions (4.3.1).

    Partial response is judged against the baseline, progression against the nadir: the smallest sum so far,
    the baseline among them.

    Args:
        baseline: the target lesions before treatment.
        earlier: the same lesions at each follow-up before this one, in any order.
        present: the same lesions now.

    Raises:
        UsageError: the baseline is no set of targets, or a follow-up has other lesions.
    """
    check_baseline(baseline)
    for lesions in (*earlier, present):
        _require_same_lesions(baseline, lesions)
    first, now = sum_of_diameters(baseline), sum_of_diameters(present)
    assert first is not None  # check_baseline
    sums = [first, *(value for value in map(sum_of_diameters, earlier) if value is not None)]
    nadir = min(sums)
    known = sum(lesion.diameter_mm or 0.0 for lesion in present) if now is None else now
    if _at_least(known - nadir, PROGRESSION * nadir) and _at_least(known - nadir, PROGRESSION_MM):
        return Response.PROGRESSIVE  # also where a lesion was not imaged: it could only add to the sum
    if now is None:
        return Response.NOT_EVALUABLE
    if all(_gone(lesion) for lesion in present):
        return Response.COMPLETE
    if _at_least(first - now, -PARTIAL_RESPONSE * first):
        return Response.PARTIAL
    return Response.STABLE


def overall_response(target: Response, non_target: NonTarget, new_lesions: bool) -> Response:
    """Overall response at one time point, as in the guideline's table 1."""
    if new_lesions or target is Response.PROGRESSIVE or non_target is NonTarget.PROGRESSIVE:
        return Response.PROGRESSIVE
    if target is Response.COMPLETE and non_target not in (NonTarget.NONE, NonTarget.COMPLETE):
        return Response.PARTIAL
    return target


def study_class(response: Response) -> StudyClass:
    """The CEUS-CNN study's class: responsive (CR, PR), stable (SD), non-responsive (PD).

    Raises:
        UsageError: the response was not evaluable.
    """
    classes = {
        Response.COMPLETE: StudyClass.RESPONSIVE,
        Response.PARTIAL: StudyClass.RESPONSIVE,
        Response.STABLE: StudyClass.STABLE,
        Response.PROGRESSIVE: StudyClass.NON_RESPONSIVE,
    }
    if response not in classes:
        raise UsageError("A response that could not be evaluated has no class; leave this time point out.")
    return classes[response]


def _gone(lesion: TargetLesion) -> bool:
    """A lesion that disappeared, a node that became normal."""
    assert lesion.diameter_mm is not None  # the sum is known
    return lesion.diameter_mm < NORMAL_NODE_MM if lesion.node else lesion.diameter_mm == 0


def _at_least(value: float, threshold: float) -> bool:
    return value > threshold or isclose(value, threshold, rel_tol=ROUNDING, abs_tol=ROUNDING)


def _require_same_lesions(baseline: Sequence[TargetLesion], lesions: Sequence[TargetLesion]) -> None:
    expected = {(lesion.name, lesion.node) for lesion in baseline}
    found = {(lesion.name, lesion.node) for lesion in lesions}
    if found != expected or len(lesions) != len(baseline):
        names = ", ".join(sorted(lesion.name for lesion in baseline))
        raise UsageError(f"A follow-up must measure the baseline's target lesions ({names}) and no others.")
    for lesion in lesions:
        if lesion.diameter_mm is not None and not (isfinite(lesion.diameter_mm) and lesion.diameter_mm >= 0):
            raise UsageError(
                f"The diameter of {lesion.name} is {lesion.diameter_mm}; give it in mm, 0 when it is gone."
            )
