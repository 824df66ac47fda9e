"""Draws the icon, three rings round an irregular tumour: SVG for the module, PNG for the catalogue.

python tools/icon.py
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from skimage.draw import polygon
from skimage.io import imsave
from skimage.transform import downscale_local_mean

REPOSITORY = Path(__file__).resolve().parents[1]
SIZE = 128
OVERSAMPLING = 8
# Outer margins first, so that the inner ones cover them: millimetres of the icon's tissue, and RGB.
MARGINS = ((26.0, (0x9C, 0xC9, 0xE2)), (16.0, (0xF2, 0xC1, 0x4E)), (8.0, (0xE8, 0x7D, 0x3E)), (0.0, (0xB0, 0x2A, 0x37)))
POINTS = 96


def outline(margin: float) -> list[tuple[float, float]]:
    """The tumour's outline, widened by ``margin``, as (x, y) in an icon of 128 x 128."""
    # The bumps fade with the margin, as they do in a true distance band.
    bumps = 1 / (1 + margin / 12)
    points = []
    for step in range(POINTS):
        angle = 2 * math.pi * step / POINTS
        radius = 30 + margin + bumps * (4.5 * math.sin(3 * angle + 0.4) + 2.5 * math.sin(5 * angle + 1.3))
        points.append((SIZE / 2 + radius * math.cos(angle), SIZE / 2 + radius * math.sin(angle)))
    return points


def svg() -> str:
    """The icon as SVG text."""
    shapes = []
    for margin, colour in MARGINS:
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in outline(margin))
        shapes.append(f'  <polygon fill="#{bytes(colour).hex()}" points="{points}"/>\n')
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}">\n{"".join(shapes)}</svg>\n'


def png() -> NDArray[np.uint8]:
    """The icon as RGBA, ``(128, 128, 4)``."""
    side = SIZE * OVERSAMPLING
    canvas = np.zeros((side, side, 4))
    for margin, colour in MARGINS:
        x, y = (np.array(axis) * OVERSAMPLING for axis in zip(*outline(margin), strict=True))
        canvas[polygon(y, x, (side, side))] = [*colour, 255]
    small = downscale_local_mean(canvas, (OVERSAMPLING, OVERSAMPLING, 1))
    # Colours were averaged with transparent black at the edge: give them back their strength.
    small[..., :3] *= 255 / np.maximum(small[..., 3:], 1)
    return small.round().clip(0, 255).astype(np.uint8)


if __name__ == "__main__":
    (REPOSITORY / "TumorResponse/Resources/Icons/TumorResponse.svg").write_text(svg(), encoding="utf-8")
    imsave(REPOSITORY / "TumorResponse.png", png(), check_contrast=False)
