"""What the user chose to see, and what may be shown of a reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.explain.activation import FUSED
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step

RingDisplay = Literal["bands", "margins"]
"""Each band alone, or the tumour with everything up to a radius."""


@dataclass(frozen=True)
class DisplayOptions:
    """The user's choices of how results are shown; JSON can hold all of them.

    Attributes:
        ring_display: bands beside each other, or margins over each other.
        saliency_layer: a key of ``found.saliency`` (``fused``, a region, with several systems ``<system>-fused``) or of
            ``found.overlays``; None shows none of them.
        saliency_opacity: of whatever lies over the image, in [0, 1].
        saliency_threshold: saliency below it is not shown; in [0, 1].
        backdrop_visible: whether, without a layer, the image lies over the one that its system wants behind it.
        auto_update: whether results follow a changed mask, radius or spacing by themselves.

    Raises:
        UsageError: a value is out of its range.
    """

    mask_visible: bool = True
    rings_visible: bool = True
    ring_display: RingDisplay = "bands"
    diameters_visible: bool = True
    saliency_layer: str | None = FUSED
    saliency_opacity: float = 0.5
    saliency_threshold: float = 0.1
    backdrop_visible: bool = True
    auto_update: bool = True

    def __post_init__(self) -> None:
        if self.ring_display not in get_args(RingDisplay):
            raise UsageError(f"Rings are shown as {' or '.join(get_args(RingDisplay))}, not as {self.ring_display!r}.")
        for name in ("saliency_opacity", "saliency_threshold"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise UsageError(f"The {name.replace('_', ' ')} must lie between 0 and 1, not {getattr(self, name)}.")

    def to_json(self) -> dict[str, Any]:
        """The choices as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> DisplayOptions:
        """Choices of an earlier program; what this one does not know is left out, what is missing is as usual."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in document.items() if name in known})


@dataclass(frozen=True)
class Shown:
    """What may stand in the views and beside them now.

    Attributes:
        mask: the reading's tumour mask; one that a learner draws while the AI is hidden is his own and is shown.
        rings, diameters, saliency: likewise; an overlay that is chosen counts as saliency.
        result: numbers of the prediction, shares, tables and plots.
        is_stale: the shown rings, saliency or result no longer fit the mask; show them dimmed.
    """

    mask: bool = False
    rings: bool = False
    diameters: bool = False
    saliency: bool = False
    result: bool = False
    is_stale: bool = False


def shown(reading: Reading | None, display: DisplayOptions, *, ai_hidden: bool = False) -> Shown:
    """What may be shown of a reading.

    Args:
        reading: the present one; while the AI is hidden, the learner's, which holds nothing of the AI.
        display: the user's choices.
        ai_hidden: whether a learner has yet to outline the tumour.
    """
    if reading is None:
        return Shown()
    found = reading.found
    later = (Step.RINGS, Step.PREDICTION, Step.SALIENCY)
    return Shown(
        mask=display.mask_visible and found.tumour_found,
        rings=display.rings_visible and found.rings is not None and not ai_hidden,
        diameters=display.diameters_visible and bool(found.measurements) and not ai_hidden,
        saliency=(display.saliency_layer in found.saliency or display.saliency_layer in found.overlays)
        and not ai_hidden,
        result=bool(found.outputs) and not ai_hidden,
        is_stale=any(found.has(step) and not reading.is_ready(step) for step in later),
    )
