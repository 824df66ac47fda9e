"""Sample studies, one click away."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from TumorResponseLib.core.loading.study_folder import STUDY_FILE, read_study_row
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.predict.registry import systems
from TumorResponseLib.session.choosing import systems_for
from TumorResponseLib.session.study_source import StudySource

FOLDER = "SampleData"


@dataclass(frozen=True)
class Sample:
    """A simulated study that comes with the product; open it with ``desk.open([sample.source.path])``."""

    name: str
    title: str
    source: StudySource


def samples() -> list[Sample]:
    """All samples, by name; each is called as the system that it is for."""
    folders = sorted(path.parent for path in (resources_folder() / FOLDER).glob(f"*/{STUDY_FILE}"))
    return [Sample(folder.name, f"{_title(folder)} (simulated)", StudySource(folder)) for folder in folders]


def _title(folder: Path) -> str:
    """Of the system that reads the study."""
    known = systems()
    return ", ".join(known[name].title for name in systems_for(read_study_row(folder).images, known))
