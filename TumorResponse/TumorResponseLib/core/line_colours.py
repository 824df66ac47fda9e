"""The colours of lines and bars that name none."""

from __future__ import annotations

COLOURS = ("#3b82c4", "#d0601c", "#2f9463", "#9a62d6", "#c94264", "#7d8791")
"""Each stands out from white paper and from a dark page alike, with a contrast of at least 3 to 1."""


def colour_of(named: str, index: int) -> str:
    """The colour that was asked for, or the next of the palette; after the last they start over."""
    return named or COLOURS[index % len(COLOURS)]
