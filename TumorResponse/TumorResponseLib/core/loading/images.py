"""One image from one path, whatever its format."""

from __future__ import annotations

from pathlib import Path

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Spacing
from TumorResponseLib.core.loading.formats import DICOM, PICTURES, VIDEOS, format_of
from TumorResponseLib.core.loading.frames import is_frame_folder, read_frames
from TumorResponseLib.core.loading.loaded import LoadedImage


def load_image(path: Path, spacing: Spacing | None = None, series_uid: str | None = None) -> LoadedImage:
    """Read a picture, a volume, a video, a DICOM file, or a folder with a DICOM series or with the frames of a cine.

    The readers are imported when they are needed, so that a picture does not wait for DICOM.

    Raises:
        StudyError: the file cannot be read as an image.
        SpacingError: its spacing is not positive, or ``spacing`` does not fit its axes.
    """
    if series_uid is not None and not path.is_dir():
        raise StudyError(
            f"A series uid (--series) chooses among the series of a folder, but {path.name} is none; leave it out."
        )
    if series_uid is None and is_frame_folder(path):
        return read_frames(path, spacing)
    file_format = DICOM if path.is_dir() else format_of(path)
    if file_format == DICOM:
        from TumorResponseLib.core.loading.dicom import read_dicom

        return read_dicom(path, spacing, series_uid)
    if file_format in PICTURES:
        from TumorResponseLib.core.loading.pictures import read_picture

        return read_picture(path, spacing)
    if file_format in VIDEOS:
        from TumorResponseLib.core.loading.video import read_video

        return read_video(path, spacing)
    from TumorResponseLib.core.loading.volumes import read_volume

    return read_volume(path, spacing)
