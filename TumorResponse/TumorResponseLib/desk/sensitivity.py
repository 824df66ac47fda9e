"""How far the prediction moves when the outline does: the mask shrunk and grown by a few mm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.ndimage import distance_transform_edt

from TumorResponseLib.core.box import bounding_box
from TumorResponseLib.core.errors import MaskError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.rings import TOLERANCE
from TumorResponseLib.predict.system import Prediction

OFFSETS_MM = (-2.0, -1.0, 0.0, 1.0, 2.0)
"""Shrunk is negative, grown positive."""


@dataclass(frozen=True)
class SensitivityRow:
    """The prediction for one outline.

    Attributes:
        offset_mm: how far the outline was moved outwards.
        probability: of the last class; None while it is not known, or where there is none.
        reason: why there is none, one sentence; ``""`` otherwise.
        text: the row for the user, such as ``"1 mm larger: 41 %"``.
    """

    offset_mm: float
    probability: float | None = None
    reason: str = ""

    @property
    def text(self) -> str:
        """The row in words."""
        size = f"{abs(self.offset_mm):g} mm {'larger' if self.offset_mm > 0 else 'smaller'}"
        said = self.reason or ("…" if self.probability is None else f"{self.probability:.0%}")
        return f"{size if self.offset_mm else 'as outlined'}: {said}"


@dataclass(frozen=True)
class Sensitivity:
    """All outlines, the smallest first.

    Attributes:
        rows: one an outline.
        is_running: whether some are still to come.
    """

    rows: tuple[SensitivityRow, ...]
    is_running: bool

    @property
    def span(self) -> tuple[float, float] | None:
        """Lowest and highest probability so far; None before there is one."""
        known = [row.probability for row in self.rows if row.probability is not None]
        return (min(known), max(known)) if known else None

    @property
    def text(self) -> str:
        """One sentence for the user; ``""`` before anything is known."""
        if self.span is None:
            return ""
        low, high = self.span
        return (
            f"Between {low:.0%} and {high:.0%}, {100 * (high - low):.0f} percentage points apart, "
            f"with the outline up to {max(abs(row.offset_mm) for row in self.rows):g} mm smaller or larger."
        )


def moved_outline(mask: MaskArray, offset_mm: float, spacing_mm: tuple[float, ...]) -> MaskArray:
    """The mask with its outline moved outwards, or inwards by a negative offset.

    Grown, it takes in all voxels whose centre is at most ``offset_mm`` from the centre of a tumour voxel; shrunk, it
    loses those that are at most as far from a voxel outside. What lies beyond the image does not shrink it.

    Args:
        mask: ``(rows, columns)`` or ``(slices, rows, columns)``.
        offset_mm: of the outline.
        spacing_mm: in array order.

    Raises:
        MaskError: the mask is empty, or nothing is left of it.
    """
    if offset_mm == 0:
        return mask
    reach = abs(offset_mm) * (1 + TOLERANCE)
    margin = tuple(int(reach / step) + 1 for step in spacing_mm)
    box = bounding_box(mask).grown(margin, mask.shape)
    part = mask[box.slices]
    moved = np.zeros_like(mask)
    if offset_mm > 0:
        moved[box.slices] = distance_transform_edt(~part, sampling=spacing_mm) <= reach
    elif part.all():
        moved[box.slices] = part
    else:
        moved[box.slices] = distance_transform_edt(part, sampling=spacing_mm) > reach
    if not moved.any():
        raise MaskError(f"Nothing is left of a tumour this small when its outline shrinks by {-offset_mm:g} mm.")
    return moved


class Answer(Protocol):
    """What was asked of the worker; ``worker.background.Ticket`` is the one in use."""

    @property
    def done(self) -> bool:
        """Whether the answer is there."""
        ...

    @property
    def prediction(self) -> Prediction | None:
        """The first system's prediction."""
        ...

    @property
    def error(self) -> str:
        """Why there is none."""
        ...


class SensitivityRun:
    """One run over all offsets.

    Args:
        mask: the present mask.
        spacing_mm: in array order.
        present: the prediction for the present mask.
        ask: asks the worker about a mask.
    """

    def __init__(
        self,
        mask: MaskArray,
        spacing_mm: tuple[float, ...],
        present: Prediction,
        ask: Callable[[MaskArray], Answer],
    ) -> None:
        self._rows: dict[float, SensitivityRow | Answer] = {}
        for offset in OFFSETS_MM:
            if offset == 0:
                self._rows[offset] = SensitivityRow(offset, present.probabilities[-1])
                continue
            try:
                self._rows[offset] = ask(moved_outline(mask, offset, spacing_mm))
            except MaskError as error:
                self._rows[offset] = SensitivityRow(offset, reason=str(error))

    def state(self) -> Sensitivity:
        """What is known by now."""
        rows = tuple(_row(offset, answer) for offset, answer in self._rows.items())
        return Sensitivity(rows, any(row.probability is None and not row.reason for row in rows))


def _row(offset: float, answer: SensitivityRow | Answer) -> SensitivityRow:
    if isinstance(answer, SensitivityRow):
        return answer
    prediction = answer.prediction
    probability = None if prediction is None else prediction.probabilities[-1]
    return SensitivityRow(offset, probability, answer.error)
