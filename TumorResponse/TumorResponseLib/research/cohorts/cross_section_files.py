"""Simulated PET and CT as DICOM series of single slices: without identity, with every field that SUV and HU need."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import (
    UID,
    CTImageStorage,
    ExplicitVRLittleEndian,
    PositronEmissionTomographyImageStorage,
    generate_uid,
)

from TumorResponseLib.core.image import Image
from TumorResponseLib.core.pet.suv import suv_factor

SCANNED_ON = "20240102"
"""Every scan's date; a simulation has none, but SUV needs times, and times need a day."""

INJECTED_AT, SCANNED_AT, DECAY_S = "090000", "100000", 3600.0
FRAME_MS = 120_000
LARGEST_STORED = 32767


@dataclass(frozen=True)
class Tracer:
    """What was injected, and into whom.

    Attributes:
        name: of the radiopharmaceutical.
        half_life_s: of its radionuclide.
        dose_bq: at the time of the injection, an hour before the scan.
        weight_kg: the patient's.
    """

    name: str
    half_life_s: float
    dose_bq: float
    weight_kg: float


@dataclass(frozen=True)
class Series:
    """What the slices of a series share.

    Attributes:
        identity: of the examination; the same one gives the same study and frame of reference.
        number: of the series.
        description: of the series.
    """

    identity: str
    number: int
    description: str


def write_pet_series(image: Image, tracer: Tracer, series: Series, folder: Path) -> None:
    """Write a PET in SUV by body weight as Bq/ml, a file and a rescale slope a slice, decay-corrected to its start."""
    factor = suv_factor(1000 * tracer.weight_kg, tracer.dose_bq, DECAY_S, tracer.half_life_s)
    for index, suv in enumerate(image.pixels):
        activity = suv.astype(np.float64) / factor
        # Decimal strings hold 16 characters.
        slope = float(f"{max(float(activity.max()), 1.0) / LARGEST_STORED:.9g}")
        stored = np.minimum(np.round(activity / slope), LARGEST_STORED).astype(np.int16)
        made = _slice(stored, image, index, series, PositronEmissionTomographyImageStorage, "PT")
        made.RescaleSlope, made.RescaleIntercept, made.Units = slope, 0, "BQML"
        made.DecayCorrection, made.CorrectedImage = "START", ["DECY", "ATTN", "SCAT", "RADL"]
        made.SeriesType, made.CollimatorType, made.CountsSource = ["WHOLE BODY", "IMAGE"], "NONE", "EMISSION"
        made.ActualFrameDuration, made.FrameReferenceTime = FRAME_MS, FRAME_MS / 2
        made.PatientWeight = tracer.weight_kg
        made.RadiopharmaceuticalInformationSequence = [_injection(tracer)]
        made.NumberOfSlices, made.ImageIndex = len(image.pixels), index + 1
        _save(made, folder)


def write_ct_series(image: Image, series: Series, folder: Path) -> None:
    """Write a CT in HU, a file a slice."""
    for index, hounsfield in enumerate(image.pixels):
        made = _slice((hounsfield + 1024).astype(np.int16), image, index, series, CTImageStorage, "CT")
        made.RescaleSlope, made.RescaleIntercept, made.RescaleType = 1, -1024, "HU"
        made.KVP = 120
        _save(made, folder)


def _slice(
    stored: NDArray[np.int16], image: Image, index: int, series: Series, storage: UID, modality: str
) -> FileDataset:
    slices_mm, rows_mm, columns_mm = image.spacing_mm
    directions = np.array(image.frame.directions)
    place = np.array(image.frame.origin) + directions[:, 2] * slices_mm * index
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = storage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["slice", series.identity, modality, str(index)])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = storage, meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID = generate_uid(entropy_srcs=["study", series.identity])
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=["series", series.identity, modality])
    dataset.FrameOfReferenceUID = generate_uid(entropy_srcs=["frame", series.identity])
    dataset.PatientName = "Simulated"
    for empty in (
        "PatientID",
        "PatientBirthDate",
        "PatientSex",
        "StudyID",
        "AccessionNumber",
        "PositionReferenceIndicator",
    ):
        setattr(dataset, empty, "")
    dataset.ReferringPhysicianName = ""
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = SCANNED_ON
    dataset.StudyTime = dataset.SeriesTime = dataset.AcquisitionTime = SCANNED_AT
    dataset.Modality, dataset.Manufacturer = modality, "TumorResponse simulation"
    dataset.SeriesDescription, dataset.SeriesNumber = series.description, series.number
    dataset.InstanceNumber, dataset.ImageType = index + 1, ["DERIVED", "PRIMARY", "AXIAL"]
    dataset.BurnedInAnnotation = "NO"
    dataset.ImagePositionPatient = [f"{number:.6g}" for number in place]
    dataset.ImageOrientationPatient = [f"{number:.6g}" for number in directions[:, :2].T.ravel()]
    dataset.PixelSpacing, dataset.SliceThickness = [f"{rows_mm:.6g}", f"{columns_mm:.6g}"], f"{slices_mm:.6g}"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = stored.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 1
    dataset.PixelData = stored.astype("<i2").tobytes()
    return dataset


def _injection(tracer: Tracer) -> Dataset:
    item = Dataset()
    item.Radiopharmaceutical = tracer.name
    item.RadiopharmaceuticalStartTime = INJECTED_AT
    item.RadiopharmaceuticalStartDateTime = SCANNED_ON + INJECTED_AT
    item.RadionuclideTotalDose, item.RadionuclideHalfLife = tracer.dose_bq, tracer.half_life_s
    return item


def _save(made: FileDataset, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    made.save_as(folder / f"{made.InstanceNumber:03d}.dcm", enforce_file_format=True)
