"""A reading as it stands, for work that takes a while."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from TumorResponseLib.core.errors import BundleError
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step

KEPT = ("study", "image", "mask", "rings", "outputs", "saliency", "exhibits")
"""Findings that are replaced when they change."""


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
        same = all(getattr(self.found, name) is getattr(reading.found, name) for name in KEPT)
        return same and all(self.state(step) == reading.state(step) for step in Step)
