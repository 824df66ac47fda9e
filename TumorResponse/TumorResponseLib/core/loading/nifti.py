"""What ITK does not check in a NIfTI file: that all its voxels are there and finite, and that its spacing is meant.

The file is looked at here by hand since ITK repairs it in silence: a voxel size of 0 or NaN comes out as 1, missing
voxels and voxels of NaN come out as 0. Offsets: nifti1.h and nifti2.h of the NIfTI Data Format Working Group.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading.loaded import not_finite

BLOCK = 2**20
HEADER_BYTES = 540
UNIT_BITS = 0x07
"""Of ``xyzt_units``: the unit of length; 0 means unknown."""


@dataclass(frozen=True)
class NiftiHeader:
    """The fields that are checked.

    Attributes:
        size: of every axis, ITK order.
        voxel_size: as written, in the file's own unit, for up to three axes.
        first_voxel: offset in the file, bytes.
        voxel_bytes: of all voxels together.
        float_type: of the voxels, when they are floating-point numbers.
        says_spacing: False for a header without unit, without orientation and with 1 everywhere, which is what
            programs write that know no spacing.
    """

    size: tuple[int, ...]
    voxel_size: tuple[float, ...]
    first_voxel: int
    voxel_bytes: int
    float_type: np.dtype[np.floating] | None
    says_spacing: bool


def read_nifti_header(path: Path) -> NiftiHeader:
    """Read the header of a ``.nii`` or ``.nii.gz`` file.

    Raises:
        StudyError: it is cut off or damaged.
    """
    try:
        with _opened(path) as stream:
            head = stream.read(HEADER_BYTES)
        return _nifti1(head) if 348 in struct.unpack("<i", head[:4]) + struct.unpack(">i", head[:4]) else _nifti2(head)
    except (EOFError, zlib.error, gzip.BadGzipFile, struct.error, OverflowError, ValueError) as error:
        raise StudyError(f"The header of {path.name} is cut off or damaged; copy or export the file again.") from error


def require_sound_voxels(path: Path, header: NiftiHeader) -> None:
    """Raise StudyError when the file ends before its last voxel, its gzip checksum fails, or a voxel is not finite."""
    missing = header.voxel_bytes
    finite = True
    try:
        with _opened(path) as stream:
            stream.read(header.first_voxel)
            while missing > 0 and (block := stream.read(min(missing, BLOCK))):
                missing -= len(block)
                if header.float_type is not None:
                    whole = len(block) - len(block) % header.float_type.itemsize
                    finite &= bool(np.isfinite(np.frombuffer(block[:whole], header.float_type)).all())
            # The end of a gzip stream holds its checksum; what a zip bomb adds behind the voxels is not unpacked.
            stream.read(BLOCK)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise StudyError(f"The volume {path.name} is cut off or damaged; copy or export it again.") from error
    if missing > 0:
        raise StudyError(f"The volume {path.name} is cut off: it lacks {missing} bytes; copy or export it again.")
    if not finite:
        raise not_finite(path.name)


def _opened(path: Path) -> BinaryIO | gzip.GzipFile:
    return gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb")


def _nifti1(head: bytes) -> NiftiHeader:
    order = "<" if struct.unpack("<i", head[:4])[0] == 348 else ">"
    dim = struct.unpack_from(f"{order}8h", head, 40)
    kind, bits = struct.unpack_from(f"{order}2h", head, 70)
    pixdim = struct.unpack_from(f"{order}8f", head, 76)
    (start,) = struct.unpack_from(f"{order}f", head, 108)
    codes = struct.unpack_from(f"{order}2h", head, 252)
    return _header(dim, bits, pixdim, int(start), head[123], codes, _float_type(kind, order))


def _nifti2(head: bytes) -> NiftiHeader:
    order = "<" if struct.unpack("<i", head[:4])[0] == 540 else ">"
    kind, bits = struct.unpack_from(f"{order}2h", head, 12)
    dim = struct.unpack_from(f"{order}8q", head, 16)
    pixdim = struct.unpack_from(f"{order}8d", head, 104)
    (start,) = struct.unpack_from(f"{order}q", head, 168)
    codes = struct.unpack_from(f"{order}2i", head, 344)
    (unit,) = struct.unpack_from(f"{order}i", head, 500)
    return _header(dim, bits, pixdim, start, unit, codes, _float_type(kind, order))


def _float_type(kind: int, order: str) -> np.dtype[np.floating] | None:
    """The voxel type behind the code, when it is a floating-point one."""
    width = {16: 4, 64: 8}.get(kind)
    return np.dtype(f"{order}f{width}") if width else None


def _header(
    dim: tuple[int, ...],
    bits: int,
    pixdim: tuple[float, ...],
    first_voxel: int,
    unit: int,
    codes: tuple[int, ...],
    float_type: np.dtype[np.floating] | None,
) -> NiftiHeader:
    axes = dim[0]
    if not 1 <= axes <= 7 or first_voxel < 0:
        raise ValueError(f"{axes} axes, first voxel at {first_voxel}")
    size = dim[1 : axes + 1]
    voxel_size = pixdim[1 : min(axes, 3) + 1]
    says_spacing = any(code > 0 for code in codes) or unit & UNIT_BITS > 0 or any(step != 1 for step in voxel_size)
    return NiftiHeader(size, voxel_size, first_voxel, math.prod(size) * bits // 8, float_type, says_spacing)
