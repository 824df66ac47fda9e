"""Pixels for made DICOM files, and the real files that pydicom's wheel brings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.data import get_testdata_file

RANDOM = np.random.default_rng(2)
GREY = RANDOM.integers(0, 256, (10, 14), dtype=np.uint8)
COLOUR = RANDOM.integers(0, 256, (10, 14, 3), dtype=np.uint8)
CLIP = RANDOM.integers(0, 256, (4, 10, 14), dtype=np.uint8)


def example(name: str) -> Path:
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str), f"pydicom's wheel has no {name}"
    return Path(path)
