"""Small studies on disk: a bright disc in dark noise."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from Testing.session.stand_ins import RADIUS, disc
from TumorResponseLib.core.image import MaskArray

SPACING_MM = 0.2


def make_study(folder: Path, level: int = 200, *, spacing: bool = True, mask: MaskArray | None = None) -> Path:
    """A study folder; ``level`` is the disc's grey value, from which the prediction follows."""
    folder.mkdir(parents=True)
    described: dict[str, object] = {"image": "image.png"}
    noise = np.random.default_rng(7).integers(20, 60, (120, 160))
    Image.fromarray(np.where(disc(), level, noise).astype(np.uint8)).save(folder / "image.png")
    if spacing:
        described["spacing_mm"] = [SPACING_MM, SPACING_MM]
    if mask is not None:
        Image.fromarray(mask.astype(np.uint8) * 255).save(folder / "mask.png")
        described["mask"] = "mask.png"
    (folder / "study.json").write_text(json.dumps(described))
    return folder


def make_studies(folder: Path, count: int = 3) -> Path:
    """A folder of studies; the later, the brighter."""
    for number in range(count):
        make_study(folder / f"case{number + 1}", 180 + 20 * number)
    return folder


def larger_disc(by: float = 3.0) -> MaskArray:
    """A disc about the same centre, ``by`` pixels larger."""
    return disc(radius=RADIUS + by)
