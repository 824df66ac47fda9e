"""The simulated studies that come with the module: in the panel's own menu and in Slicer's Sample Data module."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from slicer.i18n import tr as _

from TumorResponseLib.core.resources import resources_folder

FOLDER = "SampleData"
STUDY_FILE = "study.json"
CATEGORY = "TumorResponse"
TITLE = "Tumor Response"


@dataclass(frozen=True)
class SampleStudy:
    """One sample, found without any package of ours.

    Attributes:
        folder: the study folder, named as the system that it is for.
        images: its image files.
    """

    folder: Path
    images: tuple[Path, ...]

    @property
    def title(self) -> str:
        """Such as ``DLRS3 (simulated)``."""
        return _("{name} (simulated)").format(name=self.folder.name.upper())


def samples() -> list[SampleStudy]:
    """All samples, by name."""
    studies = sorted((resources_folder() / FOLDER).glob(f"*/{STUDY_FILE}"))
    return [SampleStudy(study.parent, _images(study)) for study in studies]


def register() -> None:
    """Offer every sample of image files in the Sample Data module; called when Slicer has started."""
    import SampleData  # type: ignore[import-not-found]

    if hasattr(SampleData.SampleDataLogic, "registerCustomSampleDataCategory"):  # Slicer 5.12
        SampleData.SampleDataLogic.registerCustomSampleDataCategory(CATEGORY, TITLE)
    for sample in samples():
        images = sample.images
        if not images:  # a DICOM folder is for the DICOM module
            continue
        SampleData.SampleDataLogic.registerCustomSampleDataSource(
            category=CATEGORY,
            sampleName=f"{CATEGORY} {sample.title}",
            uris=[image.as_uri() for image in images],
            fileNames=[f"{CATEGORY}-{sample.folder.name}-{image.name}" for image in images],
            nodeNames=[f"{sample.folder.name} {image.name.partition('.')[0]}" for image in images],
            checksums=[f"SHA256:{sha256(image.read_bytes()).hexdigest()}" for image in images],
            loadFileTypes=["VolumeFile"] * len(images),
        )


def _images(study: Path) -> tuple[Path, ...]:
    """The image files that a study names, under ``image`` or ``image_<role>``; a folder of slices is none."""
    described = json.loads(study.read_text(encoding="utf-8"))
    named = [study.parent / value for key, value in described.items() if key.partition("_")[0] == "image"]
    return tuple(path for path in named if path.is_file())
