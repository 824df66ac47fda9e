"""The text headers of NRRD and MetaImage: does the file state a spacing, and where do its pixels lie.

ITK hands out a spacing of 1 when the header has none, so the header itself must be asked.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

from TumorResponseLib.core.errors import StudyError

LONGEST_HEADER = 2**20


def header_fields(path: Path) -> dict[str, str]:
    """Field names in lower case with their values, of a NRRD or MetaImage file."""
    with path.open("rb") as stream:
        text = stream.read(LONGEST_HEADER).decode("latin-1")
    fields: dict[str, str] = {}
    is_nrrd = text.startswith("NRRD")
    for line in text.split("\n"):
        if is_nrrd and not line.strip():
            break
        key, separator, value = line.partition(":" if is_nrrd else "=")
        # NRRD writes its own fields "key: value", free ones "key:=value".
        if separator and not line.startswith("#") and not (is_nrrd and value.startswith("=")):
            fields[key.strip().lower()] = value.strip()
        if not is_nrrd and key.strip().lower() == "elementdatafile":
            break
    return fields


def detached_data(path: Path, fields: dict[str, str]) -> Path | None:
    """The file beside a ``.nhdr`` or ``.mhd`` header that holds the pixels; None when the header's file does.

    Raises:
        StudyError: the pixels are spread over several files or lie outside the header's folder.
    """
    named = fields.get("data file") or fields.get("datafile") or fields.get("elementdatafile")
    if named is None or named.upper() == "LOCAL":
        return None
    if Path(named).name != named or "%" in named or named.upper().split()[:1] == ["LIST"]:
        raise StudyError(
            f"The pixels of {path.name} are not one file in its own folder; save the image in one file, .nrrd or .mha."
        )
    return path.parent / named


def stated_spacing(fields: dict[str, str]) -> tuple[float, ...] | None:
    """The spacing of each spatial axis, in the header's axis order; None when it states none."""
    if "space directions" in fields:
        vectors = re.findall(r"\(([^)]*)\)", fields["space directions"])
        return tuple(math.hypot(*(_number(word) for word in vector.split(","))) for vector in vectors)
    for key in ("spacings", "elementspacing", "elementsize"):
        if key in fields:
            return tuple(_number(word) for word in fields[key].split())
    return None


def in_millimetres(fields: dict[str, str]) -> bool:
    """Whether a NRRD header's units, where it names any, are all mm."""
    units = fields.get("space units", fields.get("units", "")).replace('"', " ").split()
    return all(unit.lower() in ("mm", "millimeter", "millimetre", "none") for unit in units)


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return math.nan
