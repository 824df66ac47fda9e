"""Hounsfield units of DICOM CT: the reader has rescaled the values; here the files must say that they are HU."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pydicom import Dataset, dcmread

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image_units import HOUNSFIELD
from TumorResponseLib.core.loading.dicom_header import told_as_damaged
from TumorResponseLib.core.loading.loaded import LoadedImage
from TumorResponseLib.core.loading.quiet import quiet_decoders

KEYWORDS = ("Modality", "RescaleSlope", "RescaleIntercept", "RescaleType")
GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
TRANSFORMATION = "PixelValueTransformationSequence"


def dicom_in_hounsfield(loaded: LoadedImage) -> LoadedImage:
    """The image of a DICOM CT series, known to be in HU (PS3.3 C.8.2.1; absent Rescale Type means HU).

    Raises:
        StudyError: a field is missing or says other units.
    """
    for file in loaded.files:
        _require_hounsfield(file.path)
    return replace(loaded, image=replace(loaded.image, units=HOUNSFIELD))


def _require_hounsfield(path: Path) -> None:
    with told_as_damaged(path), quiet_decoders():
        dataset = dcmread(path, force=True, stop_before_pixels=True, specific_tags=[*KEYWORDS, *GROUPS])
        rescale = _rescale(dataset)
        modality, kind = str(dataset.get("Modality") or "empty"), str(rescale.get("RescaleType") or HOUNSFIELD)
    if modality != "CT":
        raise StudyError(f"The DICOM field Modality of {path.name} is {modality}, not CT; give a CT series.")
    for keyword in ("RescaleSlope", "RescaleIntercept"):
        if rescale.get(keyword) is None:
            raise StudyError(
                f"The DICOM field {keyword} of {path.name} is missing, so its values are not HU; export it again."
            )
    if kind != HOUNSFIELD:
        raise StudyError(f"The DICOM field RescaleType of {path.name} is {kind}, not HU; give a CT series in HU.")


def _rescale(dataset: Dataset) -> Dataset:
    """Where an enhanced file keeps its rescale; the data set itself for a single slice."""
    for keyword in GROUPS:
        for group in dataset.get(keyword) or []:
            if group.get(TRANSFORMATION):
                found: Dataset = group[TRANSFORMATION].value[0]
                return found
    return dataset
