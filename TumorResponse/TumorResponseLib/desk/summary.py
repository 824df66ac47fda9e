"""What the result area shows of one reading: numbers, and the sentences around them, ready for any shell."""

from __future__ import annotations

from dataclasses import dataclass

from TumorResponseLib.core.image import Image
from TumorResponseLib.core.measure import RegionMeasurement, volume_unit
from TumorResponseLib.desk.exhibits_summary import ExhibitsSummary, exhibits_summary
from TumorResponseLib.explain.activation import FUSED
from TumorResponseLib.predict.system import Prediction
from TumorResponseLib.report.branch_title import branch_title
from TumorResponseLib.report.colours import region_colours
from TumorResponseLib.report.estimate_text import estimate_interval, estimate_value
from TumorResponseLib.session.mask_source import MaskOrigin, MaskSource
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Status, Step

DISCLAIMER = "Research use only"
PET = "PT"
"""DICOM's modality."""
EVIDENCE = {
    "virtual cohort": "Virtual cohort: trained on simulated patients; its numbers say nothing about a real one.",
    "patients": "Trained on patients.",
}


@dataclass(frozen=True)
class EstimateText:
    """A quantity that a system estimates: ``"Viability"``, ``"62 %"``, ``"90 % interval 51 to 73 %"``."""

    name: str
    value: str
    interval: str


@dataclass(frozen=True)
class PredictionSummary:
    """What one system said.

    Attributes:
        title: the endpoint as a heading.
        bundle: by whose model card more can be read.
        decision: such as ``Responder``.
        probability: of the last class, in [0, 1].
        probability_of: the last class's name.
        interval: lower and upper bound of ``probability``.
        interval_level: nominal coverage, such as 0.9.
        probability_text: such as ``"responder: 26 %, 90 % interval 18 to 40 %"``.
        classes: name and probability of each class.
        evidence_text: to stand in plain sight.
        out_of_distribution: one sentence; ``""`` when the study is like those of the training.
        branches: title of each region or branch with its probability of the last class.
        estimates: further quantities in words, in the system's order.
    """

    system: str
    title: str
    bundle: str
    endpoint: str
    decision: str
    probability: float
    probability_of: str
    interval: tuple[float, float]
    interval_level: float
    probability_text: str
    classes: tuple[tuple[str, float], ...]
    evidence_text: str
    out_of_distribution: str
    branches: tuple[tuple[str, float], ...]
    estimates: tuple[EstimateText, ...]


@dataclass(frozen=True)
class RegionRow:
    """One line of the table of regions; ``colour`` is ``#rrggbb``."""

    name: str
    colour: str
    voxels: int
    size_text: str
    diameters_text: str


@dataclass(frozen=True)
class Share:
    """A region's share of the fused saliency, in [0, 1]; ``colour`` is ``#rrggbb``."""

    region: str
    share: float
    colour: str


@dataclass(frozen=True)
class Summary:
    """All that the result area shows; parts that are not known yet are empty.

    Attributes:
        shares: the fused saliency of the first system.
        exhibits: what the systems lay beside their predictions.
        diameters: the longest and the longest across it, such as ``"23.4 × 15.1 mm"``.
        diameters_kind: what they are: those of RECIST 1.1, or on a PET the extent of the uptake.
        mask_source: such as ``"corrected: 120 voxels added, 31 removed"``.
        warnings: sentences to be seen beside the result.
        stale: whether something shown no longer fits the mask; ``stale_reason`` says why.
    """

    predictions: tuple[PredictionSummary, ...]
    regions: tuple[RegionRow, ...]
    shares: tuple[Share, ...]
    exhibits: tuple[ExhibitsSummary, ...]
    diameters: str
    diameters_kind: str
    mask_source: str
    warnings: tuple[str, ...]
    stale: bool
    stale_reason: str
    disclaimer: str = DISCLAIMER


def summary(reading: Reading | None) -> Summary | None:
    """What is known of a reading; None before an image is open."""
    if reading is None or (image := reading.found.image) is None:
        return None
    found = reading.found
    reasons = [
        reading.state(step).reason for step in (Step.RINGS, Step.PREDICTION, Step.SALIENCY) if _old(reading, step)
    ]
    said_elsewhere = {reading.state(step).reason for step in Step if reading.state(step).status is Status.STALE}
    said_elsewhere |= {output.prediction.outside_training for output in found.outputs.values()}
    layer = next((name for name in found.shares if name.split("-")[-1] == FUSED), None)
    return Summary(
        predictions=tuple(prediction_summary(output.prediction) for output in found.outputs.values()),
        regions=region_rows(found.measurements),
        shares=_shares(found.shares[layer]) if layer is not None else (),
        exhibits=exhibits_summary(reading),
        diameters=diameters_text(found.measurements),
        diameters_kind="uptake" if image.modality == PET else "RECIST 1.1",
        mask_source=mask_source_text(found.mask_source),
        warnings=tuple(sentence for sentence in reading.warnings if sentence not in said_elsewhere),
        stale=bool(reasons),
        stale_reason=next(filter(None, reasons), ""),
    )


def prediction_summary(prediction: Prediction) -> PredictionSummary:
    """One system's prediction in words and numbers."""
    low, high = prediction.interval
    probability, last = prediction.probabilities[-1], prediction.classes[-1]
    return PredictionSummary(
        system=prediction.system,
        title=_capitalised(prediction.endpoint),
        bundle=prediction.bundle,
        endpoint=prediction.endpoint,
        decision=prediction.decision,
        probability=probability,
        probability_of=last,
        interval=prediction.interval,
        interval_level=prediction.interval_level,
        probability_text=(
            f"{last}: {percent(probability)}, {percent(prediction.interval_level)} interval "
            f"{100 * low:.0f} to {percent(high)}"
        ),
        classes=tuple(zip(prediction.classes, prediction.probabilities, strict=True)),
        evidence_text=EVIDENCE.get(prediction.evidence, f"Evidence: {prediction.evidence}."),
        out_of_distribution=prediction.outside_training,
        branches=tuple((branch_title(name), value) for name, value in prediction.branches.items()),
        estimates=tuple(
            EstimateText(_capitalised(one.name), estimate_value(one), estimate_interval(one, prediction.interval_level))
            for one in prediction.estimates
        ),
    )


def is_volume(image: Image | None) -> bool:
    """Whether ``spacing_text`` measures voxels, not pixels."""
    return image is not None and image.pixels.ndim == 3


def spacing_text(image: Image | None) -> str:
    """What a pixel or voxel of an image measures, and who says so; ``""`` without an image."""
    if image is None:
        return ""
    if image.spacing is None:
        return "unknown"
    return " × ".join(f"{mm:.3g}" for mm in image.spacing.mm) + f" mm ({image.spacing.source})"


def region_rows(measurements: tuple[RegionMeasurement, ...]) -> tuple[RegionRow, ...]:
    """Size of the tumour and of each ring, all in the unit that suits the tumour."""
    volume_mm3 = measurements[0].volume_mm3 if measurements else None
    unit, mm3 = volume_unit(volume_mm3 or 0.0)
    colours = region_colours([each.name for each in measurements])
    return tuple(
        RegionRow(each.name, colours[each.name], each.voxels, _size(each, unit, mm3), diameters_text((each,)))
        for each in measurements
    )


def diameters_text(measurements: tuple[RegionMeasurement, ...]) -> str:
    """The tumour's longest diameter and the longest across it; ``""`` when they are not known."""
    tumour = measurements[0] if measurements else None
    if tumour is None or tumour.long_diameter_mm is None or tumour.short_diameter_mm is None:
        return ""
    return f"{tumour.long_diameter_mm:.1f} × {tumour.short_diameter_mm:.1f} mm"


def mask_source_text(source: MaskSource | None) -> str:
    """Who outlined the tumour; ``""`` where nobody did."""
    if source is None:
        return ""
    if source.origin is MaskOrigin.MANUAL:
        return "manual"
    if source.origin is MaskOrigin.CORRECTED:
        changed = f": {source.added} voxels added, {source.removed} removed" if source.added is not None else ""
        return f"corrected{changed}"
    confidence = f", confidence {percent(source.confidence)}" if source.confidence is not None else ""
    return f"automatic{confidence}"


def percent(value: float) -> str:
    """A probability or share in whole percent."""
    return f"{100 * value:.0f} %"


def _old(reading: Reading, step: Step) -> bool:
    return reading.found.has(step) and not reading.is_ready(step)


def _shares(shares: dict[str, float]) -> tuple[Share, ...]:
    colours = region_colours(list(shares))
    return tuple(Share(region, share, colours[region]) for region, share in shares.items())


def _size(measurement: RegionMeasurement, unit: str, mm3: float) -> str:
    if measurement.volume_mm3 is not None:
        return f"{measurement.volume_mm3 / mm3:.{2 if mm3 > 1 else 0}f} {unit}"
    return f"{measurement.area_mm2:.0f} mm²" if measurement.area_mm2 is not None else ""


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
