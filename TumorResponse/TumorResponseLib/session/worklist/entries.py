"""What stands in one row of the worklist."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.session.mask_source import MaskSource
from TumorResponseLib.session.study_source import StudySource


class EntryStatus(StrEnum):
    """How far a person is with a case: not looked at, read by the model, outline corrected, accepted, set aside."""

    NEW = "new"
    READ = "read"
    CORRECTED = "corrected"
    ACCEPTED = "accepted"
    FLAGGED = "flagged"


@dataclass(frozen=True)
class Case:
    """A study that was found and can be opened.

    Attributes:
        name: where it lies below the place that was searched, without extension, or the cohort row's name.
        source: how to load it.
    """

    name: str
    source: StudySource


@dataclass(frozen=True, eq=False)
class SavedMask:
    """A tumour mask as it was kept, ``bool`` on the image's grid.

    Attributes:
        source: who drew it.
        automatic: the network's outline that a correction started from; None when it was not kept.
    """

    mask: MaskArray
    source: MaskSource
    automatic: MaskArray | None = None


@dataclass(frozen=True)
class Entry:
    """One case of the worklist, as it was last saved.

    Attributes:
        number: from 1 in the order of adding; never changes, names the case's files.
        seconds: how long the case has been looked at.
        has_mask: whether a mask is kept for it.
        thumbnail: a small PNG; None before there is one.
        result: the last ``result.json`` document; None before there is one. To be read, not changed.
    """

    number: int
    source: StudySource
    name: str
    status: EntryStatus = EntryStatus.NEW
    comment: str = ""
    seconds: float = 0.0
    has_mask: bool = False
    thumbnail: bytes | None = None
    result: dict[str, Any] | None = None
