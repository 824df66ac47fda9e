"""A reading to JSON and back: what a scene keeps beside the pixels."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from TumorResponseLib.core.errors import StudyError, TumorResponseError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.study import Study
from TumorResponseLib.predict.system import Prediction, System, SystemOutput
from TumorResponseLib.session.json_values import json_values
from TumorResponseLib.session.mask_source import MaskOrigin, MaskSource
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.reading import Models, Reading
from TumorResponseLib.session.steps import Status, Step, StepState

VERSION = 1


def to_json(reading: Reading) -> dict[str, Any]:
    """A reading's options, states, mask source, measures and predictions; the pixels stay with the scene's nodes."""
    found = reading.found
    document = {
        "version": VERSION,
        "study": found.study.name if found.study else None,
        "options": asdict(reading.options),
        "steps": {step.value: asdict(reading.state(step)) for step in Step},
        "mask_source": asdict(found.mask_source) if found.mask_source else None,
        "measurements": [asdict(measurement) for measurement in found.measurements],
        "predictions": {name: asdict(output.prediction) for name, output in found.outputs.items()},
        "shares": found.shares,
        "timing_s": reading.timing_s,
    }
    values: dict[str, Any] = json_values(document)
    return values


def from_json(
    document: Mapping[str, Any], models: Models, systems: Mapping[str, System], study: Study, mask: MaskArray | None
) -> Reading:
    """The reading that ``to_json`` described.

    The mask keeps its source. Rings are cut anew, which takes milliseconds. Predictions come back STALE, since the
    models may have changed and the activations behind the saliency are not kept; ``run`` renews both.

    Args:
        document: from ``to_json``.
        models: as for ``Reading``.
        systems: as for ``Reading``.
        study: what the scene's nodes hold.
        mask: likewise; None where the reading had none.

    Raises:
        StudyError: the document is of another version or not one of ours.
        MaskError: the mask has not the image's shape.
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
        outputs = {name: SystemOutput(_prediction(values)) for name, values in document["predictions"].items()}
        rings = StepState(Status(document["steps"][Step.RINGS]["status"]))
    except (KeyError, TypeError, ValueError) as error:
        raise StudyError(f"The reading saved in the scene is damaged ({error}); open the study itself.") from error
    reading = Reading(models, systems, options)
    reading.open(study)
    if mask is not None:
        reading.set_mask(mask, source.origin if source else MaskOrigin.MANUAL)
        reading.found.mask_source = source or reading.found.mask_source
        if rings.status is Status.READY:
            with suppress(TumorResponseError):  # the step keeps the sentence
                reading.compute_rings()
        reading.recall(outputs)
    return reading


def _options(values: Mapping[str, Any]) -> ReadingOptions:
    return ReadingOptions(**{**values, "systems": tuple(values["systems"]), "radii_mm": tuple(values["radii_mm"])})


def _with_origin(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "origin": MaskOrigin(values["origin"])}


def _prediction(values: Mapping[str, Any]) -> Prediction:
    low, high = values["interval"]
    lists = {"classes": tuple(values["classes"]), "probabilities": tuple(values["probabilities"])}
    return Prediction(**{**values, **lists, "interval": (low, high)})
