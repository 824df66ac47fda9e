"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Advance = Callable[[], None]
"""Called once for each patient done."""

Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is."""
