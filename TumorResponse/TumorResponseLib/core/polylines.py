"""Lines of plots as the points that are joined, the same in every shell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

Point = tuple[float, float]


def runs(xs: Sequence[float], ys: Sequence[float]) -> list[list[Point]]:
    """The points between two gaps, for each stretch without one; NaN and infinity are gaps."""
    found: list[list[Point]] = [[]]
    for x, y in zip(xs, ys, strict=True):
        if math.isfinite(x) and math.isfinite(y):
            found[-1].append((x, y))
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


def corners(points: Sequence[Point], *, steps: bool) -> list[Point]:
    """The points that straight lines join; a step keeps its height until the next x."""
    if not steps or not points:
        return list(points)
    held = [[(x, y), (following, y)] for (x, y), (following, _) in pairwise(points)]
    return [*(corner for pair in held for corner in pair), points[-1]]
