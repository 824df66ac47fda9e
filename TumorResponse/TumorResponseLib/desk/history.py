"""Masks that can be undone and redone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.session.mask_source import MaskOrigin
from TumorResponseLib.session.worklist.packed_mask import pack, unpack

MOST = 50
"""Masks kept; packed, one takes a few kilobytes."""


@dataclass(frozen=True)
class _Kept:
    packed: bytes
    shape: tuple[int, ...]
    origin: MaskOrigin

    @classmethod
    def of(cls, mask: MaskArray, origin: MaskOrigin) -> _Kept:
        return cls(pack(mask), mask.shape, origin)

    def mask(self) -> tuple[MaskArray, MaskOrigin]:
        return unpack(self.packed, self.shape), self.origin


class MaskHistory:
    """The masks of one case, the present one among them; whole masks, so that any change can be undone."""

    def __init__(self) -> None:
        self._masks: list[_Kept] = []
        self._present = -1

    def record(self, mask: MaskArray, origin: MaskOrigin) -> None:
        """Take a new present mask; what had been undone is forgotten. The same mask again changes nothing."""
        kept = _Kept.of(mask, origin)
        if self._masks and kept == self._masks[self._present]:
            return
        self._masks = [*self._masks[: self._present + 1], kept][-MOST:]
        self._present = len(self._masks) - 1

    @property
    def can_undo(self) -> bool:
        """Whether there is a mask before the present one."""
        return self._present > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is a mask after the present one."""
        return self._present + 1 < len(self._masks)

    def undo(self) -> tuple[MaskArray, MaskOrigin]:
        """Go to the mask before; only where ``can_undo``."""
        self._present -= 1
        return self._masks[self._present].mask()

    def redo(self) -> tuple[MaskArray, MaskOrigin]:
        """Go to the mask after; only where ``can_redo``."""
        self._present += 1
        return self._masks[self._present].mask()


def same_mask(first: MaskArray | None, second: MaskArray | None) -> bool:
    """Whether two masks hold the same voxels."""
    if first is None or second is None:
        return first is second
    return first is second or np.array_equal(first, second)
