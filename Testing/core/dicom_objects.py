"""DICOM files made in the test: small, valid, and each different from the next in what a test is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import (
    UID,
    CTImageStorage,
    EnhancedCTImageStorage,
    ExplicitVRLittleEndian,
    UltrasoundImageStorage,
    UltrasoundMultiFrameImageStorage,
    generate_uid,
)

SECRET_NAME = "Secret^Patient"


def dataset(
    pixels: NDArray[Any], modality: str = "US", sop_class: UID = UltrasoundImageStorage, **fields: Any
) -> FileDataset:
    """A data set with ``pixels``: ``(rows, columns)``, a last axis of 3 for RGB; ``frames=True`` adds a first axis."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = sop_class, meta.MediaStorageSOPInstanceUID
    made.PatientName, made.PatientID = SECRET_NAME, "SECRET-ID"
    made.SeriesInstanceUID, made.SeriesNumber, made.Modality = "1.2.3.4.5678901234", "1", modality
    frames = fields.pop("frames", False)
    spatial = pixels.shape[1:] if frames else pixels.shape
    if frames:
        made.NumberOfFrames = pixels.shape[0]
    made.Rows, made.Columns = spatial[:2]
    made.SamplesPerPixel = 3 if len(spatial) == 3 else 1
    made.PhotometricInterpretation = "RGB" if len(spatial) == 3 else "MONOCHROME2"
    if len(spatial) == 3:
        made.PlanarConfiguration = 0
    bits = pixels.dtype.itemsize * 8
    made.BitsAllocated, made.BitsStored, made.HighBit = bits, bits, bits - 1
    made.PixelRepresentation = int(pixels.dtype.kind == "i")
    made.PixelData = pixels.tobytes() + b"\0" * (pixels.nbytes % 2)
    for keyword, value in fields.items():
        setattr(made, keyword, value)
    return made


def save(made: FileDataset, path: Path) -> Path:
    """Write the data set; returns ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save_as(path, enforce_file_format=True)
    return path


def region(delta_x: float, delta_y: float, box: tuple[int, int, int, int], **fields: Any) -> Dataset:
    """An ultrasound region in cm: ``box`` is left, top, right, bottom in pixels."""
    made = Dataset()
    made.RegionSpatialFormat, made.RegionDataType, made.RegionFlags = 1, 1, 0
    made.RegionLocationMinX0, made.RegionLocationMinY0, made.RegionLocationMaxX1, made.RegionLocationMaxY1 = box
    made.PhysicalUnitsXDirection = made.PhysicalUnitsYDirection = 3
    made.PhysicalDeltaX, made.PhysicalDeltaY = delta_x, delta_y
    for keyword, value in fields.items():
        setattr(made, keyword, value)
    return made


def cine(pixels: NDArray[Any], **fields: Any) -> FileDataset:
    """An ultrasound clip ``(times, rows, columns)``."""
    return dataset(pixels, "US", UltrasoundMultiFrameImageStorage, frames=True, **fields)


def ct_slice(pixels: NDArray[np.int16], position: tuple[float, float, float], **fields: Any) -> FileDataset:
    """One CT slice; axial, 0.5 x 0.7 mm, HU = stored - 1024 unless ``fields`` say otherwise."""
    plane = {
        "ImagePositionPatient": list(position),
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "PixelSpacing": [0.5, 0.7],
        "FrameOfReferenceUID": "1.2.3.9",
        "RescaleSlope": 1,
        "RescaleIntercept": -1024,
    }
    return dataset(pixels, "CT", CTImageStorage, **(plane | fields))


def ct_series(folder: Path, heights: list[float], seed: int = 0, **fields: Any) -> NDArray[np.int16]:
    """Axial slices at ``heights`` mm, in files whose names say nothing; returns the stored values by height."""
    stored = np.random.default_rng(seed).integers(0, 2000, (len(heights), 6, 5)).astype(np.int16)
    for number in np.random.default_rng(seed + 1).permutation(len(heights)):
        made = ct_slice(stored[number], (-10.0, 20.0, heights[number]), **fields)
        save(made, folder / generate_uid(entropy_srcs=[f"{number} {seed}"])[-12:])
    return stored[np.argsort(heights)]


def enhanced_ct(pixels: NDArray[np.int16], heights: list[float]) -> FileDataset:
    """An enhanced multi-frame CT whose frames lie at ``heights``, with all geometry in functional groups."""
    made = dataset(pixels, "CT", EnhancedCTImageStorage, frames=True, FrameOfReferenceUID="1.2.3.9")
    shared, orientation, measures, rescale = Dataset(), Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    measures.PixelSpacing = [0.5, 0.7]
    rescale.RescaleSlope, rescale.RescaleIntercept = 1, -1024
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [orientation], [measures]
    shared.PixelValueTransformationSequence = [rescale]
    made.SharedFunctionalGroupsSequence = [shared]
    groups = []
    for height in heights:
        place, group = Dataset(), Dataset()
        place.ImagePositionPatient = [-10.0, 20.0, height]
        group.PlanePositionSequence = [place]
        groups.append(group)
    made.PerFrameFunctionalGroupsSequence = groups
    return made
