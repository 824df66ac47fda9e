"""Ask the systems for outline, prediction and exhibits, with the bundles that they need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from TumorResponseLib.core.errors import BundleError, TumorResponseError, UsageError
from TumorResponseLib.core.exhibits import Exhibits
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.rings import Rings
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.device import brief
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.segmentation import Segmentation, segment
from TumorResponseLib.predict.system import System, SystemOutput
from TumorResponseLib.session.findings import UsedBundle


class Models(Protocol):
    """Where open model bundles come from; ``models.runtime.ModelLibrary`` is the one in use."""

    def open(self, name: str) -> OpenBundle:
        """The open bundle of this name; raises BundleError or DeviceError."""
        ...


@contextmanager
def using(models: Models, name: str, used: dict[str, UsedBundle]) -> Iterator[OpenBundle]:
    """An open bundle; what it ran on, and its warnings, go into ``used`` afterwards, since both may change in use.

    Raises:
        BundleError: there is none, or a file of it holds other values than the system needs.
    """
    bundle = models.open(name)
    try:
        yield bundle
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise BundleError(
            f"The bundle {name} does not fit what it is used for ({type(error).__name__}: {brief(error)}); train or "
            "install it again."
        ) from error
    finally:
        used[name] = UsedBundle.of(bundle)


def outline_tumour(
    names: Sequence[str],
    segmentation: str | None,
    systems: Mapping[str, System],
    models: Models,
    study: Study,
    image: Image,
    used: dict[str, UsedBundle],
) -> Segmentation:
    """Have the first system outline the tumour on the image that is read.

    Args:
        names: of the systems that are asked.
        segmentation: a bundle of a breast ultrasound network that outlines it instead; None for no such.
        systems, models, study, image: as the reading has them.
        used: takes what the bundle ran on.

    Raises:
        UsageError: no model outlines this system's tumours.
        TumorResponseError: the image does not allow it.
    """
    if segmentation is not None:
        with using(models, segmentation, used) as bundle:
            return segment(image, bundle)
    if not names:
        raise UsageError("Nothing says which bundle outlines the tumour; choose a system or a segmentation bundle.")
    system = systems[names[0]]
    if system.segmentation is None:
        raise UsageError(f"No model outlines the tumour for the system {system.name}; draw the outline.")
    with using(models, system.segmentation, used) as bundle:
        return system.outline(study, image, bundle)


def ask_systems(
    names: Sequence[str],
    systems: Mapping[str, System],
    models: Models,
    study: Study,
    tumour: MaskArray,
    used: dict[str, UsedBundle],
) -> tuple[dict[str, SystemOutput], list[str]]:
    """Ask each system in turn.

    Returns:
        The answers by name, and the sentences of those that refuse.

    Raises:
        TumorResponseError: all refuse; the first one's sentence.
    """
    outputs: dict[str, SystemOutput] = {}
    refusals: list[TumorResponseError] = []
    for name in names:
        try:
            with using(models, name, used) as bundle:
                outputs[name] = systems[name].predict(study, tumour, bundle)
        except TumorResponseError as error:
            refusals.append(error)
    if refusals and not outputs:
        raise refusals[0]
    return outputs, list(dict.fromkeys(map(str, refusals)))


def ask_for_exhibits(
    outputs: Mapping[str, SystemOutput],
    systems: Mapping[str, System],
    models: Models,
    study: Study,
    tumour: MaskArray,
    rings: Rings | None,
    used: dict[str, UsedBundle],
) -> tuple[dict[str, Exhibits], list[str]]:
    """Ask each system that answered what it lays beside its prediction.

    Returns:
        The exhibits by the system's name, and the sentences of those that refuse.
    """
    exhibits: dict[str, Exhibits] = {}
    refusals: list[str] = []
    for name, output in outputs.items():
        try:
            with using(models, name, used) as bundle:
                exhibits[name] = systems[name].exhibits(study, tumour, rings, output, bundle)
        except TumorResponseError as error:
            refusals.append(str(error))
    return exhibits, list(dict.fromkeys(refusals))
