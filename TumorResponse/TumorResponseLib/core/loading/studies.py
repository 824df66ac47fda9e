"""A study from whatever the user gives: a file, a DICOM folder, or a folder with ``study.json``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Spacing
from TumorResponseLib.core.loading.cohort import TABLE_NAME
from TumorResponseLib.core.loading.files import source_file, told_as_unreadable
from TumorResponseLib.core.loading.formats import stem_of
from TumorResponseLib.core.loading.images import load_image
from TumorResponseLib.core.loading.measured import in_own_units
from TumorResponseLib.core.loading.rows import study_of, with_earlier
from TumorResponseLib.core.loading.study_folder import STUDY_FILE, read_study_row
from TumorResponseLib.core.study import SINGLE_IMAGE_ROLE, Study


def load_study(path: Path | str, *, spacing: Spacing | None = None, series_uid: str | None = None) -> Study:
    """Read a study.

    Args:
        path: a picture, volume or DICOM file, a folder with a DICOM series, a folder with ``study.json``, or that file.
        spacing: given by the user, in mm and array order, one number for all axes or one for each; it wins over
            the file's own, with a warning where they differ.
        series_uid: which DICOM series of a folder to read: its uid, or the ending of it that the error listed.

    Raises:
        StudyError: a file is missing, unreadable, empty, damaged, no image, too large, or of an unsupported kind.
        SpacingError: a spacing is not positive or does not fit the image's axes.
        MaskError: a mask of the study does not fit its image.
    """
    path = Path(path)
    with told_as_unreadable(path):
        return _load(path, spacing, series_uid)


def _load(path: Path, spacing: Spacing | None, series_uid: str | None) -> Study:
    folder = path if path.is_dir() else path.parent
    if path.name == STUDY_FILE or (path.is_dir() and (path / STUDY_FILE).exists()):
        if series_uid is not None:
            raise StudyError(
                f"A series uid (--series) chooses among the series of a folder, but {path.name} names its images; "
                "leave it out."
            )
        row = read_study_row(folder)
        study = study_of(row, spacing=spacing)
        named = replace(study, name=folder.resolve().name, files=(source_file(folder / STUDY_FILE), *study.files))
        return with_earlier(named, [load_study(each / STUDY_FILE, spacing=spacing) for each in row.earlier])
    if path.is_dir() and (path / TABLE_NAME).exists():
        raise StudyError(
            f"The folder {path.name} is a cohort of many studies; give one of them, or open it with "
            "`tumor-response view`."
        )
    loaded = in_own_units(load_image(path, spacing, series_uid))
    name = path.resolve().name if path.is_dir() else stem_of(path)
    return Study(name, {SINGLE_IMAGE_ROLE: loaded.image}, files=loaded.files, warnings=loaded.warnings)
