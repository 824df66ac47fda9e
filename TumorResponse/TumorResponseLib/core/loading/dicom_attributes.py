"""The DICOM attributes that reading needs, by what they must hold; no other is ever read, so no patient is named."""

from __future__ import annotations

import math

from pydicom.dataelem import DataElement

TEXTS = {
    "SOPClassUID", "SeriesInstanceUID", "SeriesNumber", "Modality", "FrameOfReferenceUID",
    "PhotometricInterpretation", "PixelSpacingCalibrationType",
}  # fmt: skip
"""One value each."""

NUMBERS = {
    "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PlanarConfiguration", "BitsAllocated", "BitsStored",
    "HighBit", "PixelRepresentation", "RescaleSlope", "RescaleIntercept", "FrameTime", "CineRate",
    "RecommendedDisplayFrameRate",
}  # fmt: skip
"""One value each."""

NUMBERS_OF_REGIONS = {
    "RegionSpatialFormat", "RegionDataType", "RegionLocationMinX0", "RegionLocationMinY0", "RegionLocationMaxX1",
    "RegionLocationMaxY1", "PhysicalUnitsXDirection", "PhysicalUnitsYDirection", "PhysicalDeltaX", "PhysicalDeltaY",
}  # fmt: skip
"""One value each, inside the items of SequenceOfUltrasoundRegions."""

NUMBER_LISTS = {
    "PixelSpacing", "ImagerPixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "FrameTimeVector",
}  # fmt: skip

SEQUENCES = {
    "SequenceOfUltrasoundRegions", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
    "PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence", "PixelValueTransformationSequence",
    "ModalityLUTSequence",
}  # fmt: skip

FOR_THE_DECODER = {
    "PixelData", "FloatPixelData", "DoubleFloatPixelData", "ExtendedOffsetTable", "ExtendedOffsetTableLengths",
    "RedPaletteColorLookupTableDescriptor", "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor", "RedPaletteColorLookupTableData", "GreenPaletteColorLookupTableData",
    "BluePaletteColorLookupTableData", "SegmentedRedPaletteColorLookupTableData",
    "SegmentedGreenPaletteColorLookupTableData", "SegmentedBluePaletteColorLookupTableData",
}  # fmt: skip

ATTRIBUTES = sorted(TEXTS | NUMBERS | NUMBER_LISTS | SEQUENCES | FOR_THE_DECODER)


def require_kind(element: DataElement) -> None:
    """Raise ValueError when the element does not hold what its attribute must: damage may change kind and count."""
    keyword = element.keyword
    if keyword in TEXTS | NUMBERS | NUMBERS_OF_REGIONS and element.VM > 1:
        raise ValueError(f"{keyword} has several values")
    if keyword in NUMBERS | NUMBERS_OF_REGIONS | NUMBER_LISTS and element.VM > 0:
        values = element.value if element.VM > 1 else [element.value]
        if not all(math.isfinite(float(value)) for value in values):
            raise ValueError(f"{keyword} is not finite")
    if keyword in SEQUENCES and element.VR != "SQ":
        raise ValueError(f"{keyword} is no sequence")
