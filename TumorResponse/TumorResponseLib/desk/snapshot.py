"""A reading as it stands, for work that takes a while."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from TumorResponseLib.core.errors import BundleError
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step


class NoModels:
    """In place of the models, for a reading that runs none here."""

    def open(self, name: str) -> NoReturn:
        """Refuse."""
        raise BundleError(f"The bundle {name} does not run here; press Read.")


class Snapshot(Reading):
    """Keeps states and results while the reading goes on; results are shared, since they are replaced, not changed."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(NoModels(), {}, replace(reading.options, systems=()))
        self.options = reading.options
        self.found = replace(reading.found)
        self.limits = dict(reading.limits)
        self._board.update({step: reading.state(step) for step in Step})
        self._board.timing_s.update(reading.timing_s)

    def still_holds(self, reading: Reading) -> bool:
        """Whether the reading has not moved on since."""
        kept = (self.found.image, self.found.mask, self.found.rings, self.found.outputs, self.found.saliency)
        now = reading.found
        same = zip(kept, (now.image, now.mask, now.rings, now.outputs, now.saliency), strict=True)
        return all(one is other for one, other in same) and all(
            self.state(step) == reading.state(step) for step in Step
        )
