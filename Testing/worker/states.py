"""How far a reading is, in short."""

from __future__ import annotations

from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Status, Step

READY = [Status.READY] * 5


def statuses(reading: Reading) -> list[Status]:
    """From the image to the saliency."""
    return [reading.state(step).status for step in list(Step)[:5]]
