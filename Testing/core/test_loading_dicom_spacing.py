from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import DigitalXRayImageStorageForPresentation, SecondaryCaptureImageStorage

from Testing.core.dicom_examples import example
from Testing.core.dicom_objects import dataset, region, save
from TumorResponseLib.core.errors import SpacingError
from TumorResponseLib.core.image import Spacing
from TumorResponseLib.core.loading import load_study

GREY = np.arange(600, dtype=np.uint16).reshape(20, 30).astype(np.uint8)
WHOLE = (0, 0, 30, 20)
REGIONS = "DICOM SequenceOfUltrasoundRegions"


def spacing_of(path: Path, **fields: object) -> tuple[Spacing | None, tuple[str, ...]]:
    study = load_study(save(dataset(GREY, **fields), path / "a.dcm"))  # type: ignore[arg-type]
    return study.image().spacing, study.warnings


@pytest.mark.parametrize(
    ("name", "millimetres"), [("examples_ybr_color.dcm", 0.5104970559), ("examples_palette.dcm", 0.2622878766)]
)
def test_ultrasound_examples(name: str, millimetres: float) -> None:
    study = load_study(example(name))
    assert study.image().spacing_mm == pytest.approx((millimetres, millimetres))
    assert study.image().spacing is not None
    # Both examples were made smaller than the picture that their regions describe.
    assert "reaches beyond the image" in study.warnings[0]


def test_region_gives_rows_from_y_and_columns_from_x(tmp_path: Path) -> None:
    spacing, warnings = spacing_of(tmp_path, SequenceOfUltrasoundRegions=[region(0.02, 0.03, WHOLE)])
    assert spacing is not None
    assert spacing.mm == pytest.approx((0.3, 0.2))
    assert spacing.source == REGIONS
    assert warnings == ()


def test_region_wins_over_pixel_spacing(tmp_path: Path) -> None:
    spacing, _ = spacing_of(tmp_path, SequenceOfUltrasoundRegions=[region(0.02, 0.02, WHOLE)], PixelSpacing=[1, 1])
    assert spacing is not None
    assert spacing.mm == pytest.approx((0.2, 0.2))


def test_largest_tissue_region_wins(tmp_path: Path) -> None:
    regions = [
        region(0.05, 0.05, (0, 0, 10, 10)),
        region(0.02, 0.02, (0, 0, 28, 18)),
        region(0.09, 0.09, WHOLE, RegionDataType=2),
        region(0.08, 0.08, WHOLE, RegionSpatialFormat=3),
    ]
    spacing, warnings = spacing_of(tmp_path, SequenceOfUltrasoundRegions=regions)
    assert spacing is not None
    assert spacing.mm == pytest.approx((0.2, 0.2))
    assert "differ in scale" in warnings[0]


@pytest.mark.parametrize(
    "fields", [{"PhysicalUnitsXDirection": 4}, {"PhysicalUnitsYDirection": 7}, {"RegionSpatialFormat": 4}]
)
def test_other_units_are_no_lengths(tmp_path: Path, fields: dict[str, int]) -> None:
    spacing, _ = spacing_of(tmp_path, SequenceOfUltrasoundRegions=[region(0.02, 0.02, WHOLE, **fields)])
    assert spacing is None


def test_a_downward_axis_is_a_length_and_zero_is_not(tmp_path: Path) -> None:
    spacing, _ = spacing_of(tmp_path, SequenceOfUltrasoundRegions=[region(0.02, -0.03, WHOLE)])
    assert spacing is not None
    assert spacing.mm == pytest.approx((0.3, 0.2))
    with pytest.raises(SpacingError, match="not a positive length; give the spacing with --spacing"):
        spacing_of(tmp_path, SequenceOfUltrasoundRegions=[region(0.0, 0.02, WHOLE)])


@pytest.mark.parametrize("value", [[0, 1], [-0.5, 0.5], [0.5]])
def test_pixel_spacing_that_is_no_length(tmp_path: Path, value: list[float]) -> None:
    with pytest.raises(SpacingError, match=r"PixelSpacing\) is not a positive length"):
        spacing_of(tmp_path, PixelSpacing=value)
    made = save(dataset(GREY, PixelSpacing=value), tmp_path / "b.dcm")
    assert load_study(made, spacing=Spacing((0.2,), "--spacing")).image().spacing_mm == (0.2, 0.2)


def test_user_spacing_overrides_with_a_warning(tmp_path: Path) -> None:
    made = save(dataset(GREY, PixelSpacing=[0.4, 0.5]), tmp_path / "a.dcm")
    study = load_study(made, spacing=Spacing((0.1, 0.1), "--spacing"))
    assert study.image().spacing == Spacing((0.1, 0.1), "given by the user")
    assert study.warnings == (
        "The spacing given by the user, 0.1 x 0.1 mm, is used for a.dcm in place of 0.4 x 0.5 mm (DICOM PixelSpacing).",
    )
    assert load_study(made, spacing=Spacing((0.4, 0.5), "--spacing")).warnings == ()


def test_secondary_capture_needs_a_calibration(tmp_path: Path) -> None:
    captured = {"sop_class": SecondaryCaptureImageStorage, "PixelSpacing": [0.3, 0.3]}
    spacing, warnings = spacing_of(tmp_path, **captured)
    assert spacing is None
    assert "secondary capture" in warnings[0]
    spacing, warnings = spacing_of(tmp_path, **captured, PixelSpacingCalibrationType="FIDUCIAL")
    assert spacing == Spacing((0.3, 0.3), "DICOM PixelSpacing")
    assert warnings == ()


def test_projection_spacing_is_at_the_detector_unless_calibrated(tmp_path: Path) -> None:
    projection = {
        "modality": "DX",
        "sop_class": DigitalXRayImageStorageForPresentation,
        "ImagerPixelSpacing": [0.2, 0.2],
    }
    spacing, warnings = spacing_of(tmp_path, **projection)
    assert spacing == Spacing((0.2, 0.2), "DICOM ImagerPixelSpacing, at the detector")
    assert "magnification" in warnings[0]
    spacing, warnings = spacing_of(tmp_path, **projection, PixelSpacing=[0.2, 0.2])
    assert "magnification" in warnings[0]
    spacing, warnings = spacing_of(tmp_path, **projection, PixelSpacing=[0.16, 0.16])
    assert spacing == Spacing((0.16, 0.16), "DICOM PixelSpacing")
    assert warnings == ()


def test_imager_spacing_is_nothing_to_ultrasound(tmp_path: Path) -> None:
    assert spacing_of(tmp_path, ImagerPixelSpacing=[0.2, 0.2]) == (None, ())
