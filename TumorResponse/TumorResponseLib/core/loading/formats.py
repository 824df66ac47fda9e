"""What a file is: its extension says it, and its first bytes must agree."""

from __future__ import annotations

import zlib
from pathlib import Path

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading.files import beginning

PICTURES = frozenset({"PNG", "JPEG", "TIFF", "BMP"})
VOLUMES = frozenset({"NIfTI", "compressed NIfTI", "NRRD", "MetaImage"})
VIDEOS = frozenset({"AVI", "MP4"})
DICOM = "DICOM"
UNKNOWN = "unknown"

EXTENSIONS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".bmp": "BMP",
    ".dcm": DICOM,
    ".dicom": DICOM,
    ".ima": DICOM,
    ".nii": "NIfTI",
    ".nii.gz": "compressed NIfTI",
    ".nrrd": "NRRD",
    ".nhdr": "NRRD",
    ".mha": "MetaImage",
    ".mhd": "MetaImage",
    ".avi": "AVI",
    ".mp4": "MP4",
}

# Some formats are only here to name them to the user.
SIGNATURES = (
    (128, b"DICM", DICOM),  # first, since the 128 bytes before it may be a TIFF header (PS3.10 7.1)
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"),
    (0, b"MM\0+", "TIFF"),
    (0, b"BM", "BMP"),
    (344, b"n+1\0", "NIfTI"),
    (4, b"n+2\0", "NIfTI"),
    (0, b"NRRD000", "NRRD"),
    (0, b"GIF8", "GIF"),
    (0, b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (8, b"WEBP", "WebP"),
    (8, b"AVI ", "AVI"),
    (4, b"ftyp", "MP4"),
    (0, b"%PDF", "PDF"),
    (0, b"PK\x03\x04", "ZIP"),
)


def extension_of(path: Path) -> str:
    """The lower-case extension, with ``.nii.gz`` as one; ``""`` when there is none that is known."""
    name = path.name.lower()
    return next((known for known in sorted(EXTENSIONS, key=len, reverse=True) if name.endswith(known)), "")


def stem_of(path: Path) -> str:
    """The file name without its image extension, without ``.seg`` of a Slicer segmentation; a folder's name.

    A link has its own name; the folder that one is in (``.``) and the one above it have theirs.
    """
    if path.name in ("", ".."):
        path = path.resolve()
    stem = path.name[: len(path.name) - len(extension_of(path))]
    return stem[:-4] if stem.lower().endswith(".seg") else stem


def is_picture(path: Path) -> bool:
    """Whether the extension is that of a picture (PNG, JPEG, TIFF, BMP); the file need not exist."""
    return EXTENSIONS.get(extension_of(path)) in PICTURES


def content_of(path: Path) -> str:
    """The format that the first bytes show: a value of ``EXTENSIONS``, another format's name, text, or unknown.

    Raises:
        StudyError: the file is missing, empty or unreadable.
    """
    head = beginning(path)
    if head.startswith(b"\x1f\x8b"):
        return "compressed NIfTI" if _signature(_unzipped_beginning(head)) == "NIfTI" else "gzip"
    found = _signature(head)
    if found != UNKNOWN:
        return found
    if head.lstrip().startswith((b"ObjectType", b"NDims", b"Comment")):
        return "MetaImage"
    return "text" if _is_text(head) else UNKNOWN


def format_of(path: Path) -> str:
    """The format to read ``path`` as: one of ``PICTURES``, ``VOLUMES``, ``VIDEOS`` or ``DICOM``.

    Raises:
        StudyError: the file is missing, empty or unreadable, its extension is not supported, or its content is
            not what the extension says.
    """
    named = EXTENSIONS.get(extension_of(path))
    found = content_of(path)
    if named == found or (named is None and found == DICOM):
        return found
    # Old DICOM files lack the signature; the DICOM reader decides about them.
    if named == DICOM and found == UNKNOWN:
        return DICOM
    if named is None:
        raise StudyError(
            f"The file {path.name} has no extension that is supported; give PNG, JPEG, TIFF, BMP, DICOM, NIfTI, NRRD, "
            "MetaImage, AVI or MP4."
        )
    if found == UNKNOWN:
        raise StudyError(f"The file {path.name} is damaged or not {named} at all; copy or export it again.")
    raise StudyError(
        f"The file {path.name} is named {extension_of(path)} but holds {found}; give it its own extension or "
        f"export it as {named}."
    )


def _signature(head: bytes) -> str:
    matches = (name for start, bytes_, name in SIGNATURES if head[start : start + len(bytes_)] == bytes_)
    return next(matches, UNKNOWN)


def _unzipped_beginning(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(head, 512)
    except zlib.error:
        return b""


def _is_text(head: bytes) -> bool:
    # The last character may be cut in the middle.
    text = head.decode("utf-8", errors="ignore")
    return len(text.encode()) >= len(head) - 3 and all(mark.isprintable() or mark.isspace() for mark in text)
