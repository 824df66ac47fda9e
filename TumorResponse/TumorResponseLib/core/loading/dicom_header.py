"""DICOM data sets: read, checked for damage, and known for what they are."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import read_file_meta_info
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
)

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading.dicom_attributes import ATTRIBUTES, require_kind
from TumorResponseLib.core.loading.loaded import LARGEST_PIXEL_COUNT, require_sane_size
from TumorResponseLib.core.loading.quiet import quiet_decoders

# What pydicom and its decoders raise on damaged data.
DAMAGE = (
    InvalidDicomError, BytesLengthException, AttributeError, KeyError, IndexError, ValueError, TypeError, EOFError,
    OSError, RuntimeError, OverflowError, MemoryError, struct.error, zlib.error,
)  # fmt: skip

NOT_IMAGES = {
    "SEG": "a segmentation",
    "RTSTRUCT": "a structure set",
    "RTDOSE": "a dose distribution",
    "RTPLAN": "a treatment plan",
    "SR": "a structured report",
    "PR": "a presentation state",
    "KO": "a key object selection",
    "REG": "a registration",
}

UNCOMPRESSED_BY_ENCODING = {
    (True, True): ImplicitVRLittleEndian,
    (False, True): ExplicitVRLittleEndian,
    (False, False): ExplicitVRBigEndian,
}


def read_dataset(path: Path, *, with_pixels: bool) -> Dataset:
    """Read the attributes of one file; every value is converted and checked, so that damage shows here and not later.

    Raises:
        StudyError: the file is not DICOM, damaged, or far too large when unpacked.
    """
    with told_as_damaged(path), quiet_decoders():
        _require_inflatable(path)
        dataset = dcmread(path, force=True, stop_before_pixels=not with_pixels, specific_tags=list(ATTRIBUTES))
        _complete_transfer_syntax(dataset)
        for element in (*dataset.file_meta, *dataset.iterall()):
            require_kind(element)
        if "SOPClassUID" not in dataset and "Rows" not in dataset and not is_directory(dataset):
            raise StudyError(f"The file {path.name} is not DICOM or is cut off; copy or export it again.")
        if _is_of_images(dataset) and ("Rows" not in dataset or "Columns" not in dataset):
            raise EOFError("cut off before the size of its image")
        return dataset


def series_uid_of_damaged(path: Path) -> str:
    """The series uid of a file that ``read_dataset`` refuses; ``""`` where it cannot be told any more."""
    try:
        with quiet_decoders():
            return str(dcmread(path, force=True, specific_tags=["SeriesInstanceUID"]).get("SeriesInstanceUID", ""))
    except DAMAGE:
        return ""


def is_image(dataset: Dataset) -> bool:
    """Whether the data set describes pixels of a patient: no report, segmentation, dose or directory."""
    return "Rows" in dataset and "Columns" in dataset and dataset.get("Modality") not in NOT_IMAGES


def _is_of_images(dataset: Dataset) -> bool:
    """Whether the kind of object always has pixels, such as ``CT Image Storage``."""
    is_other = dataset.get("Modality") in NOT_IMAGES
    return not is_other and "Image Storage" in UID(str(dataset.get("SOPClassUID", ""))).name


def is_directory(dataset: Dataset) -> bool:
    """Whether the file is a DICOMDIR, which only lists others."""
    return bool(dataset.file_meta.get("MediaStorageSOPClassUID") == MediaStorageDirectoryStorage)


def require_image(dataset: Dataset, path: Path) -> None:
    """Raise StudyError unless the data set holds an image of a size that is opened."""
    kind = NOT_IMAGES.get(str(dataset.get("Modality", "")))
    if kind is not None:
        advice = "; export it from Slicer as .seg.nrrd and give it as the mask" if kind == "a segmentation" else ""
        raise StudyError(f"The DICOM file {path.name} holds {kind}, not an image{advice or '; give an image'}.")
    if is_directory(dataset):
        raise StudyError(f"The DICOM file {path.name} only lists other files; give their folder.")
    if not is_image(dataset):
        raise StudyError(f"The DICOM file {path.name} holds no image; it is cut off or another kind of object.")
    require_sane_size(
        (frame_count(dataset), int(dataset.Rows), int(dataset.Columns), int(dataset.get("SamplesPerPixel") or 1)),
        path.name,
    )


def frame_count(dataset: Dataset) -> int:
    """Number of frames; 1 where the attribute is missing or empty."""
    return int(dataset.get("NumberOfFrames") or 1)


def transfer_syntax(dataset: Dataset) -> UID:
    """How the pixels are packed."""
    uid: UID = dataset.file_meta.TransferSyntaxUID
    return uid


@contextmanager
def told_as_damaged(path: Path) -> Iterator[None]:
    """Turn what pydicom and its decoders raise on damaged data into one sentence."""
    try:
        yield
    except DAMAGE as error:
        raise StudyError(f"The DICOM file {path.name} is cut off or damaged; copy or export it again.") from error


def _complete_transfer_syntax(dataset: Dataset) -> None:
    """Files from before the file header existed do not name their encoding; pydicom has found it out."""
    if not hasattr(dataset, "file_meta"):
        dataset.file_meta = FileMetaDataset()
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit, little_endian = dataset.original_encoding
        encoding = (bool(implicit), bool(little_endian))
        dataset.file_meta.TransferSyntaxUID = UNCOMPRESSED_BY_ENCODING[encoding]


def _require_inflatable(path: Path) -> None:
    """Raise StudyError when a deflated data set unpacks to more than is opened: pydicom would unpack it in memory."""
    with path.open("rb") as stream:
        if stream.read(132)[128:] != b"DICM":
            return
    meta = read_file_meta_info(path)
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return
    unpacker = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    size = 0
    with path.open("rb") as stream:
        # Preamble, signature, the group length element itself, and what it counts.
        stream.seek(128 + 4 + 12 + int(meta.FileMetaInformationGroupLength))
        waiting = stream.read(2**20)
        while waiting:
            size += len(unpacker.decompress(waiting, 2**24))
            if size > 4 * LARGEST_PIXEL_COUNT:
                raise StudyError(f"The DICOM file {path.name} unpacks to more than is opened; check the file.")
            waiting = unpacker.unconsumed_tail or stream.read(2**20)
