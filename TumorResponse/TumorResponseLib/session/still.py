"""Which image of a study is read."""

from __future__ import annotations

from dataclasses import replace

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.study import CINE_ROLE, SINGLE_IMAGE_ROLE, Study
from TumorResponseLib.session.options import ReadingOptions


def choose_still(study: Study, options: ReadingOptions) -> tuple[Study, Image]:
    """The study with one frame in place of a cine of the chosen role, and that image.

    The whole cine stays in the study under ``CINE_ROLE``, for the systems that read it; of a cine the study says in its
    warnings which frame stands for it.

    Raises:
        StudyError: there is no image of this role, or no frame of this number.
    """
    image = study.image(options.role)
    if not image.is_cine:
        return study, image
    count, index = image.pixels.shape[0], options.frame_index
    if not 0 <= index < count:
        raise StudyError(
            f"The cine {study.name} has frames 1 to {count} and frame {index + 1} was asked for; choose one of them."
        )
    still = image.at_time(index)
    warning = (
        f"Frame {index + 1} of the cine's {count} frames is shown and measured; only systems that read cines see the "
        "others."
    )
    others = swap_image(study, image, still).images if len(study.images) > 1 else {SINGLE_IMAGE_ROLE: still}
    return replace(study, images={**others, CINE_ROLE: image}, warnings=(*study.warnings, warning)), still


def swap_image(study: Study, old: Image, new: Image) -> Study:
    """The study with ``new`` wherever ``old`` was."""
    return replace(study, images={role: new if image is old else image for role, image in study.images.items()})


def calibrated(study: Study, still: Image, spacing: Spacing) -> tuple[Study, Image]:
    """The study and its still with another spacing; the cine behind the still takes it too.

    Raises:
        SpacingError: it does not have one number for each axis.
    """
    new = still.with_spacing(spacing)
    changed = swap_image(study, still, new)
    cine = changed.images.get(CINE_ROLE)
    if cine is not None and cine.is_cine:
        changed = replace(changed, images={**changed.images, CINE_ROLE: cine.with_spacing(spacing)})
    return changed, new
