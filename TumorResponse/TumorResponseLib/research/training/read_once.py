"""What a training reads from a cohort is kept beside its checkpoints, since reading takes minutes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

COHORT = "cohort_sha256"

Arrays = Mapping[str, NDArray[Any]]


def read_once(cache: Path, cohort_sha256: str, read: Callable[[], Arrays]) -> Arrays:
    """The arrays that ``read`` gives; from ``cache`` when they were read from this very cohort, else stored there.

    Args:
        cache: an ``.npz`` file; its folder exists.
        cohort_sha256: of the cohort's folder, from ``hash_cohort``.
        read: reads the cohort; an array of it cannot be called ``cohort_sha256``.
    """
    if cache.exists():
        with np.load(cache) as content:
            if str(content[COHORT]) == cohort_sha256:
                return {name: content[name] for name in content.files if name != COHORT}
    arrays = read()
    unfinished = cache.with_suffix(".partial.npz")
    stored: dict[str, Any] = {COHORT: cohort_sha256, **arrays}
    np.savez(unfinished, **stored)
    unfinished.replace(cache)
    return arrays
