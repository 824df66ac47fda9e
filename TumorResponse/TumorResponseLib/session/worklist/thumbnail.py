"""The small picture by which a case is known again in the worklist."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from scipy.ndimage import binary_dilation

from TumorResponseLib.core.catalogue import region_styles
from TumorResponseLib.core.image import Image, MaskArray, PixelArray

SIZE = 96
SOFT_TISSUE_HU = (-160.0, 240.0)
"""The usual window of CT: level 40, width 400."""


def thumbnail(image: Image, mask: MaskArray | None = None, size: int = SIZE) -> bytes:
    """The image in grey with the tumour's outline in the catalogue's colour.

    Of a volume it shows the slice with the most tumour, or the middle one; of a cine the first frame. Without spacing
    pixels are taken as square.

    Args:
        image: what is read.
        mask: ``bool`` on the image's grid; None or empty draws no outline.
        size: pixels of the longer side.

    Returns:
        A PNG.
    """
    plane, tumour = _plane(image, mask)
    height, width = _shape_mm(image, plane)
    scale = size / max(height, width)
    shape = (max(1, round(height * scale)), max(1, round(width * scale)))
    picture = np.repeat(_grey(_resized(plane, shape), image)[..., None], 3, axis=2)
    if tumour is not None and tumour.any():
        colour = region_styles(["tumour"])[0].colour
        picture[_outline(tumour, shape)] = [round(level * 255) for level in colour]
    stream = BytesIO()
    Pillow.fromarray(picture).save(stream, "PNG")
    return stream.getvalue()


def _plane(image: Image, mask: MaskArray | None) -> tuple[PixelArray, MaskArray | None]:
    still = image.at_time(0).pixels
    if still.ndim == 2:
        return still, mask
    extent = None if mask is None else mask.sum(axis=(1, 2))
    index = still.shape[0] // 2 if extent is None or not extent.any() else int(extent.argmax())
    return still[index], None if mask is None else mask[index]


def _shape_mm(image: Image, plane: PixelArray) -> tuple[float, float]:
    row_mm, column_mm = image.spacing.mm[-2:] if image.spacing else (1.0, 1.0)
    return plane.shape[0] * row_mm, plane.shape[1] * column_mm


def _resized(plane: PixelArray, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Each pixel of the result is the mean of those that it stands for."""
    whole = Pillow.fromarray(plane.astype(np.float32))
    return np.asarray(whole.resize(shape[::-1], Pillow.Resampling.BOX), dtype=np.float32)


def _grey(values: NDArray[np.float32], image: Image) -> NDArray[np.uint8]:
    """Soft tissue in CT, 8-bit values as they are, others without the few extremes."""
    low, high = (0.0, 255.0) if image.pixels.dtype == np.uint8 else np.percentile(values, (0.5, 99.5))
    if image.modality == "CT":
        low, high = SOFT_TISSUE_HU
    level = np.clip((values - low) / max(float(high - low), 1e-6), 0.0, 1.0)
    return np.rint(level * 255).astype(np.uint8)


def _outline(tumour: MaskArray, shape: tuple[int, int]) -> MaskArray:
    """The pixels around the tumour; one smaller than a pixel of the thumbnail gets its outline too."""
    share = _resized(tumour, shape)
    inside = share >= 0.5 if (share >= 0.5).any() else share > 0
    return np.asarray(binary_dilation(inside) & ~inside)
