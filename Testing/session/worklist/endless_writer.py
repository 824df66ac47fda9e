"""A program that changes a worklist until it is killed: ``python -m Testing.session.worklist.endless_writer FOLDER``.

Prints the number of each round once its changes have returned.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np

from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.session.mask_source import MaskOrigin, MaskSource
from TumorResponseLib.session.study_source import StudySource
from TumorResponseLib.session.worklist.entries import Case, EntryStatus
from TumorResponseLib.session.worklist.store import WorklistStore


def mask_of(number: int) -> MaskArray:
    """A mask that only this round has."""
    return np.unpackbits(np.array([[number // 256, number % 256]], np.uint8), axis=1).astype(np.bool_)


def main(folder: Path) -> None:
    store = WorklistStore(folder)
    store.add([Case("first", StudySource(folder / "first.png")), Case("second", StudySource(folder / "second.png"))])
    store.set_current(2)
    for number in itertools.count():
        store.set_mask(2, mask_of(number), MaskSource(MaskOrigin.CORRECTED, added=number))
        store.set_comment(2, f"round {number}")
        store.set_status(2, EntryStatus.CORRECTED)
        store.set_result(2, {"study": str(number)})
        store.add_seconds(2, 1.0)
        store.set_setting("opacity", number)
        print(number, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
