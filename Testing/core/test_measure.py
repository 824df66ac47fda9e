from __future__ import annotations

import numpy as np
import pytest

from TumorResponseLib.core.errors import SpacingError
from TumorResponseLib.core.measure import measure_regions
from TumorResponseLib.core.recist import diameters
from TumorResponseLib.core.rings import make_rings


def test_a_disc_and_its_bands_have_the_areas_of_circles() -> None:
    spacing = (0.1, 0.2)
    rows, columns = np.indices((600, 300))
    tumour = np.hypot((rows - 300) * spacing[0], (columns - 150) * spacing[1]) <= 8.0
    regions = measure_regions(make_rings(tumour, spacing, (3.0, 5.0)), spacing)
    assert [region.name for region in regions] == ["tumour", "0-3 mm", "3-5 mm"]
    expected = [np.pi * 8**2, np.pi * (11**2 - 8**2), np.pi * (13**2 - 11**2)]
    for region, area in zip(regions, expected, strict=True):
        assert region.area_mm2 == pytest.approx(area, rel=0.02)
        assert region.area_mm2 == pytest.approx(region.voxels * 0.02)
        assert region.volume_mm3 is None


def test_only_the_tumour_has_diameters() -> None:
    tumour = np.zeros((40, 40), dtype=np.bool_)
    tumour[10:20, 12:30] = True
    measured, *bands = measure_regions(make_rings(tumour, (1.0, 1.0), (3.0,)), (1.0, 1.0))
    expected = diameters(tumour, (1.0, 1.0))
    assert (measured.long_diameter_mm, measured.short_diameter_mm) == (expected.long_mm, expected.short_mm)
    assert (measured.long_axis, measured.short_axis) == (expected.long_ends, expected.short_ends)
    for band in bands:
        assert (band.long_diameter_mm, band.short_diameter_mm, band.long_axis, band.short_axis) == (None,) * 4


def test_a_volume_has_a_volume() -> None:
    tumour = np.zeros((9, 20, 20), dtype=np.bool_)
    tumour[3:5, 8:12, 8:12] = True
    spacing = (2.0, 1.0, 0.5)
    regions = measure_regions(make_rings(tumour, spacing, (3.0,)), spacing)
    assert regions[0].volume_mm3 == pytest.approx(32.0)
    assert regions[0].area_mm2 is None
    assert regions[1].voxels == (make_rings(tumour, spacing, (3.0,)).labels == 2).sum()


def test_a_band_cut_away_measures_zero() -> None:
    tumour = np.zeros((20, 20), dtype=np.bool_)
    tumour[8:12, 8:12] = True
    regions = measure_regions(make_rings(tumour, (1.0, 1.0), (3.0, 5.0), within=tumour), (1.0, 1.0))
    assert [region.voxels for region in regions] == [16, 0, 0]
    assert regions[2].area_mm2 == 0.0


def test_spacing_of_other_axes_is_refused() -> None:
    rings = make_rings(np.ones((4, 4), dtype=np.bool_), (1.0, 1.0))
    with pytest.raises(SpacingError):
        measure_regions(rings, (1.0, 1.0, 1.0))
