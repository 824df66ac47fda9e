"""The legend of colours that lie over an image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.report.colours import gradient
from TumorResponseLib.report.numbers import brief


@dataclass(frozen=True)
class ColourBar:
    """Colours from left to right, as a CSS gradient, and what stands at both ends."""

    gradient: str
    low: str
    high: str

    @classmethod
    def of(cls, table: NDArray[np.float64], low: str, high: str) -> ColourBar:
        """The bar of a colour table, ``(entries, 3)`` in [0, 1]."""
        return cls(gradient(table), low, high)


def colour_bar(
    table: NDArray[np.float64], low: float, high: float, unit: str, shown: NDArray[np.floating]
) -> ColourBar:
    """The bar of numbers with their unit; it says where values beyond an end have that end's colour.

    Args:
        table: ``(entries, 3)`` in [0, 1].
        low, high: values at the ends.
        unit: ``""`` for none.
        shown: the values; NaN counts for nothing.
    """
    known = shown[np.isfinite(shown)]
    below = "≤ " if known.size and known.min() < low else ""
    above = "≥ " if known.size and known.max() > high else ""
    after = f" {unit}" if unit else ""
    return ColourBar.of(table, f"{below}{brief(low)}", f"{above}{brief(high)}{after}")
