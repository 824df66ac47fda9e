"""Sample studies, one click away."""

from __future__ import annotations

from dataclasses import dataclass

from TumorResponseLib.core.loading.study_folder import STUDY_FILE
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.predict.registry import systems
from TumorResponseLib.session.default_systems import DEFAULT_SYSTEMS
from TumorResponseLib.session.study_source import StudySource

FOLDER = "SampleData"


@dataclass(frozen=True)
class Sample:
    """A simulated study that comes with the product; open it with ``desk.open([sample.source.path])``."""

    name: str
    title: str
    source: StudySource


def samples() -> list[Sample]:
    """The samples of the systems that are asked by default, by name; each is called as the system that it is for."""
    titles = {name: systems()[name].title for name in DEFAULT_SYSTEMS}
    folders = sorted(path.parent for path in (resources_folder() / FOLDER).glob(f"*/{STUDY_FILE}"))
    return [
        Sample(folder.name, f"{titles[folder.name]} (simulated)", StudySource(folder))
        for folder in folders
        if folder.name in titles
    ]
