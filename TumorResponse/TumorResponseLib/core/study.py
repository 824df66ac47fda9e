"""A study: the images of one patient at one or more time points, with what is known beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image, MaskArray

SINGLE_IMAGE_ROLE = "image"
"""Role of the image of a study that has only one."""

CINE_ROLE = "cine"
"""Role of the whole cine beside the still that was chosen from it."""


@dataclass(frozen=True)
class SourceFile:
    """A file that was read, with its SHA-256 in hexadecimal."""

    path: Path
    sha256: str


@dataclass(frozen=True)
class Study:
    """One patient's images and values, as one cohort row or one input of ``read`` gives them.

    Attributes:
        name: file or folder stem; names results, never a patient's name.
        images: images by role (``image`` when there is one; ``t1``, ``pet``, ... otherwise).
        masks: masks by role (``tumour``, ``within``, ``exclude``), each on its image's grid.
        files: what was read.
        timepoint: label of the time point, ``""`` when there is one only.
        laboratory: laboratory and clinical values by column name; those of the panel (``core.laboratory``) by the
            panel's names and in its units.
        earlier: the same patient's earlier time points, oldest first, each a full study.
        register: whether volumes are registered to one another although they lie in one frame of reference, such as
            after the patient moved; never by itself.
        laboratory_ranges: reference ranges (low, high) that the study's own laboratory states, in the same units;
            None where it states no limit on that side.
        warnings: sentences that the user should see beside the result.
    """

    name: str
    images: dict[str, Image]
    masks: dict[str, MaskArray] = field(default_factory=dict)
    files: tuple[SourceFile, ...] = ()
    timepoint: str = ""
    laboratory: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    laboratory_ranges: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    earlier: tuple[Study, ...] = ()
    register: bool = False

    def image(self, role: str = SINGLE_IMAGE_ROLE) -> Image:
        """The image of a role; a single image answers to any role.

        Raises:
            StudyError: the study has several images and none of this role.
        """
        if role in self.images:
            return self.images[role]
        if len(self.images) == 1:
            return next(iter(self.images.values()))
        raise StudyError(f"The study {self.name} has no image of role {role!r}; it has {', '.join(self.images)}.")
