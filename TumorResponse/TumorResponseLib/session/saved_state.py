"""A reading to JSON and back: what a scene keeps beside its nodes."""

from __future__ import annotations

import hashlib
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from TumorResponseLib.core.errors import StudyError, TumorResponseError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.study import Study
from TumorResponseLib.predict.system import System, SystemOutput
from TumorResponseLib.session.json_values import json_values
from TumorResponseLib.session.mask_source import MaskOrigin, MaskSource
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.predictions import prediction_of
from TumorResponseLib.session.reading import Models, Reading
from TumorResponseLib.session.steps import Status, Step, StepState

VERSION = 4


def to_json(reading: Reading) -> dict[str, Any]:
    """A reading's options, states, mask source, ring limits, measures, predictions, and the study's values.

    Image and tumour stay with the scene's nodes; the hash of the tumour's mask tells later whether it was edited there.
    The limits of the rings have no node of their own, so they are in here. Earlier time points are not kept; the study
    says so in its warnings from then on.
    """
    found = reading.found
    document = {
        "version": VERSION,
        "study": found.study.name if found.study else None,
        "options": asdict(_settled(reading)),
        "steps": {step.value: asdict(reading.state(step)) for step in Step},
        "mask_source": asdict(found.mask_source) if found.mask_source else None,
        "mask_sha256": None if found.mask is None else _sha256(found.mask),
        "limits": {name: _packed(mask) for name, mask in reading.limits.items()},
        "measurements": [asdict(measurement) for measurement in found.measurements],
        "predictions": {name: asdict(output.prediction) for name, output in found.outputs.items()},
        "shares": found.shares,
        "values": _values(found.study) if found.study else {},
        "timing_s": reading.timing_s,
    }
    values: dict[str, Any] = json_values(document)
    return values


def from_json(
    document: Mapping[str, Any], models: Models, systems: Mapping[str, System], study: Study, mask: MaskArray | None
) -> Reading:
    """The reading that ``to_json`` described.

    The mask keeps its source; one that was edited since is a corrected one. Rings are cut anew, which takes
    milliseconds, within the limits that they had. Predictions come back STALE, since the
    models may have changed and the activations behind the saliency are not kept; ``run`` renews both.

    Args:
        document: from ``to_json``.
        models: as for ``Reading``.
        systems: as for ``Reading``.
        study: what the scene's nodes hold.
        mask: likewise; None where the reading had none.

    Raises:
        StudyError: the document is of another version or not one of ours.
        MaskError: the mask, or a limit of the rings, has not the image's shape.
        UsageError: a system that was asked for then is not here now.
    """
    if document.get("version") != VERSION:
        raise StudyError(
            f"The reading saved in the scene has version {document.get('version')!r} and this program reads {VERSION}; "
            "open the study itself."
        )
    try:
        options = _options(document["options"])
        source = MaskSource(**_with_origin(document["mask_source"])) if document["mask_source"] else None
        sha256 = document["mask_sha256"]
        limits = {name: _unpacked(values) for name, values in document["limits"].items()}
        outputs = {name: SystemOutput(prediction_of(values)) for name, values in document["predictions"].items()}
        study = _with_values(study, document["values"])
        rings = StepState(Status(document["steps"][Step.RINGS]["status"]))
    except (AttributeError, KeyError, TypeError, ValueError, zlib.error) as error:
        raise StudyError(f"The reading saved in the scene is damaged ({error}); open the study itself.") from error
    reading = Reading(models, systems, options)
    reading.open(study)
    reading.set_limits(within=limits.get("within"), exclude=limits.get("exclude"))
    if mask is not None:
        if source is not None and _sha256(mask) != sha256:
            source = _edited(source)
        reading.set_mask(mask, source.origin if source else MaskOrigin.MANUAL)
        reading.found.mask_source = source or reading.found.mask_source
        if rings.status is Status.READY:
            with suppress(TumorResponseError):  # the step keeps the sentence
                reading.compute_rings()
        reading.recall(outputs)
    return reading


def _values(study: Study) -> dict[str, Any]:
    """What a study holds beside images, masks and files."""
    return {
        "timepoint": study.timepoint,
        "register": study.register,
        "laboratory": study.laboratory,
        "laboratory_ranges": study.laboratory_ranges,
        "warnings": (*study.warnings, *_not_kept(study)),
    }


def _not_kept(study: Study) -> list[str]:
    if not study.earlier:
        return []
    names = ", ".join(each.name for each in study.earlier)
    return [f"The scene does not hold the earlier time points ({names}); open the study itself to see what changed."]


def _with_values(study: Study, values: Mapping[str, Any]) -> Study:
    """The study with what ``_values`` gave."""
    return replace(
        study,
        timepoint=str(values["timepoint"]),
        register=bool(values["register"]),
        laboratory={str(name): float(value) for name, value in values["laboratory"].items()},
        laboratory_ranges={
            str(name): (None if low is None else float(low), None if high is None else float(high))
            for name, (low, high) in values["laboratory_ranges"].items()
        },
        warnings=tuple(map(str, values["warnings"])),
    )


def _settled(reading: Reading) -> ReadingOptions:
    """The options with what the study decided in them: the scene's nodes may hold less of it."""
    decision = reading.found.decision
    if decision is None:
        return reading.options
    view = decision.view
    return replace(reading.options, systems=decision.systems, role=view.role, frame_index=view.frame)


def _options(values: Mapping[str, Any]) -> ReadingOptions:
    return ReadingOptions(**{**values, "systems": tuple(values["systems"]), "radii_mm": tuple(values["radii_mm"])})


def _with_origin(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "origin": MaskOrigin(values["origin"])}


def _edited(source: MaskSource) -> MaskSource:
    """The source after a person changed the mask; the automatic mask is not kept, so nobody knows by how much."""
    origin = MaskOrigin.MANUAL if source.origin is MaskOrigin.MANUAL else MaskOrigin.CORRECTED
    return replace(source, origin=origin, added=None, removed=None, confidence=None)


def _sha256(mask: MaskArray) -> str:
    return hashlib.sha256(np.packbits(mask).tobytes()).hexdigest()


def _packed(mask: MaskArray) -> dict[str, Any]:
    """A mask as its shape and its bits in C order, deflated, in base 64."""
    return {"shape": mask.shape, "bits": b64encode(zlib.compress(np.packbits(mask).tobytes())).decode("ascii")}


def _unpacked(values: Mapping[str, Any]) -> MaskArray:
    packed = np.frombuffer(zlib.decompress(b64decode(values["bits"], validate=True)), np.uint8)
    return np.unpackbits(packed, count=int(np.prod(values["shape"]))).reshape(values["shape"]).astype(np.bool_)
