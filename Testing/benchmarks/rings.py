"""Rings against SciPy's distance transform of the whole volume, and against themselves in a larger volume."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from Testing.benchmarks.row import Row, side_by_side
from TumorResponseLib.core.box import bounding_box
from TumorResponseLib.core.rings import DEFAULT_RADII_MM, TOLERANCE, make_rings

SHAPE = (200, 512, 512)
SPACING_MM = (1.5, 0.7, 0.7)
DIAMETER_MM = 30.0


def rows() -> list[Row]:
    """The two ring rows of the table, the second one with and without a known box."""
    small = tumour(SHAPE)
    large = tumour(tuple(2 * size for size in SHAPE))
    if not np.array_equal(whole_volume(small), make_rings(small, SPACING_MM).labels):
        raise AssertionError("The rings differ from those of the whole volume's distance transform.")
    whole, ours = side_by_side(
        [lambda: distance_transform_edt(~small, sampling=SPACING_MM), lambda: make_rings(small, SPACING_MM)], repeats=3
    )
    small_box, large_box = bounding_box(small), bounding_box(large)
    boxed, boxed_large, unknown, unknown_large = side_by_side(
        [
            lambda: make_rings(small, SPACING_MM, tumour_box=small_box),
            lambda: make_rings(large, SPACING_MM, tumour_box=large_box),
            lambda: make_rings(small, SPACING_MM),
            lambda: make_rings(large, SPACING_MM),
        ],
        repeats=21,
    )
    return [
        Row(
            "rings 3/5/10 mm, 3 cm tumour in 512x512x200, against SciPy's whole distance transform alone (same voxels)",
            whole / ours,
            60.0,
            "x",
            note=f"{whole:.2f} s over {ours * 1e3:.1f} ms",
        ),
        Row(
            "the same tumour in a volume 8 times larger, its box known from the outline",
            boxed_large / boxed,
            1.3,
            "x",
            at_least=False,
            note=f"{boxed_large * 1e3:.1f} ms over {boxed * 1e3:.1f} ms",
        ),
        Row(
            "the same, with a full read of the mask first to find the box (once for each outline)",
            unknown_large / unknown,
            None,
            "x",
            at_least=False,
            note=f"{unknown_large * 1e3:.1f} ms over {unknown * 1e3:.1f} ms",
        ),
    ]


def tumour(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """A sphere in the middle; every page of memory written, as in a mask that was loaded."""
    mask = np.full(shape, fill_value=True)
    mask[:] = False
    reach = [int(DIAMETER_MM / 2 / step) + 1 for step in SPACING_MM]
    offsets = np.ogrid[tuple(slice(-layers, layers + 1) for layers in reach)]
    squared = sum((offset * step) ** 2 for offset, step in zip(offsets, SPACING_MM, strict=True))
    block = tuple(slice(size // 2 - layers, size // 2 + layers + 1) for size, layers in zip(shape, reach, strict=True))
    mask[block] = squared <= (DIAMETER_MM / 2) ** 2
    return mask


def whole_volume(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The same label map the plain way: the distance of every voxel of the volume."""
    distance = distance_transform_edt(~mask, sampling=SPACING_MM)
    limits = np.array([0.0, *DEFAULT_RADII_MM]) * (1.0 + TOLERANCE)
    labels = (np.searchsorted(limits, distance) + 1).astype(np.uint8)
    labels[distance > limits[-1]] = 0
    return labels
