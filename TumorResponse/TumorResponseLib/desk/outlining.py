"""Drawing on one reading: each change of its mask can be undone."""

from __future__ import annotations

from collections.abc import Callable

from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.desk.history import MaskHistory, same_mask
from TumorResponseLib.session.mask_source import MaskOrigin
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step


class Outlining:
    """The tumour mask of one reading and its history.

    Args:
        reading: whose mask is changed.
        changed: called after each change that was made here.
    """

    def __init__(self, reading: Reading, changed: Callable[[], None]) -> None:
        self.reading = reading
        self._changed = changed
        self._history = MaskHistory()
        self._recorded: MaskArray | None = None

    def record(self) -> bool:
        """Take notice of a mask that came otherwise, such as the model's; True when it is new."""
        found = self.reading.found
        if found.mask is None or found.mask is self._recorded or not self.reading.is_ready(Step.MASK):
            return False
        self._recorded = found.mask
        assert found.mask_source is not None  # every mask has one
        self._history.record(found.mask, found.mask_source.origin)
        return True

    def draw(self, mask: MaskArray) -> bool:
        """Take a mask that a person drew; False when it is the one that is there.

        Raises:
            UsageError: no image is open.
            MaskError: it does not have the image's shape.
        """
        if same_mask(mask, self.reading.found.mask):
            return False
        self._take(mask, drawn_origin(mask, self.reading))
        return True

    def back_to_model(self) -> bool:
        """Take the model's mask again; False when it is not known."""
        automatic = self.reading.found.segmentation
        if automatic is None:
            return False
        self._take(automatic.mask, MaskOrigin.AUTOMATIC)
        return True

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier mask."""
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether a mask was undone."""
        return self._history.can_redo

    def undo(self) -> None:
        """Take the mask before the last change, where there is one."""
        if self.can_undo:
            self._take(*self._history.undo())

    def redo(self) -> None:
        """Take the mask that was undone last, where there is one."""
        if self.can_redo:
            self._take(*self._history.redo())

    def _take(self, mask: MaskArray, origin: MaskOrigin) -> None:
        self.reading.set_mask(mask, origin)
        self.record()
        self._changed()


def drawn_origin(mask: MaskArray, reading: Reading) -> MaskOrigin:
    """What a drawn mask is: the model's again, a correction of it, or drawn by hand, on nothing or on a given mask."""
    found = reading.found
    if found.segmentation is None or not found.segmentation.mask.any():
        return MaskOrigin.MANUAL
    if same_mask(mask, found.segmentation.mask):
        return MaskOrigin.AUTOMATIC
    was_manual = found.mask_source is not None and found.mask_source.origin is MaskOrigin.MANUAL
    return MaskOrigin.MANUAL if was_manual else MaskOrigin.CORRECTED
