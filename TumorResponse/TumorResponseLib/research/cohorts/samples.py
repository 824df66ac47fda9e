"""The sample studies in Resources/SampleData: simulated, so that no patient's image is in the repository.

    python -m TumorResponseLib.research.cohorts.samples --out Resources/SampleData

Run it again after a change of the simulation; the same code writes the same bytes.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundImageStorage, generate_uid

from TumorResponseLib.research.cohorts.dlrs3 import TIMEPOINT, image_of
from TumorResponseLib.research.cohorts.dlrs3_biology import draw_patients
from TumorResponseLib.research.cohorts.dlrs3_image import VirtualImage

SAMPLE_SEED = 1
"""Not the seed of any cohort that a shipped bundle was trained or evaluated on."""

CENTIMETRES, TWO_DIMENSIONAL, TISSUE = 3, 1, 1
"""Codes of DICOM PS3.3 C.8.5.5.1: units, region spatial format, region data type."""

HOW_MADE = """\
# Sample study of the system dlrs3

`image.dcm` is a simulated breast ultrasound after two cycles of neoadjuvant chemotherapy. No patient is behind it. It
is the first virtual patient of seed {seed}, made by TumorResponseLib/research/cohorts/dlrs3.py (see there for the
biology and the image formation) and written by

    python -m TumorResponseLib.research.cohorts.samples --out Resources/SampleData

The pixel spacing stands where scanners put it, in the Sequence of Ultrasound Regions. Patient and study attributes are
empty or say "Simulated". `study.json` carries the truth of the model beside the image: the chance of response
(`oracle_probability`) and the outcome drawn from it (`response`). Research and teaching use only.
"""


def write_dlrs3_sample(folder: Path) -> None:
    """Write ``image.dcm``, ``study.json`` and ``how_made.md`` into ``folder``, in place of an earlier sample."""
    patient = draw_patients(1, SAMPLE_SEED)[0]
    unfinished = folder.with_name(folder.name + ".partial")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    ultrasound_file(image_of(patient, SAMPLE_SEED)).save_as(unfinished / "image.dcm", enforce_file_format=True)
    study = {
        "patient": "dlrs3-sample",
        "timepoint": TIMEPOINT,
        "image": "image.dcm",
        "response": patient.response,
        "oracle_probability": round(patient.probability, 6),
    }
    (unfinished / "study.json").write_text(json.dumps(study, indent=2) + "\n", encoding="utf-8")
    (unfinished / "how_made.md").write_text(HOW_MADE.format(seed=SAMPLE_SEED), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def ultrasound_file(image: VirtualImage) -> FileDataset:
    """A DICOM Ultrasound Image of one virtual image, without identity, its spacing in the ultrasound regions."""
    rows, columns = image.pixels.shape
    identity = image.pixels.tobytes().hex()
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UltrasoundImageStorage
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
    dataset.SeriesDescription = "Simulated breast ultrasound"
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.SeriesNumber = dataset.InstanceNumber = 1
    dataset.BurnedInAnnotation = "NO"
    dataset.LossyImageCompression = "00"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    dataset.SequenceOfUltrasoundRegions = [_region(image)]
    dataset.PixelData = image.pixels.tobytes() + b"\0" * (image.pixels.size % 2)
    return dataset


def _region(image: VirtualImage) -> Dataset:
    rows, columns = image.pixels.shape
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = TWO_DIMENSIONAL, TISSUE, 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 0, 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = columns - 1, rows - 1
    region.ReferencePixelX0, region.ReferencePixelY0 = 0, 0
    region.ReferencePixelPhysicalValueX, region.ReferencePixelPhysicalValueY = 0.0, 0.0
    region.PhysicalUnitsXDirection, region.PhysicalUnitsYDirection = CENTIMETRES, CENTIMETRES
    region.PhysicalDeltaY, region.PhysicalDeltaX = (step / 10 for step in image.spacing_mm)
    return region


def main() -> None:
    """Write all samples."""
    parser = argparse.ArgumentParser(description="Write the simulated sample studies.")
    parser.add_argument("--out", type=Path, required=True, help="the folder Resources/SampleData")
    arguments = parser.parse_args()
    write_dlrs3_sample(arguments.out / "dlrs3")


if __name__ == "__main__":
    main()
