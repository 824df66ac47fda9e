"""Where a tumour mask came from, and what a person changed in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from TumorResponseLib.core.image import MaskArray

if TYPE_CHECKING:
    from TumorResponseLib.predict.segmentation import Segmentation


class MaskOrigin(StrEnum):
    """Who drew the tumour mask: the network, the network and then a person, or a person."""

    AUTOMATIC = "automatic"
    CORRECTED = "corrected"
    MANUAL = "manual"


@dataclass(frozen=True)
class MaskSource:
    """Where the tumour mask came from.

    Attributes:
        added, removed: voxels that a correction added to and took from the automatic mask; None when there is no
            automatic mask to compare with, or no correction.
        bundle, bundle_sha256: the segmentation bundle of an automatic or corrected mask.
        presence: the network's probability that the image shows a lesion.
        confidence: the network's confidence in its own mask, in [0, 1].
    """

    origin: MaskOrigin
    added: int | None = None
    removed: int | None = None
    bundle: str | None = None
    bundle_sha256: str | None = None
    presence: float | None = None
    confidence: float | None = None


def describe_source(mask: MaskArray, origin: MaskOrigin, automatic: Segmentation | None) -> MaskSource:
    """The source of ``mask``; ``automatic`` is the network's last outline of the same image, where there is one."""
    if origin is MaskOrigin.MANUAL or automatic is None:
        return MaskSource(origin)
    corrected = origin is MaskOrigin.CORRECTED
    return MaskSource(
        origin,
        added=int((mask & ~automatic.mask).sum()) if corrected else None,
        removed=int((automatic.mask & ~mask).sum()) if corrected else None,
        bundle=automatic.bundle,
        bundle_sha256=automatic.bundle_sha256,
        presence=automatic.presence,
        confidence=automatic.confidence,
    )
