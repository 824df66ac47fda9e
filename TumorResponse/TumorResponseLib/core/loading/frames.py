"""A folder of pictures as one cine, in the order of the numbers in their names.

A table ``frame_times.csv`` beside them says when each was taken: the columns ``file`` and ``time_ms``, one row a frame.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.loading.files import source_file
from TumorResponseLib.core.loading.formats import is_picture
from TumorResponseLib.core.loading.frame_times import NOMINAL_FRAME_MS, even_times, untimed
from TumorResponseLib.core.loading.loaded import LoadedImage, require_sane_size
from TumorResponseLib.core.loading.pictures import read_picture
from TumorResponseLib.core.loading.spacing import settle_spacing

TIMES_NAME = "frame_times.csv"


def is_frame_folder(path: Path) -> bool:
    """Whether a folder holds two or more pictures and nothing else but the table of their times."""
    if not path.is_dir():
        return False
    files = [entry for entry in path.iterdir() if not entry.name.startswith(".")]
    pictures = _pictures(path)
    return len(pictures) > 1 and all(entry in pictures or entry.name == TIMES_NAME for entry in files)


def _pictures(folder: Path) -> list[Path]:
    """Hidden files, such as macOS leaves beside a picture, are none."""
    return [
        entry for entry in folder.iterdir() if not entry.name.startswith(".") and entry.is_file() and is_picture(entry)
    ]


def read_frames(folder: Path, given: Spacing | None = None) -> LoadedImage:
    """Read the pictures of a folder as a cine ``(times, rows, columns)``.

    Raises:
        StudyError: a picture cannot be read or differs in size or depth, or the table of times does not fit.
        SpacingError: ``given`` does not fit two axes.
    """
    paths = sorted(_pictures(folder), key=_in_counting_order)
    first = read_picture(paths[0])
    require_sane_size((len(paths), *first.image.pixels.shape), folder.name)
    loaded = [first, *(read_picture(path) for path in paths[1:])]
    for path, one in zip(paths, loaded, strict=True):
        if one.image.pixels.shape != first.image.pixels.shape or one.image.pixels.dtype != first.image.pixels.dtype:
            raise StudyError(
                f"The frame {path.name} of {folder.name} differs in size or depth from {paths[0].name}; give the "
                "frames of one cine."
            )
    pixels = np.stack([one.image.pixels for one in loaded])
    files = [file for one in loaded for file in one.files]
    warnings = [warning for one in loaded for warning in one.warnings]
    table = folder / TIMES_NAME
    if table.exists():
        times = _read_times(table, paths)
        files.append(source_file(table))
    else:
        times = even_times(NOMINAL_FRAME_MS, len(paths))
        warnings.append(f"{untimed(folder.name)} Give the times in {TIMES_NAME}.")
    spacing, said = settle_spacing(None, given, 2, folder.name)
    cine = Image(pixels, spacing, frame_times_ms=times, times_known=table.exists())
    return LoadedImage(cine, tuple(files), (*said, *dict.fromkeys(warnings)))


def _in_counting_order(path: Path) -> list[tuple[int, str]]:
    """``frame9`` before ``frame10``."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path.name.lower()) if part]


def _read_times(table: Path, paths: list[Path]) -> tuple[float, ...]:
    where = f"The table {table.name} of {table.parent.name}"
    try:
        with table.open(newline="", encoding="utf-8-sig") as stream:
            times = {row["file"]: float(row["time_ms"]) for row in csv.DictReader(stream, strict=True)}
    except (csv.Error, KeyError, TypeError, ValueError) as error:
        raise StudyError(f"{where} must have the columns file and time_ms, with a number in each row.") from error
    missing = [path.name for path in paths if path.name not in times]
    if missing or len(times) > len(paths):
        raise StudyError(f"{where} must name each frame once and nothing else; it has no {', '.join(missing[:1])}.")
    found = np.array([times[path.name] for path in paths])
    if not np.isfinite(found).all() or not (np.diff(found) > 0).all():
        raise StudyError(f"{where} has times that do not grow from frame to frame; correct them.")
    return tuple((found - found[0]).tolist())
