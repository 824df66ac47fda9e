"""A cine as the study says it is to be read: cut to its contrast side, log compression stated, frames aligned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from TumorResponseLib.core.image import Image
from TumorResponseLib.core.loading.loaded import LoadedImage
from TumorResponseLib.core.loading.sides import half_of, other_side


def prepared(loaded: LoadedImage, side: str, dynamic_range_db: float | None, register: bool) -> LoadedImage:
    """The cine as its study's fields say; any other image as it is.

    Args:
        loaded: from ``load_image``.
        side: half of a dual display that shows the contrast agent; ``""`` where the whole picture is read.
        dynamic_range_db: of the log compression; it wins over what the file says.
        register: whether frames are brought to the brightest one by a rigid motion in the plane. On a dual display the
            motion is found on the tissue's half, which contrast does not change.
    """
    image = loaded.image
    if not image.is_cine:
        return loaded
    contrast = half_of(image, side) if side else image
    if dynamic_range_db is not None:
        contrast = replace(contrast, dynamic_range_db=dynamic_range_db)
    warnings = loaded.warnings
    if register:
        contrast, said = _registered(contrast, half_of(image, other_side(side)) if side else contrast)
        warnings = (*warnings, said)
    return replace(loaded, image=contrast, warnings=warnings)


def _registered(contrast: Image, guide: Image) -> tuple[Image, str]:
    # SimpleITK's registration is imported only for cines that ask for it.
    from TumorResponseLib.core.perfusion.motion import move_frames, rigid_motions

    reference = int(contrast.pixels.mean(axis=(1, 2)).argmax())
    motions = rigid_motions(guide.pixels, reference)
    largest = float(np.hypot(motions[:, 1], motions[:, 2]).max())
    return replace(contrast, pixels=move_frames(contrast.pixels, motions)), (
        f"The frames of the cine were brought to frame {reference + 1} by rigid motions of up to {largest:.1f} pixels."
    )
