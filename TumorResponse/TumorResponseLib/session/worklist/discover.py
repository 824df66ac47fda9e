"""The studies in whatever the user points at: folders, a cohort's table, single files."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading.cohort import TABLE_NAME, read_cohort
from TumorResponseLib.core.loading.formats import DICOM, EXTENSIONS, content_of, extension_of, format_of, stem_of
from TumorResponseLib.core.loading.study_folder import STUDY_FILE
from TumorResponseLib.session.files import RESULT, is_result
from TumorResponseLib.session.study_source import StudySource
from TumorResponseLib.session.worklist.entries import Case
from TumorResponseLib.session.worklist.export import MASKS, TABLE
from TumorResponseLib.session.worklist.mask_names import masks_among

PICTURE_OF_RESULT = "picture.png"


def find_cases(paths: Sequence[Path]) -> list[Case]:
    """Find every study at or below the given places, each once, in the natural order of their names.

    A folder may hold studies (folders with ``study.json``), cohorts (``cohort.csv``: one case a patient and time
    point), DICOM series and loose images, at any depth; given files are taken as they are. Masks beside images, hidden
    files and this program's own results are no cases. Of images only DICOM headers are read, which takes a few
    milliseconds a file.

    Raises:
        StudyError: a place does not exist or holds no study, a file is no image, or a cohort's table is wrong.
    """
    cases: list[Case] = []
    files = [_absolute(path) for path in paths if path.is_file()]
    for path in paths:
        place = _absolute(path)
        if place.is_dir():
            cases += _cases_below(place)
        else:
            cases += _cases_of_file(place, files)
    return list({case.source: case for case in cases}.values())


def _absolute(path: Path) -> Path:
    """The path from the root; the last part may be a link whose own name matters."""
    path = path.expanduser()
    return path.resolve() if path.is_dir() else path.parent.resolve() / path.name


def _cases_of_file(path: Path, given: Sequence[Path]) -> list[Case]:
    if path.name == TABLE_NAME:
        return _cohort(path.parent)
    if path.name == STUDY_FILE:
        return [Case(path.parent.name, StudySource(path.parent))]
    if not path.exists():
        raise StudyError(f"There is no file or folder {path.name}; check the path.")
    format_of(path)
    beside = [other for other in given if other.parent == path.parent]
    return [] if path in masks_among(beside, path.parent) else [Case(stem_of(path), StudySource(path))]


def _cohort(folder: Path) -> list[Case]:
    return [
        Case(row.name, StudySource(folder, patient=row.patient, timepoint=row.timepoint)) for row in read_cohort(folder)
    ]


@dataclass
class _Content:
    """What was found below a folder."""

    cohorts: list[Path] = field(default_factory=list)
    studies: list[Path] = field(default_factory=list)
    images: list[Path] = field(default_factory=list)
    dicom: list[Path] = field(default_factory=list)


def _cases_below(root: Path) -> list[Case]:
    content = _content(root)
    masks = masks_among(content.images, root)
    sources = [StudySource(path) for path in (*content.studies, *content.images) if path not in masks]
    if content.dicom:
        from TumorResponseLib.session.worklist.dicom_cases import dicom_sources  # pictures do not wait for pydicom

        sources += dicom_sources(content.dicom)
    placed = [(source.path, case) for source, case in zip(sources, _named(sources, root), strict=True)]
    placed += [(folder, case) for folder in content.cohorts for case in _cohort(folder)]
    if not placed:
        raise StudyError(f"The folder {root.name} holds no image or study that can be opened; choose another one.")
    return [case for _, case in sorted(placed, key=lambda found: _natural(found[0].relative_to(root).as_posix()))]


def _named(sources: Sequence[StudySource], root: Path) -> list[Case]:
    """Cases named by their place below ``root``; several series of one folder are numbered."""
    names: list[str] = []
    for source in sources:
        place = source.path.relative_to(root)
        names.append((place.parent / stem_of(place)).as_posix() if place.parts else root.name)
    return [
        Case(f"{name} ({names[: index + 1].count(name)})" if names.count(name) > 1 else name, source)
        for index, (name, source) in enumerate(zip(names, sources, strict=True))
    ]


def _content(root: Path) -> _Content:
    content = _Content()
    for name, folders, files in os.walk(root):
        folder = Path(name)
        folders[:] = sorted(each for each in folders if not each.startswith(".") and not _is_export(folder, each))
        if STUDY_FILE in files:
            content.studies.append(folder)
            folders.clear()
        elif TABLE_NAME in files:
            content.cohorts.append(folder)
            folders.clear()
        else:
            for file in sorted(files):
                _take(folder / file, RESULT in files, content)
    return content


def _take(path: Path, beside_result: bool, content: _Content) -> None:
    if path.name.startswith(".") or (beside_result and (path.name == PICTURE_OF_RESULT or is_result(path))):
        return
    named = EXTENSIONS.get(extension_of(path))
    if named == DICOM or (named is None and _is_unnamed_dicom(path)):
        content.dicom.append(path)
    elif named is not None:
        content.images.append(path)


def _is_unnamed_dicom(path: Path) -> bool:
    """Whether a file without an image's extension is DICOM, as scanners write it."""
    try:
        return content_of(path) == DICOM
    except StudyError:  # empty, or not for us to read
        return False


def _is_export(folder: Path, name: str) -> bool:
    """Whether the sub-folder holds the masks of an exported worklist."""
    return name == MASKS and (folder / TABLE).exists()


def _natural(name: str) -> list[tuple[int, int | str]]:
    """Sorts ``case 9`` before ``case 10``."""
    parts = re.split(r"(\d+)", name.lower())  # every second one is a number
    return [(0, int(part)) if index % 2 else (1, part) for index, part in enumerate(parts)]
