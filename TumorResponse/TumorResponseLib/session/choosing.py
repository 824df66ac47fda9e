"""Which systems read a study, and which of its images they have shown, outlined and measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from TumorResponseLib.core.errors import MaskError
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.loading.masks import TUMOUR_ROLE
from TumorResponseLib.core.study import SINGLE_IMAGE_ROLE, Study
from TumorResponseLib.predict.system import System, View
from TumorResponseLib.session.options import ReadingOptions

LIMITS = ("within", "exclude")
"""Roles of the masks that limit the rings."""

SAME_PLACE_MM = 1e-3


@dataclass(frozen=True)
class Decision:
    """How a study is read.

    Attributes:
        systems: names of those that are asked, in order.
        view: which image is shown, outlined and measured, and what may be laid behind it.
    """

    systems: tuple[str, ...]
    view: View


def decide(study: Study, options: ReadingOptions, systems: Mapping[str, System]) -> Decision:
    """Which systems are asked about a study, and what is shown of it.

    Args:
        study: with a whole cine or one whose still was chosen already.
        options: what they leave open the study decides.
        systems: those that can be asked, by name, in their order.

    Raises:
        StudyError: the study has no image to be shown.
    """
    names = options.systems or systems_for(study.images, systems)
    return Decision(names, chosen_view(study, options, systems[names[0]] if names else None))


def systems_for(roles: Mapping[str, object], systems: Mapping[str, System]) -> tuple[str, ...]:
    """The system that a study is for, by the roles of its images.

    The first one that finds all the images it needs; where there is none, the one that finds most of them, so that it
    can say which are missing; where none finds any, the first that reads a single image.

    Args:
        roles: of the study's images.
        systems: those that can be asked, by name, in their order.

    Returns:
        One name, or none where no system reads such a study.
    """
    for name, system in systems.items():
        if set(system.roles) <= roles.keys():
            return (name,)
    found = {name: len(set(system.roles) & roles.keys()) for name, system in systems.items()}
    if any(found.values()):
        return (max(found, key=lambda name: found[name]),)
    return tuple(name for name, system in systems.items() if system.roles == (SINGLE_IMAGE_ROLE,))[:1]


def chosen_view(study: Study, options: ReadingOptions, system: System | None) -> View:
    """What is shown of a study: as the system says, but for what ``options`` say.

    Args:
        study: with a whole cine or one whose still was chosen already.
        options: a role or a frame that is None is left to the system.
        system: the first that is asked; None shows the single image, of a cine the first frame.

    Raises:
        StudyError: the study has no such image.
    """
    role = options.role if len(study.images) > 1 else None  # a single image answers to any role
    view = View(role or SINGLE_IMAGE_ROLE)
    if system is not None and role in (None, *system.roles):
        of_system = system.view(study)
        view = of_system if role in (None, of_system.role) else view
    frame = view.frame if options.frame_index is None else options.frame_index
    backdrop = view.backdrop if view.backdrop in study.images else None
    return View(view.role, (frame or 0) if study.image(view.role).is_cine else None, backdrop)


def tumour_of(study: Study, view: View) -> MaskArray | None:
    """The tumour's mask that the study brings for the image of ``view``; None where it brings none."""
    return study.masks.get(view.role, study.masks.get(TUMOUR_ROLE))


def masks_on(image: Image, study: Study, role: str) -> dict[str, MaskArray]:
    """The tumour's mask and the limits of the rings, as the study brings them for the image that is read.

    Args:
        image: that image, of ``role``.
        study: as it was loaded: a mask of that role is the tumour's, and other masks lie on its first image.
        role: of the view.

    Raises:
        MaskError: a mask was drawn on the first image and another one, on another grid, is read.
    """
    masks = {name: study.masks[name] for name in (TUMOUR_ROLE, *LIMITS) if name in study.masks}
    if role in study.masks:
        masks.pop(TUMOUR_ROLE, None)
    first, drawn_on = next(iter(study.images.items()))
    if masks and not _same_place(drawn_on, image):
        raise MaskError(
            f"The {next(iter(masks))} mask of {study.name} lies on its first image, {first}, and the image {role} is "
            f"read; name the tumour's mask mask_{role}, or the image {role} first."
        )
    return masks | ({TUMOUR_ROLE: study.masks[role]} if role in study.masks else {})


def _same_place(one: Image, other: Image) -> bool:
    """Whether the voxels of both lie in the same places."""
    return (
        one.spatial_shape == other.spatial_shape
        and (None if one.spacing is None else one.spacing.mm) == (None if other.spacing is None else other.spacing.mm)
        and np.allclose(one.frame.origin, other.frame.origin, atol=SAME_PLACE_MM)
        and np.allclose(one.frame.directions, other.frame.directions, atol=SAME_PLACE_MM)
    )
