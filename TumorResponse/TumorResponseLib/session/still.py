"""Which image of a study is read."""

from __future__ import annotations

from dataclasses import replace

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image
from TumorResponseLib.core.study import Study
from TumorResponseLib.session.options import ReadingOptions


def choose_still(study: Study, options: ReadingOptions) -> tuple[Study, Image]:
    """The study with one frame in place of a cine of the chosen role, and that image.

    Of a cine the study says in its warnings that only one frame was read.

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
    warning = f"Only frame {index + 1} of the cine's {count} frames was read."
    return replace(swap_image(study, image, still), warnings=(*study.warnings, warning)), still


def swap_image(study: Study, old: Image, new: Image) -> Study:
    """The study with ``new`` wherever ``old`` was."""
    return replace(study, images={role: new if image is old else image for role, image in study.images.items()})
