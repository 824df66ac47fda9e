"""DICOM files that belong together: each series, or each picture where a series only holds separate pictures."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydicom import Dataset

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading.dicom_header import frame_count, is_image, read_dataset
from TumorResponseLib.core.loading.dicom_planes import plane_of
from TumorResponseLib.session.study_source import StudySource


@dataclass
class _Series:
    paths: list[Path]
    headers: list[Dataset]


def dicom_sources(files: Sequence[Path]) -> list[StudySource]:
    """What to load for DICOM files found below one folder; reports and the like are left out.

    Slices that say where they lie form one volume. A file that cannot be read stands for itself, so that opening it
    tells why.
    """
    series: defaultdict[str | Path, _Series] = defaultdict(lambda: _Series([], []))
    sources = []
    for path in files:
        try:
            header = read_dataset(path, with_pixels=False)
        except StudyError:
            sources.append(StudySource(path))
            continue
        if is_image(header):
            found = series[str(header.get("SeriesInstanceUID") or "") or path.parent]
            found.paths.append(path)
            found.headers.append(header)
    for uid, found in series.items():
        if len(found.paths) > 1 and _is_stack(found):
            folder = Path(os.path.commonpath([path.parent for path in found.paths]))
            sources.append(StudySource(folder, series_uid=uid if isinstance(uid, str) else ""))
        else:
            sources += [StudySource(path) for path in found.paths]
    return sources


def _is_stack(series: _Series) -> bool:
    """As the loader decides; a plane that makes no sense is one, and the loader tells what is wrong with it."""
    try:
        return all(
            frame_count(header) == 1 and plane_of(header, header, path.name) is not None
            for path, header in zip(series.paths, series.headers, strict=True)
        )
    except StudyError:
        return True
