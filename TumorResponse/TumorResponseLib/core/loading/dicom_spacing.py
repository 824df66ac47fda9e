"""How many millimetres a DICOM pixel measures, and which attribute says so (PS3.3 C.8.5.5, 10.7.1)."""

from __future__ import annotations

import math

import numpy as np
from pydicom import Dataset
from pydicom.uid import EnhancedUSVolumeStorage

from TumorResponseLib.core.loading.spacing import StatedSpacing

CENTIMETRE = 3
"""Code of Physical Units X and Y Direction; the other codes are no lengths (seconds, cm/s, degrees, ...)."""
TWO_DIMENSIONAL = 1
TISSUE = 1
PROJECTION = {"CR", "DX", "MG", "XA", "RF", "IO", "PX"}
"""Modalities that project the patient on a detector, magnified."""
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def is_three_dimensional_ultrasound(dataset: Dataset) -> bool:
    """Whether the file is an Enhanced US Volume, whose frames are neither a cine nor placed in the patient."""
    return dataset.get("SOPClassUID") == EnhancedUSVolumeStorage


def in_plane_spacing(dataset: Dataset, name: str) -> tuple[StatedSpacing | None, tuple[str, ...]]:
    """Spacing ``(rows, columns)`` as stated, and warnings; None where no attribute gives a length.

    Ultrasound: the largest 2-D tissue region measured in cm. Otherwise Pixel Spacing; Imager Pixel Spacing, with a
    warning, for projection modalities only. Pixel Spacing of a secondary capture counts when the file says how
    it was calibrated or places the image in the patient.
    """
    regions = list(dataset.get("SequenceOfUltrasoundRegions") or [])
    measured = [region for region in regions if _is_measured_in_cm(region)]
    if measured:
        return _of_regions(measured, dataset, name)
    spacing = _pair(dataset, "PixelSpacing")
    imager = _pair(dataset, "ImagerPixelSpacing")
    calibrated = bool(dataset.get("PixelSpacingCalibrationType"))
    if dataset.get("Modality") in PROJECTION:
        if spacing is not None and (calibrated or (imager is not None and imager != spacing)):
            return StatedSpacing(spacing, "DICOM PixelSpacing"), ()
        return _at_detector(spacing, imager, name)
    if spacing is None:
        return None, ()
    captured = str(dataset.get("SOPClassUID", "")).startswith(SECONDARY_CAPTURE)
    if captured and not calibrated and "ImageOrientationPatient" not in dataset:
        return None, (
            f"The secondary capture {name} does not say how its PixelSpacing was calibrated, so it is not used; "
            "give the spacing with --spacing.",
        )
    return StatedSpacing(spacing, "DICOM PixelSpacing"), ()


def _is_measured_in_cm(region: Dataset) -> bool:
    return (
        region.get("RegionSpatialFormat") == TWO_DIMENSIONAL
        and region.get("PhysicalUnitsXDirection") == CENTIMETRE
        and region.get("PhysicalUnitsYDirection") == CENTIMETRE
        and region.get("PhysicalDeltaX") is not None
        and region.get("PhysicalDeltaY") is not None
    )


def _of_regions(regions: list[Dataset], dataset: Dataset, name: str) -> tuple[StatedSpacing, tuple[str, ...]]:
    tissue = [region for region in regions if region.get("RegionDataType") == TISSUE] or regions
    chosen = max(tissue, key=_area)
    mm = _millimetres(chosen)
    warnings = []
    if not all(np.allclose(_millimetres(region), mm, rtol=1e-3) for region in tissue):
        warnings.append(f"The regions of {name} differ in scale; the spacing holds in the largest one only.")
    right, bottom = (int(chosen.get(key, 0)) for key in ("RegionLocationMaxX1", "RegionLocationMaxY1"))
    if right > dataset.Columns or bottom > dataset.Rows:
        warnings.append(
            f"The ultrasound region of {name} reaches beyond the image, {dataset.Columns} x {dataset.Rows} pixels, "
            "which may have been reduced or cropped after it was calibrated; check the spacing on the depth scale."
        )
    return StatedSpacing(mm, "DICOM SequenceOfUltrasoundRegions"), tuple(warnings)


def _millimetres(region: Dataset) -> tuple[float, float]:
    # A negative delta says that the axis points the other way.
    return abs(float(region.PhysicalDeltaY)) * 10, abs(float(region.PhysicalDeltaX)) * 10


def _area(region: Dataset) -> int:
    width = int(region.get("RegionLocationMaxX1", 0)) - int(region.get("RegionLocationMinX0", 0))
    return width * (int(region.get("RegionLocationMaxY1", 0)) - int(region.get("RegionLocationMinY0", 0)))


def _at_detector(
    spacing: tuple[float, ...] | None, imager: tuple[float, ...] | None, name: str
) -> tuple[StatedSpacing | None, tuple[str, ...]]:
    detector = spacing or imager
    if detector is None:
        return None, ()
    source = "DICOM PixelSpacing" if spacing else "DICOM ImagerPixelSpacing"
    return StatedSpacing(detector, f"{source}, at the detector"), (
        f"The spacing of {name} is that of the detector; in the patient lengths are smaller by the magnification.",
    )


def _pair(dataset: Dataset, keyword: str) -> tuple[float, float] | None:
    """Row and column spacing; a value that is not a pair is passed on as not a number, which is refused later."""
    value = dataset.get(keyword)
    if value is None:
        return None
    pair = [float(step) for step in (value if hasattr(value, "__iter__") else [value])]
    return (pair[0], pair[1]) if len(pair) == 2 else (math.nan, math.nan)
