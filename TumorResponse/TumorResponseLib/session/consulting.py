"""Ask the systems, with the bundles that they need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from TumorResponseLib.core.errors import TumorResponseError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.system import System, SystemOutput
from TumorResponseLib.session.findings import UsedBundle


class Models(Protocol):
    """Where open model bundles come from; ``models.runtime.ModelLibrary`` is the one in use."""

    def open(self, name: str) -> OpenBundle:
        """The open bundle of this name; raises BundleError or DeviceError."""
        ...


@contextmanager
def using(models: Models, name: str, used: dict[str, UsedBundle]) -> Iterator[OpenBundle]:
    """An open bundle; what it ran on, and its warnings, go into ``used`` afterwards, since both may change in use."""
    bundle = models.open(name)
    try:
        yield bundle
    finally:
        used[name] = UsedBundle.of(bundle)


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
