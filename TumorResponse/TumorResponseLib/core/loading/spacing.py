"""Millimetres: what the file says, against what the user says."""

from __future__ import annotations

import math
from dataclasses import dataclass

from TumorResponseLib.core.errors import SpacingError
from TumorResponseLib.core.image import Spacing

GIVEN_BY_USER = "given by the user"
DIFFERENCE_WORTH_A_WARNING = 0.001
"""Relative; below it the user has only rounded the file's number."""


@dataclass(frozen=True)
class StatedSpacing:
    """What a file says of its spacing, before anyone has checked it: mm in array order, and which field says it."""

    mm: tuple[float, ...]
    source: str


def settle_spacing(
    stated: StatedSpacing | None, given: Spacing | None, axes: int, name: str
) -> tuple[Spacing | None, tuple[str, ...]]:
    """The spacing that holds, and warnings.

    Args:
        stated: from the file; None when it says nothing.
        given: by the user, which wins; one number holds for every axis.
        axes: number of spatial axes of the image.
        name: the file's name, for messages.

    Raises:
        SpacingError: the spacing that holds is not positive, or ``given`` does not fit the axes.
    """
    if given is not None:
        mm = given.mm * axes if len(given.mm) == 1 else given.mm
        if len(mm) != axes:
            raise SpacingError(
                f"The spacing {_words(given.mm)} mm has {len(given.mm)} numbers, but {name} has {axes} axes; "
                f"give one number or {axes}."
            )
        return Spacing(mm, GIVEN_BY_USER), _overridden(stated, mm, name)
    if stated is None:
        return None, ()
    require_positive(stated, name, "give the spacing with --spacing")
    return Spacing(stated.mm, stated.source), ()


def require_positive(stated: StatedSpacing, name: str, remedy: str) -> None:
    """Raise SpacingError, with what to do, unless every stated length is a positive number."""
    if not stated.mm or not all(math.isfinite(step) and step > 0 for step in stated.mm):
        raise SpacingError(
            f"The spacing {_words(stated.mm)} mm of {name} ({stated.source}) is not a positive length; {remedy}."
        )


def _overridden(stated: StatedSpacing | None, mm: tuple[float, ...], name: str) -> tuple[str, ...]:
    if stated is None or all(
        math.isclose(ours, theirs, rel_tol=DIFFERENCE_WORTH_A_WARNING)
        for ours, theirs in zip(mm, stated.mm, strict=True)
    ):
        return ()
    return (
        f"The spacing given by the user, {_words(mm)} mm, is used for {name} in place of "
        f"{_words(stated.mm)} mm ({stated.source}).",
    )


def _words(mm: tuple[float, ...]) -> str:
    return " x ".join(f"{step:.6g}" for step in mm)
