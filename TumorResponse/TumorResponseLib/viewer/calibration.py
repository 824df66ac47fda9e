"""Calibrating from the depth scale: two clicks in the view and a length in mm."""

from __future__ import annotations

from trame_slicer.core.markups_logic import MarkupsLogic

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.recist import Axis
from TumorResponseLib.desk.desk import Desk
from TumorResponseLib.mrml.presenter import ScenePresenter


class Calibration:
    """The line while it is drawn.

    Attributes:
        active: whether a line is being drawn or waits for its length.
    """

    def __init__(self, markups: MarkupsLogic, presenter: ScenePresenter) -> None:
        self._markups = markups
        self._presenter = presenter
        self._ends: Axis | None = None
        self.active = False

    @property
    def is_drawn(self) -> bool:
        """Whether both ends are there."""
        return self._ends is not None

    def start(self) -> None:
        """Let the next two clicks in a view be the ends of the line; raises UsageError without an image."""
        self.stop()
        self._markups.place_node(self._presenter.start_calibration())
        self.active = True

    def moved(self) -> bool:
        """Whether the line came to be, or changed, since the last call."""
        if not self.active:
            return False
        before, self._ends = self._ends, self._presenter.calibration_ends()
        return before != self._ends

    def apply(self, desk: Desk, length_mm: float) -> None:
        """Give the desk the spacing; raises SpacingError for a line or length that makes no sense."""
        if self._ends is None:
            raise UsageError("Click on both ends of a line on the depth scale first.")
        desk.calibrate(*self._ends, length_mm)
        self.stop()

    def stop(self) -> None:
        """Take the line away."""
        if self.active:
            self._markups.disable_place_mode()
            self._presenter.end_calibration()
        self.active, self._ends = False, None
