"""The worklist for others: one table of all results, and the masks as files."""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from TumorResponseLib.core.errors import TumorResponseError, UsageError
from TumorResponseLib.core.image import MaskArray, require_same_grid
from TumorResponseLib.core.loading import is_picture
from TumorResponseLib.core.loading.study_folder import STUDY_FILE
from TumorResponseLib.core.saving import write_mask_picture, write_volume
from TumorResponseLib.core.study import Study
from TumorResponseLib.predict.registry import systems as all_systems
from TumorResponseLib.predict.system import System
from TumorResponseLib.session.choosing import decide
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.still import choose_still
from TumorResponseLib.session.worklist.entries import Entry, SavedMask
from TumorResponseLib.session.worklist.store import WorklistStore
from TumorResponseLib.session.worklist.table import FIRST_COLUMNS, columns_of, row_of

TABLE = "results.csv"
MASKS = "masks"
MASK_NAME = re.compile(rf"{MASKS}/\d{{3,}}\.(png|nii\.gz)")


@dataclass(frozen=True)
class ExportCase:
    """What is exported of one case."""

    entry: Entry
    mask: SavedMask | None


def export(store: WorklistStore, out: Path) -> Path:
    """Write ``results.csv`` and ``masks/NNN.png`` or ``.nii.gz`` of all cases; see ``write_export``."""
    return write_export(collect(store), out)


def collect(store: WorklistStore) -> list[ExportCase]:
    """All that an export needs of the worklist, so that ``write_export`` can run beside the user's work."""
    return [ExportCase(entry, store.mask(entry.number)) for entry in store.entries()]


def write_export(
    cases: Sequence[ExportCase],
    out: Path,
    options: ReadingOptions | None = None,
    systems: Mapping[str, System] | None = None,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Path:
    """Write the table, one row a case, and the masks on their images' grids, named by the cases' numbers.

    The table is UTF-8 with a byte order mark, without which spreadsheets take umlauts apart; no text in it is computed
    as a formula. Masks drawn on pictures become PNG with 0 and 255, all others NIfTI. A case whose image cannot be read
    has no mask file and says why in the column ``problem``. Masks of an earlier export that this one does not have are
    removed.

    Args:
        cases: from ``collect``.
        out: made when it does not exist.
        options: which of a study's images was read.
        systems: likewise, by name; None takes all there are.
        progress: called with the fraction that is done.

    Returns:
        The table's path.

    Raises:
        UsageError: ``out`` holds masks of these names that no export made.
        TumorResponseError: the folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        earlier = _earlier_masks(out)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=out) as name:
            aside = Path(name)
            (aside / MASKS).mkdir()
            rows, known = [], all_systems() if systems is None else systems
            for done, case in enumerate(cases):
                progress(done / len(cases))
                rows.append(_export_case(case, aside, options or ReadingOptions(), known))
            _write_table(rows, aside / TABLE)
            _replace(earlier, aside, out)
    except OSError as error:
        raise TumorResponseError(
            f"The worklist cannot be exported to {out} ({error.strerror or error}); "
            "check the folder, its permissions and the disk space."
        ) from error
    progress(1.0)
    return out / TABLE


def _export_case(
    case: ExportCase, folder: Path, options: ReadingOptions, systems: Mapping[str, System]
) -> dict[str, str]:
    entry, saved = case.entry, case.mask
    mask = problem = ""
    try:
        if saved is not None:
            mask = _write_mask(entry, saved.mask, folder, options, systems)
        elif not entry.source.path.exists():
            problem = f"There is no {entry.source.path.name} any more; put the image back."
    except TumorResponseError as error:
        problem = str(error)
    return row_of(entry, mask, None if saved is None else saved.source, problem)


def _write_mask(
    entry: Entry, mask: MaskArray, folder: Path, options: ReadingOptions, systems: Mapping[str, System]
) -> str:
    """Write the mask on the grid of the image as it is loaded now; returns its name in the table."""
    loaded = entry.source.load()
    study, image = choose_still(loaded, decide(loaded, options, systems).view)
    require_same_grid(mask, image, f"mask of case {entry.number}")
    if _is_of_picture(study):
        name = f"{MASKS}/{entry.number:03d}.png"
        write_mask_picture(mask, folder / name)
    else:
        name = f"{MASKS}/{entry.number:03d}.nii.gz"
        write_volume(mask.astype(np.uint8), image, folder / name)
    return name


def _is_of_picture(study: Study) -> bool:
    """Whether the study's first image is a picture; its files stand in the images' order."""
    images = [file.path for file in study.files if file.path.name != STUDY_FILE]
    return is_picture(images[0])


def _write_table(rows: list[dict[str, str]], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.DictWriter(stream, columns_of(rows), restval="")
        writer.writeheader()
        writer.writerows(rows)


def _earlier_masks(out: Path) -> set[Path]:
    """The masks that an earlier export to this folder wrote; raises UsageError where there is what no export wrote."""
    listed = _listed_masks(out / TABLE) if (out / TABLE).exists() else set()
    present = {path for path in (out / MASKS).glob("*") if MASK_NAME.fullmatch(f"{MASKS}/{path.name}")}
    foreign = sorted(path.name for path in present if f"{MASKS}/{path.name}" not in listed)
    if foreign:
        raise UsageError(
            f"The folder {out} holds masks that are not of this worklist ({foreign[0]}); choose another folder."
        )
    return present


def _listed_masks(table: Path) -> set[str]:
    with table.open(newline="", encoding="utf-8-sig", errors="replace") as stream:
        rows = csv.DictReader(stream)
        try:
            if tuple(rows.fieldnames or ())[: len(FIRST_COLUMNS)] == FIRST_COLUMNS:
                return {row["mask"] or "" for row in rows}
        except csv.Error:  # no table at all
            pass
    raise UsageError(f"The folder {table.parent} holds a {TABLE} of another kind; choose another folder.")


def _replace(earlier: set[Path], aside: Path, out: Path) -> None:
    """Put the new files in the place of the earlier export's, the table last."""
    (out / MASKS).mkdir(exist_ok=True)
    new = {out / MASKS / path.name: path for path in (aside / MASKS).iterdir()}
    for path in earlier - new.keys():
        path.unlink()
    for target, path in new.items():
        path.replace(target)
    (aside / TABLE).replace(out / TABLE)
