"""What a run starts from, to tell later whether its results still fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from TumorResponseLib.core.image import MaskArray, Spacing
from TumorResponseLib.session.findings import Findings
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a reading was given, at one moment. Masks are told apart as objects: the session never writes into one.

    Attributes:
        opened: which opening of a study.
        mask: None while there is none that is READY.
    """

    opened: Findings
    mask: MaskArray | None
    spacing: Spacing | None
    radii_mm: tuple[float, ...]
    limits: Mapping[str, MaskArray]
    laboratory: Mapping[str, float]

    @classmethod
    def of(cls, reading: Reading) -> Inputs:
        """The reading's, now."""
        found = reading.found
        mask = found.mask if reading.is_ready(Step.MASK) else None
        spacing = found.image.spacing if found.image else None
        laboratory = found.study.laboratory if found.study else {}
        return cls(found, mask, spacing, reading.options.radii_mm, dict(reading.limits), laboratory)

    def same_limits(self, other: Inputs) -> bool:
        """Whether the rings have the same limits."""
        return self.limits.keys() == other.limits.keys() and all(
            mask is other.limits[name] for name, mask in self.limits.items()
        )

    def first_changed(self, now: Inputs) -> Step | None:
        """The first step whose results from these inputs do not fit those of ``now``; None when all do."""
        if self.opened is not now.opened:
            return Step.IMAGE
        if self.mask is not now.mask:
            return Step.MASK
        if (self.spacing, self.radii_mm) != (now.spacing, now.radii_mm) or not self.same_limits(now):
            return Step.RINGS
        return Step.PREDICTION if self.laboratory != now.laboratory else None

    def fit(self, step: Step, now: Inputs) -> bool:
        """Whether a step's result from these inputs may be taken ``now``."""
        changed = self.first_changed(now)
        return changed is None or step in changed.earlier
