"""The still that stands for a cine, and the spacing of both."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.study import CINE_ROLE, SINGLE_IMAGE_ROLE, Study
from TumorResponseLib.predict.system import View


def choose_still(study: Study, view: View, read: Collection[str] = ()) -> tuple[Study, Image]:
    """The study with one frame of a cine beside it, and the image that is read.

    The whole cine stays in the study under ``CINE_ROLE``, for the systems that read it. The still takes the place of a
    cine of another role, beside which an image of the role ``CINE_ROLE`` stays; that of a study's only image, or of the
    role ``CINE_ROLE``, stands under ``SINGLE_IMAGE_ROLE`` where no other image does. The study says in its warnings
    which frame was chosen, unless the cine is read as a whole. A study whose still was chosen already is given back as
    it is.

    Args:
        study: as it was loaded, or with its still.
        view: which image, and which of its frames.
        read: roles of the images that the asked systems read.

    Raises:
        StudyError: there is no image of this role, or no frame of this number.
    """
    image = study.image(view.role)
    if not image.is_cine:
        return study, image
    count, index = image.pixels.shape[0], view.frame or 0
    if not 0 <= index < count:
        raise StudyError(
            f"The cine {study.name} has frames 1 to {count} and frame {index + 1} was asked for; choose one of them."
        )
    still = image.at_time(index)
    standing = study.images.get(SINGLE_IMAGE_ROLE)
    if standing is not None and not standing.is_cine and np.array_equal(standing.pixels, still.pixels):
        return study, standing
    own = next(role for role, each in study.images.items() if each is image)
    others = {role: each for role, each in study.images.items() if each is not image}
    place = SINGLE_IMAGE_ROLE if own == CINE_ROLE or not others else own
    images = {place: still, **others, CINE_ROLE: others.get(CINE_ROLE, image)}
    chosen = replace(study, images=images)
    if images[CINE_ROLE] is image and CINE_ROLE in read:
        return chosen, still
    warning = (
        f"Frame {index + 1} of the cine's {count} frames is shown and measured; only systems that read cines see the "
        "others."
    )
    return replace(chosen, warnings=tuple(dict.fromkeys((*study.warnings, warning)))), still


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
