"""A reading's result files in one folder."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from TumorResponseLib.core.box import bounding_box
from TumorResponseLib.core.errors import TumorResponseError, UsageError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.rings import Rings
from TumorResponseLib.core.saving import write_segmentation, write_sheet, write_volume
from TumorResponseLib.session.exhibit_values import OVERLAY, SHEET, sheets
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.result import result_document
from TumorResponseLib.session.steps import Step

RESULT = "result.json"
REGIONS = "regions.seg.nrrd"
SALIENCY = "saliency-{layer}.nrrd"
PATTERNS = (SALIENCY.format(layer="*"), OVERLAY.format(layer="*"), SHEET.format(kind="*", name="*"))


def write_result(reading: Reading, folder: Path) -> list[Path]:
    """Write ``result.json`` and where they are READY ``regions.seg.nrrd``, ``saliency-<layer>.nrrd`` and exhibits.

    Of the exhibits the overlays become ``overlay-<layer>.nrrd``; each plot, bar chart and table becomes a CSV, named as
    in ``exhibit_values.sheets``.

    The files are written aside and moved into ``folder`` together, ``result.json`` last; an earlier reading's files
    of these names that this one does not have are removed. Where the rings were refused the regions hold the tumour.

    Args:
        reading: with an open study.
        folder: made when it does not exist.

    Returns:
        The files written, ``result.json`` first.

    Raises:
        UsageError: no study is open.
        TumorResponseError: the folder cannot be written.
    """
    document = result_document(reading)
    try:
        return _write_together(reading, document, folder)
    except OSError as error:
        raise TumorResponseError(
            f"The results cannot be written to {folder} ({error.strerror or error}); "
            "check the folder, its permissions and the disk space."
        ) from error


def is_result(path: Path) -> bool:
    """Whether a file is named as one that a reading writes."""
    return path.name in (RESULT, REGIONS) or any(map(path.match, PATTERNS))


def _write_together(reading: Reading, document: dict[str, Any], folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as aside:
        names = [RESULT, *_write_volumes(reading, Path(aside)), *_write_sheets(reading, Path(aside))]
        (Path(aside) / RESULT).write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        for earlier in folder.iterdir():
            if is_result(earlier) and earlier.name not in names:
                earlier.unlink(missing_ok=True)
        for name in reversed(names):
            (Path(aside) / name).replace(folder / name)
    return [folder / name for name in names]


def _write_volumes(reading: Reading, folder: Path) -> list[str]:
    found = reading.found
    if found.image is None:
        raise UsageError("There is no result without a study; open one first.")
    names = []
    if found.mask is not None and found.tumour_found and reading.is_ready(Step.MASK):
        rings = found.rings if found.rings is not None and reading.is_ready(Step.RINGS) else _tumour_alone(found.mask)
        write_segmentation(rings, found.image, folder / REGIONS)
        names.append(REGIONS)
    if reading.is_ready(Step.SALIENCY):
        for layer, values in found.saliency.items():
            name = SALIENCY.format(layer=layer)
            write_volume(values, found.image, folder / name)
            names.append(name)
        for layer, overlay in found.overlays.items():
            name = OVERLAY.format(layer=layer)
            write_volume(overlay.values, found.image, folder / name)
            names.append(name)
    return names


def _write_sheets(reading: Reading, folder: Path) -> list[str]:
    rows = sheets(reading.found) if reading.is_ready(Step.SALIENCY) else {}
    for name, each in rows.items():
        write_sheet(each, folder / name)
    return list(rows)


def _tumour_alone(mask: MaskArray) -> Rings:
    return Rings((), mask.astype(np.uint8), bounding_box(mask))
