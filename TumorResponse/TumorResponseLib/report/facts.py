"""What the report says of one reading, in words and numbers, ready for the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from TumorResponseLib.core.study import SourceFile
from TumorResponseLib.predict.system import Prediction, View
from TumorResponseLib.report.colours import region_colours
from TumorResponseLib.session.mask_source import MaskOrigin, MaskSource
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.result import device_document
from TumorResponseLib.session.software import software_versions
from TumorResponseLib.session.steps import Status, Step

STEP_TITLES = {
    Step.IMAGE: "Image",
    Step.MASK: "Tumour",
    Step.RINGS: "Rings",
    Step.PREDICTION: "Prediction",
    Step.SALIENCY: "Saliency",
}
"""The report itself is not among the steps that it shows."""

SHORT_SHA = 12
"""Hexadecimal digits of a SHA-256 that the page shows: enough to tell files apart."""

MOST_FILES = 6
"""Of one folder that are named one by one."""


@dataclass(frozen=True)
class StepFact:
    """One step of the strip; ``missing`` says why there is no result, ``""`` when there is one."""

    title: str
    status: str
    missing: str


@dataclass(frozen=True)
class ShareFact:
    """One bar of a saliency chart: a region's share in [0, 1]."""

    region: str
    colour: str
    share: float


@dataclass(frozen=True)
class CardFact:
    """A bundle's card in short: pairs of heading and text."""

    name: str
    version: str
    evidence: str
    rows: tuple[tuple[str, str], ...]


def step_facts(reading: Reading) -> dict[str, StepFact]:
    """The steps by name, each with why it has no result to show."""
    return {
        step.value: StepFact(title, reading.state(step).status.value, _missing(reading, step))
        for step, title in STEP_TITLES.items()
    }


def _missing(reading: Reading, step: Step) -> str:
    state = reading.state(step)
    if state.status is Status.READY:
        return ""
    if state.status is Status.STALE:
        return f"{state.reason} What was found before no longer fits; run the reading again."
    return state.reason or "Not done."


def notices(reading: Reading) -> list[str]:
    """The warnings for the top of the page; why a step has no result is said in that step's section instead."""
    states = [reading.state(step) for step in Step]
    said_below = {state.reason for state in states if state.status is not Status.READY}
    said_above = {state.reason for state in states if state.status is Status.READY}
    return [sentence for sentence in reading.warnings if sentence not in said_below - said_above]


def predictions(reading: Reading) -> list[Prediction]:
    """What the systems said; none where the prediction is not ready."""
    if not reading.is_ready(Step.PREDICTION):
        return []
    return [output.prediction for output in reading.found.outputs.values()]


def share_facts(reading: Reading) -> dict[str, list[ShareFact]]:
    """The fused saliency's share by region, for each system: ``fused``, or with several ``<system>-fused``."""
    if not reading.is_ready(Step.SALIENCY):
        return {}
    fused = {layer: shares for layer, shares in reading.found.shares.items() if layer.split("-")[-1] == "fused"}
    return {
        layer: [ShareFact(region, colour, shares[region]) for region, colour in region_colours(list(shares)).items()]
        for layer, shares in fused.items()
    }


def card_facts(reading: Reading) -> list[CardFact]:
    """The cards of the bundles that were used."""
    keys = {"intended_use": "Intended use", "training_data": "Training data", "licence": "Licence"}
    return [
        CardFact(
            name,
            opened.bundle.metadata["version"],
            opened.bundle.metadata["evidence"],
            (
                *((title, opened.bundle.metadata[key]) for key, title in keys.items()),
                ("SHA-256", opened.bundle.sha256[:SHORT_SHA]),
            ),
        )
        for name, opened in reading.found.bundles.items()
    ]


def outline_sentence(source: MaskSource | None) -> str:
    """Who outlined the tumour, for the page; ``""`` where nobody did."""
    if source is None:
        return ""
    by = f"the model {source.bundle}" if source.bundle else "a model"
    if source.origin is MaskOrigin.MANUAL:
        return "Outlined by hand or read from a file."
    if source.origin is MaskOrigin.CORRECTED:
        changed = f" ({source.added} voxels added, {source.removed} removed)" if source.added is not None else ""
        return f"Outlined by {by} and corrected by hand{changed}."
    confidence = f", which gives its outline a confidence of {source.confidence:.0%}" if source.confidence else ""
    return f"Outlined by {by}{confidence}."


def input_facts(reading: Reading) -> list[tuple[str, str]]:
    """Pairs of heading and text on what was read."""
    found = reading.found
    if found.study is None or found.image is None:
        return []
    image = found.image
    spacing = "not known"
    if image.spacing is not None:
        spacing = " × ".join(f"{step:.4g}" for step in image.spacing.mm) + f" mm ({image.spacing.source})"
    axes = "slices × rows × columns" if image.pixels.ndim == 3 else "rows × columns"
    return [
        *_file_facts(found.study.files),
        *([("Time point", found.study.timepoint)] if found.study.timepoint else []),
        *([("Image read", _shown(reading.view))] if reading.view is not None and len(found.study.images) > 1 else []),
        ("Modality", image.modality or "not known"),
        ("Size", " × ".join(map(str, image.pixels.shape)) + f" ({axes})"),
        ("Spacing", spacing),
    ]


def _shown(view: View) -> str:
    return view.role if view.frame is None else f"{view.role}, frame {view.frame + 1} shown and measured"


def _file_facts(files: Sequence[SourceFile]) -> list[tuple[str, str]]:
    """Each file; those of a series of many in one line."""
    folders: dict[Path, list[SourceFile]] = {}
    for file in files:
        folders.setdefault(file.path.parent, []).append(file)
    rows = []
    for folder, inside in folders.items():
        within = f"{folder.name}/" if len(folders) > 1 else ""
        if len(inside) > MOST_FILES:
            rows.append(("Files", f"{len(inside)} in {folder.name}, the SHA-256 of each in result.json"))
        else:
            rows += [("File", f"{within}{file.path.name}, SHA-256 {file.sha256[:SHORT_SHA]}") for file in inside]
    return rows


def software_facts(reading: Reading) -> list[tuple[str, str]]:
    """Pairs of heading and text on what computed the result, and how long it took."""
    versions = software_versions()
    device = device_document(reading)
    packages = ", ".join(f"{name} {number}" for name, number in versions.items() if name not in ("name", "version"))
    times = ", ".join(f"{step} {seconds:.2f} s" for step, seconds in reading.timing_s.items())
    return [
        ("Software", f"{versions['name']} {versions['version']}"),
        ("With", packages),
        ("Device", " – ".join(part for part in (device["name"], device.get("note", "")) if part)),
        ("Time", times or "nothing was computed"),
    ]
