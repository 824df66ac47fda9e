"""Which files of a folder form the DICOM series to read; several series are listed, not guessed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydicom import Dataset

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading.dicom_header import is_image, read_dataset, series_uid_of_damaged
from TumorResponseLib.core.loading.formats import DICOM, EXTENSIONS, UNKNOWN, content_of, extension_of

SHORTEST_UID_ENDING = 8


@dataclass
class Series:
    """The image files of one series, with their headers."""

    uid: str
    number: str
    modality: str
    headers: dict[Path, Dataset] = field(default_factory=dict)


def series_headers(folder: Path, series_uid: str | None) -> tuple[dict[Path, Dataset], tuple[str, ...]]:
    """The image files, with their headers, of the only series, or of the one that ``series_uid`` or its ending names.

    Sub-folders are searched; reports, segmentations and files other than DICOM are passed over. Where a series is
    named, so are damaged files that do not say to be of it, with a warning.

    Raises:
        StudyError: there is no image, none with this uid, or several series and no uid; the series are listed then. Or
            a file is damaged that may belong to what is asked for.
    """
    series, damaged = _series_in(folder)
    found = list(series.values())
    if damaged and not (found and series_uid):
        raise next(iter(damaged.values()))
    if not found:
        raise StudyError(
            f"The folder {folder.name} holds neither study.json nor DICOM images; give an image or a study."
        )
    chosen = found if series_uid is None else [series for series in found if series.uid == series_uid]
    if series_uid is not None and not chosen:
        chosen = [series for series in found if series.uid.endswith(series_uid.lstrip("."))]
    if len(chosen) == 1:
        for path, error in damaged.items():
            if series_uid_of_damaged(path) == chosen[0].uid:
                raise error
        return chosen[0].headers, tuple(f"{error} It was left out." for error in damaged.values())
    listed = "; ".join(_line(series, _ending_length(found)) for series in found)
    if series_uid is not None:
        raise StudyError(f"The uid {series_uid} names {len(chosen)} of the series of {folder.name}: {listed}.")
    raise StudyError(f"The folder {folder.name} holds {len(found)} series: {listed}; choose one by its uid (--series).")


def _series_in(folder: Path) -> tuple[dict[str, Series], dict[Path, StudyError]]:
    """The series by uid, and what is wrong with the files that cannot be read."""
    found: dict[str, Series] = {}
    damaged: dict[Path, StudyError] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.startswith(".") or not _looks_like_dicom(path):
            continue
        try:
            dataset = read_dataset(path, with_pixels=False)
        except StudyError as error:
            damaged[path] = error
            continue
        if is_image(dataset):
            uid = str(dataset.get("SeriesInstanceUID", ""))
            found.setdefault(uid, _series(uid, dataset)).headers[path] = dataset
    return found, damaged


def _looks_like_dicom(path: Path) -> bool:
    named = EXTENSIONS.get(extension_of(path)) == DICOM
    # An empty file named .dcm is a damaged slice; any other empty file is no business of ours.
    if path.stat().st_size == 0 and not named:
        return False
    content = content_of(path)
    return content == DICOM or (named and content == UNKNOWN)


def _series(uid: str, dataset: Dataset) -> Series:
    return Series(uid, str(dataset.get("SeriesNumber") or "?"), str(dataset.get("Modality") or "?"))


def _ending_length(found: list[Series]) -> int:
    """Length from which the endings of the uids tell the series apart."""
    length, longest = SHORTEST_UID_ENDING, max(len(series.uid) for series in found)
    while length < longest and len({series.uid[-length:] for series in found}) < len(found):
        length += 1
    return length


def _line(series: Series, ending: int) -> str:
    images = f"{len(series.headers)} image{'s' if len(series.headers) > 1 else ''}"
    return f"number {series.number}, {series.modality}, {images}, uid ...{series.uid[-ending:]}"
