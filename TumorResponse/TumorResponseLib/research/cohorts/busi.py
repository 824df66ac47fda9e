"""The public breast ultrasound images (BUSI) as training rows.

W. Al-Dhabyani et al., "Dataset of breast ultrasound images", Data in Brief 28 (2020) 104863.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from skimage.io import imread
from sklearn.model_selection import StratifiedGroupKFold


@dataclass(frozen=True)
class UltrasoundRow:
    """One image of the manifest: where it lies, what it shows, and whom it must not be separated from."""

    name: str
    image: Path
    mask: Path
    label: str
    group: str
    scored: bool
    overlay_suspect: bool

    def load(self) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """The grey image and its lesion mask, both ``(rows, columns)``."""
        return imread(self.image, as_gray=True).astype(np.uint8), imread(self.mask, as_gray=True) > 127


def manifest_hash(folder: Path) -> str:
    """SHA-256 of ``folder/manifest.csv``."""
    return sha256((folder / "manifest.csv").read_bytes()).hexdigest()


def read_manifest(folder: Path) -> list[UltrasoundRow]:
    """The ``primary`` rows of ``folder/manifest.csv``: one image for each distinct frame."""
    with (folder / "manifest.csv").open(newline="") as lines:
        return [
            UltrasoundRow(
                name=row["file"],
                image=folder / "images" / row["file"],
                mask=folder / "masks" / row["file"],
                label=row["class"],
                group=row["duplicate_group"],
                scored=row["scored"] == "1",
                overlay_suspect=row["overlay_suspect"] == "1",
            )
            for row in csv.DictReader(lines)
            if row["primary"] == "1"
        ]


def fold_of_each_row(rows: list[UltrasoundRow], folds: int, seed: int) -> NDArray[np.int64]:
    """The fold in which each row is held out; a duplicate group is never split, classes are balanced."""
    splitter = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=seed)
    held_out = np.empty(len(rows), dtype=np.int64)
    labels, groups = [row.label for row in rows], [row.group for row in rows]
    for fold, (_, test) in enumerate(splitter.split(np.zeros(len(rows)), labels, groups)):
        held_out[test] = fold
    return held_out
