"""PET and CT series made in the test. Numbers are chosen so that SUVs can be computed in the head:

80 kg, 400 MBq, a half-life of one hour; injected at 9 h, scanned at 10 h. Half of the dose is left then, 200 MBq for
80 000 g, so that 5000 Bq/ml are SUV 2.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileDataset
from pydicom.uid import CTImageStorage, PositronEmissionTomographyImageStorage

from Testing.core.dicom_objects import dataset, save
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.study import Study

FRAME = "1.2.3.9"
GE = (0x0009, "GEMS_PETD_01", 0x0D, "DT", "20240102100000")
"""When GE says that its scan began: group, creator, element, VR, value."""


def pet_slice(height: float = 0.0, stored: int = 1000, **fields: Any) -> FileDataset:
    """One slice of 3 x 4 voxels of 4 mm that hold 5 x ``stored`` Bq/ml; a field of None is left out.

    Fields of the radiopharmaceutical's item are named as the others.
    """
    item = Dataset()
    of_item: dict[str, Any] = {
        "RadionuclideTotalDose": 400e6,
        "RadionuclideHalfLife": 3600,
        "RadiopharmaceuticalStartTime": "090000",
        "RadiopharmaceuticalStartDateTime": None,
    }
    of_image: dict[str, Any] = {
        "ImagePositionPatient": [-8.0, 12.0, height], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "PixelSpacing": [4, 4], "FrameOfReferenceUID": FRAME, "RescaleSlope": 5, "RescaleIntercept": 0,
        "Units": "BQML", "DecayCorrection": "START", "CorrectedImage": ["DECY", "ATTN", "SCAT"],
        "SeriesDate": "20240102", "SeriesTime": "100000", "AcquisitionDate": "20240102", "AcquisitionTime": "100500",
        "ActualFrameDuration": 120000, "PatientWeight": 80, "PatientSize": 2, "PatientSex": "M",
    }  # fmt: skip
    without_item = fields.pop("without_item", False)
    private = fields.pop("private", None)
    for keyword, value in fields.items():
        (of_item if keyword in of_item else of_image)[keyword] = value
    for keyword, value in of_item.items():
        if value is not None:
            setattr(item, keyword, value)
    if not without_item:
        of_image["RadiopharmaceuticalInformationSequence"] = [item]
    given = {keyword: value for keyword, value in of_image.items() if value is not None}
    modality, sop_class = given.pop("Modality", "PT"), given.pop("SOPClassUID", PositronEmissionTomographyImageStorage)
    made = dataset(np.full((3, 4), stored, np.int16), modality, sop_class, **given)
    if private is not None:
        group, creator, element, vr, value = private
        made.private_block(group, creator, create=True).add_new(element, vr, value)
    return made


def pet_series(folder: Path, slices: list[FileDataset]) -> Path:
    """The slices in files whose names run against their order."""
    for number, made in enumerate(slices):
        save(made, folder / f"{len(slices) - number}.dcm")
    return folder


def two_slices(folder: Path, **fields: Any) -> Path:
    """Slices that hold 5000 and 10 000 Bq/ml, by different slopes: SUV 2 and 4 where nothing is changed."""
    return pet_series(folder, [pet_slice(0, **fields), pet_slice(4, **({"RescaleSlope": 10} | fields))])


def ct_series(folder: Path, frame: str = FRAME, **fields: Any) -> Path:
    """Four slices of CT of 8 x 10 voxels of 1.5 x 1.5 x 2 mm, 40 HU; a field of None is left out."""
    for number in range(4):
        of_image: dict[str, Any] = {
            "ImagePositionPatient": [-8.0, 12.0, 2.0 * number], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
            "PixelSpacing": [1.5, 1.5], "FrameOfReferenceUID": frame, "RescaleSlope": 1, "RescaleIntercept": -1024,
            "RescaleType": "HU", "SeriesInstanceUID": "1.2.3.4.987654321",
        } | fields  # fmt: skip
        given = {keyword: value for keyword, value in of_image.items() if value is not None}
        save(dataset(np.full((8, 10), 1064, np.int16), "CT", CTImageStorage, **given), folder / f"ct{number}.dcm")
    return folder


def philips(element: int, value: str) -> tuple[int, str, int, str, str]:
    """A private factor of Philips, as ``GE``."""
    return (0x7053, "Philips PET Private Group", element, "DS", value)


def pet_study(folder: Path, **fields: Any) -> Study:
    """A study of the series in ``folder/pet``."""
    (folder / "study.json").write_text(json.dumps({"image_pet": "pet"} | fields))
    return load_study(folder)


def suvs(folder: Path, **fields: Any) -> list[float]:
    """The SUV of each slice, which is even."""
    pixels = pet_study(folder, **fields).image("pet").pixels
    assert pixels.dtype == np.float32
    assert (pixels == pixels[:, :1, :1]).all()
    return [float(value) for value in pixels[:, 0, 0]]
