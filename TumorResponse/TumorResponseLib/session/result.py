"""``result.json``: what one reading found, as Resources/Schemas/result.schema.json describes it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.measure import RegionMeasurement
from TumorResponseLib.session.exhibit_values import exhibits_document
from TumorResponseLib.session.json_values import json_values
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.software import software_versions
from TumorResponseLib.session.steps import Step

SCHEMA_VERSION = "1.1"


def result_document(reading: Reading) -> dict[str, Any]:
    """The reading as JSON values. Only READY steps put in numbers; why another one did not stands in the warnings.

    Raises:
        UsageError: no study is open.
    """
    found = reading.found
    if found.study is None or found.image is None:
        raise UsageError("There is no result without a study; open one first.")
    spacing = found.image.spacing
    measurements = found.measurements if reading.is_ready(Step.RINGS) else ()
    outputs = found.outputs.values() if reading.is_ready(Step.PREDICTION) else ()
    return {
        "schema_version": SCHEMA_VERSION,
        "study": found.study.name,
        "input": {
            "files": [{"path": str(file.path), "sha256": file.sha256} for file in found.study.files],
            "modality": found.image.modality,
            "shape": list(found.image.pixels.shape),
            "spacing_mm": None if spacing is None else list(spacing.mm),
            "spacing_source": None if spacing is None else spacing.source,
        },
        "software": software_versions(),
        "device": device_document(reading),
        "segmentation": _segmentation(reading),
        "regions": [_region(measurement) for measurement in measurements],
        "predictions": [json_values(asdict(output.prediction)) for output in outputs],
        "saliency": found.shares if reading.is_ready(Step.SALIENCY) else {},
        "exhibits": exhibits_document(found) if reading.is_ready(Step.SALIENCY) else {},
        "timing_s": reading.timing_s,
        "warnings": list(reading.warnings),
    }


def device_document(reading: Reading) -> dict[str, str]:
    """What ran the models: of several devices, as after one bundle ran out of GPU memory, the CPU."""
    devices = [bundle.device for bundle in reading.found.bundles.values()]
    if not devices:
        return {"name": "cpu", "note": "No model was run."}
    device = min(devices, key=lambda device: device.name != "cpu")
    return {"name": device.name, "provider": device.provider, "note": device.note}


def _segmentation(reading: Reading) -> dict[str, Any] | None:
    source = reading.found.mask_source
    if source is None or not reading.is_ready(Step.MASK):
        return None
    return {
        "bundle": source.bundle,
        "bundle_sha256": source.bundle_sha256,
        "confidence": source.confidence,
        "presence": source.presence,
        "origin": source.origin.value,
    }


def _region(measurement: RegionMeasurement) -> dict[str, Any]:
    """An area in 2-D or a volume in 3-D, never both."""
    values = json_values(asdict(measurement))
    values.pop("area_mm2" if measurement.volume_mm3 is not None else "volume_mm3")
    return values
