"""PNG, JPEG, TIFF and BMP: one grey or colour picture, never with millimetres.

The resolution that such files may carry (PNG pHYs, JPEG and TIFF dots per inch) describes paper or screen, not the
patient, so it is not read.
"""

from __future__ import annotations

import struct
import warnings as python_warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image, PixelArray, Spacing
from TumorResponseLib.core.loading.files import source_file
from TumorResponseLib.core.loading.formats import PICTURES
from TumorResponseLib.core.loading.loaded import LoadedImage, luma, require_finite, require_sane_size
from TumorResponseLib.core.loading.quiet import quiet_decoders
from TumorResponseLib.core.loading.spacing import settle_spacing

STILLS = {"JPEG", "MPO"}
"""A camera's JPEG may carry a preview as a second picture; the first one is the picture."""

TRANSPARENCY_IGNORED = "its transparency is ignored"
"""Part of the warning beside such a picture."""

GREY_MODES = {"L", "I", "F", "I;16", "I;16B", "I;16L"}
PNG_END = b"IEND\xaeB`\x82"
# What Pillow's decoders raise on damaged data, besides OSError.
DAMAGE = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, IndexError, KeyError, TypeError)


def read_picture(path: Path, given: Spacing | None = None) -> LoadedImage:
    """Read a picture as a grey image ``(rows, columns)``.

    8-bit grey stays uint8, 16-bit uint16, 32-bit int32 or float32; bilevel becomes 0 and 255. Colour and palette become
    grey by ITU-R BT.601 luma at 8 bits. Transparency is dropped with a warning.

    Raises:
        StudyError: the file is missing, empty, damaged, cut off, too large, holds several pictures or NaN.
        SpacingError: ``given`` does not fit two axes.
    """
    file = source_file(path)
    with _told_in_one_sentence(path), quiet_decoders():
        python_warnings.simplefilter("error", Pillow.DecompressionBombWarning)
        _require_whole(path)
        with Pillow.open(path, formats=sorted(PICTURES)) as picture:
            require_sane_size((picture.height, picture.width), path.name)
            if picture.format not in STILLS and getattr(picture, "n_frames", 1) > 1:
                raise StudyError(f"The picture {path.name} holds several pictures; save the one to read on its own.")
            picture.load()
            pixels, transparent = _grey(picture)
    require_finite(pixels, path.name)
    spacing, warnings = settle_spacing(None, given, 2, path.name)
    if transparent:
        warnings = (*warnings, f"The picture {path.name} is partly transparent; {TRANSPARENCY_IGNORED}.")
    return LoadedImage(Image(pixels, spacing), (file,), warnings)


def _require_whole(path: Path) -> None:
    """Raise OSError for a PNG whose chunks fail their checksum or whose end is missing; Pillow decodes such files."""
    with Pillow.open(path, formats=sorted(PICTURES)) as picture:
        picture.verify()
        if picture.format == "PNG" and PNG_END not in path.read_bytes():
            raise OSError("the end of the PNG file is missing")


def _grey(picture: Pillow.Image) -> tuple[PixelArray, bool]:
    """Grey pixels, and whether any pixel was transparent."""
    if picture.mode in GREY_MODES:
        # The byte order of the file is not that of the machine: bring it to the machine's.
        values = np.array(picture)
        return values.astype(values.dtype.newbyteorder("=")), False
    if picture.mode == "1":
        return np.array(picture.convert("L")), False
    has_alpha = picture.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in picture.info
    if has_alpha:
        colour = np.array(picture.convert("RGBA"))
        return luma(colour[..., :3]), bool((colour[..., 3] < 255).any())
    return luma(np.array(picture.convert("RGB"))), False


@contextmanager
def _told_in_one_sentence(path: Path) -> Iterator[None]:
    try:
        yield
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning, MemoryError) as error:
        raise StudyError(f"The picture {path.name} is larger than is opened; crop it or check the file.") from error
    except UnidentifiedImageError as error:
        raise StudyError(
            f"The picture {path.name} is damaged or of a kind that is not supported; save it as PNG."
        ) from error
    except DAMAGE as error:
        raise StudyError(f"The picture {path.name} is cut off or damaged; copy or export it again.") from error
