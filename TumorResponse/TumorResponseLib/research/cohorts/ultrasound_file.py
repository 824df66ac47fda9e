"""Simulated ultrasound as DICOM: without identity, its spacing in the ultrasound regions, a cine with its times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundImageStorage, UltrasoundMultiFrameImageStorage, generate_uid

CENTIMETRES, TWO_DIMENSIONAL, TISSUE = 3, 1, 1
"""Codes of DICOM PS3.3 C.8.5.5.1: units, region spatial format, region data type."""

FRAME_TIME = 0x00181063
"""What the frame increment pointer points to."""


def ultrasound_file(
    pixels: NDArray[np.uint8],
    spacing_mm: tuple[float, float],
    description: str,
    *,
    frame_ms: float | None = None,
    sides: int = 1,
) -> FileDataset:
    """A DICOM Ultrasound Image, or with ``frame_ms`` a Multi-frame Image.

    Args:
        pixels: ``(rows, columns)``, or ``(times, rows, columns)`` with ``frame_ms``.
        spacing_mm: of rows and columns.
        description: of the series.
        frame_ms: between two frames of a cine.
        sides: pictures side by side, an ultrasound region each.
    """
    rows, columns = pixels.shape[-2:]
    identity = pixels.tobytes().hex()
    storage = UltrasoundImageStorage if frame_ms is None else UltrasoundMultiFrameImageStorage
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = storage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["image", identity])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID = generate_uid(entropy_srcs=["study", identity])
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=["series", identity])
    dataset.PatientName = "Simulated"
    for empty in ("PatientID", "PatientBirthDate", "PatientSex", "StudyID", "StudyDate", "StudyTime"):
        setattr(dataset, empty, "")
    dataset.AccessionNumber = dataset.ReferringPhysicianName = ""
    dataset.Modality = "US"
    dataset.Manufacturer = "TumorResponse simulation"
    dataset.SeriesDescription = description
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.SeriesNumber = dataset.InstanceNumber = 1
    dataset.BurnedInAnnotation = "NO"
    dataset.LossyImageCompression = "00"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    if frame_ms is not None:
        dataset.NumberOfFrames = len(pixels)
        dataset.FrameTime = frame_ms
        dataset.FrameIncrementPointer = FRAME_TIME
    width = columns // sides
    dataset.SequenceOfUltrasoundRegions = [_region(rows, width, side * width, spacing_mm) for side in range(sides)]
    dataset.PixelData = pixels.tobytes() + b"\0" * (pixels.size % 2)
    return dataset


def _region(rows: int, columns: int, left: int, spacing_mm: tuple[float, float]) -> Dataset:
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = TWO_DIMENSIONAL, TISSUE, 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = left, 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = left + columns - 1, rows - 1
    region.ReferencePixelX0, region.ReferencePixelY0 = 0, 0
    region.ReferencePixelPhysicalValueX, region.ReferencePixelPhysicalValueY = 0.0, 0.0
    region.PhysicalUnitsXDirection, region.PhysicalUnitsYDirection = CENTIMETRES, CENTIMETRES
    region.PhysicalDeltaY, region.PhysicalDeltaX = (step / 10 for step in spacing_mm)
    return region
