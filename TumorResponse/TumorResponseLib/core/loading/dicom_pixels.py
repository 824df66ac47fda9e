"""DICOM pixels: unpacked, grey, and in the units that the file's rescale gives them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.pixels import apply_color_lut, apply_modality_lut, get_decoder

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import PixelArray
from TumorResponseLib.core.loading.dicom_header import DAMAGE, frame_count, told_as_damaged, transfer_syntax
from TumorResponseLib.core.loading.loaded import luma, require_finite
from TumorResponseLib.core.loading.quiet import quiet_decoders

MEASURED = {"CT", "PT", "NM"}
"""Modalities whose values are measurements: MONOCHROME1 then only says how to show them."""


def decode(dataset: Dataset, path: Path) -> PixelArray:
    """Stored grey values ``(frames, rows, columns)``: colour and palette by luma, MONOCHROME1 with bright as large.

    Raises:
        StudyError: the pixels are missing, cut off, damaged or packed in a way that cannot be decoded.
    """
    if not any(keyword in dataset for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        raise StudyError(f"The DICOM file {path.name} holds no pixels: it is cut off or no image; export it again.")
    packing = transfer_syntax(dataset)
    with quiet_decoders():
        try:
            decoder = get_decoder(packing)
            # Frame by frame, since colour takes three times the room of grey. Not iter_array: its frames are
            # read-only, on which pydicom 3.0's own sign correction fails.
            frames = (decoder.as_array(dataset, index=index, raw=False) for index in range(frame_count(dataset)))
            greys = [_grey(pixels, str(facts["photometric_interpretation"]), dataset, path) for pixels, facts in frames]
        except (NotImplementedError, *DAMAGE) as error:
            raise StudyError(
                f"The pixels of {path.name} cannot be unpacked: the file is cut off, damaged, or packed in an "
                f"unsupported way ({packing.name}); export it again or convert it."
            ) from error
    return np.stack(greys)


def in_units(stored: PixelArray, dataset: Dataset, path: Path) -> PixelArray:
    """Stored values through the data set's rescale or modality table: HU for CT; unchanged where it has none.

    Whole numbers stay whole when slope and intercept are.

    Args:
        stored: grey values of any shape.
        dataset: the data set, or one frame's item of the Pixel Value Transformation Sequence.
        path: the file, for messages.

    Raises:
        StudyError: the slope is 0, or a value is not finite.
    """
    if dataset.get("ModalityLUTSequence"):
        with told_as_damaged(path):
            table_values: PixelArray = apply_modality_lut(stored, dataset)
        return table_values
    slope, intercept = (float(dataset.get(key) or 0.0) for key in ("RescaleSlope", "RescaleIntercept"))
    if dataset.get("RescaleSlope") is None:
        require_finite(stored, path.name)
        return stored
    if slope == 0:
        raise StudyError(f"The rescale slope of {path.name} is 0, so its values are lost; export it again.")
    if slope == 1 and intercept == 0:
        values = stored
    elif slope.is_integer() and intercept.is_integer() and np.issubdtype(stored.dtype, np.integer):
        values = stored.astype(np.int32) * int(slope) + int(intercept)
    else:
        values = (stored.astype(np.float64) * slope + intercept).astype(np.float32)
    require_finite(values, path.name)
    return values


def _grey(pixels: PixelArray, photometric: str, dataset: Dataset, path: Path) -> PixelArray:
    if photometric == "PALETTE COLOR":
        return luma(apply_color_lut(pixels, dataset))
    if pixels.ndim == 3 and photometric == "RGB":
        return luma(pixels)
    if pixels.ndim != 2 or not photometric.startswith("MONOCHROME"):
        raise StudyError(f"The colours of {path.name} ({photometric}) are not supported; convert it to RGB.")
    native = pixels.astype(pixels.dtype.newbyteorder("="))
    if photometric == "MONOCHROME1" and dataset.get("Modality") not in MEASURED:
        return _inverted(native, int(dataset.BitsStored))
    return native


def _inverted(stored: PixelArray, bits: int) -> PixelArray:
    if np.issubdtype(stored.dtype, np.floating):
        return stored.max() + stored.min() - stored
    # For n stored bits, unsigned values mirror at 2^n - 1, signed ones at -1.
    highest = -1 if np.issubdtype(stored.dtype, np.signedinteger) else 2**bits - 1
    return (highest - stored.astype(np.int64)).astype(stored.dtype)
