"""Lesions found, taken and measured on volumes that were made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from TumorResponseLib.core.errors import MaskError, UsageError
from TumorResponseLib.core.pet.lesion_table import measure_lesions
from TumorResponseLib.core.pet.lesions import (
    find_lesions,
    labels_of_mask,
    lesion_numbers,
    rings_of_lesion,
    with_lesion,
    without_lesion,
)
from TumorResponseLib.core.pet.thresholds import (
    BLOOD_POOL,
    LIVER,
    ReferenceRegion,
    ball,
    cylinder,
    fixed,
    of_maximum,
    of_reference,
    reference_region,
)

SPACING = (4.0, 4.0, 4.0)
HOT, WARM, BLADDER = (10, 10, 10), (10, 10, 22), (20, 20, 12)


def bump(at: tuple[int, int, int], height: float, radius: float) -> NDArray[np.float64]:
    """A cone that is ``height`` at its voxel and 0 at ``radius`` voxels."""
    grid = np.indices((28, 30, 32))
    distance = np.sqrt(sum((axis - index) ** 2 for axis, index in zip(grid, at, strict=True)))
    return np.asarray(height * np.maximum(0, 1 - distance / radius))


@pytest.fixture
def suv() -> NDArray[np.float32]:
    """Background of 1 with lesions of 10 and 6 and a bladder of 30."""
    rising = bump(HOT, 9, 5) + bump(WARM, 5, 5) + bump(BLADDER, 29, 5)
    return (1 + rising).astype(np.float32)


def test_automatic_lesions_are_numbered_from_the_hottest(suv: NDArray[np.float32]) -> None:
    labels = find_lesions(suv, SPACING, fixed(3))
    assert [int(labels[at]) for at in (BLADDER, HOT, WARM)] == [1, 2, 3]
    np.testing.assert_array_equal(labels > 0, suv >= 3)
    assert lesion_numbers(find_lesions(suv, SPACING, fixed(40))) == []


def test_physiologic_uptake_goes_by_a_click_and_numbers_stay(suv: NDArray[np.float32]) -> None:
    labels = without_lesion(find_lesions(suv, SPACING, fixed(3)), BLADDER)
    assert lesion_numbers(labels) == [2, 3]
    again = with_lesion(labels, suv, SPACING, fixed(3), BLADDER)
    assert again[BLADDER] == 4
    with pytest.raises(UsageError, match="no lesion under the click"):
        without_lesion(labels, BLADDER)
    with pytest.raises(UsageError, match="outside of the scan"):
        without_lesion(labels, (0, 0, 99))


def test_small_ones_and_what_lies_elsewhere_are_left_out(suv: NDArray[np.float32]) -> None:
    suv[2, 2, 2] = 8
    assert len(lesion_numbers(find_lesions(suv, SPACING, fixed(3)))) == 4
    assert len(lesion_numbers(find_lesions(suv, SPACING, fixed(3), smallest_mm3=65))) == 3
    half = np.zeros(suv.shape, dtype=bool)
    half[:, :, :16] = True
    assert len(lesion_numbers(find_lesions(suv, SPACING, fixed(3), within=half, smallest_mm3=65))) == 2


def test_share_of_the_maximum_is_of_each_lesions_own(suv: NDArray[np.float32]) -> None:
    labels = find_lesions(suv, SPACING, of_maximum(4))
    for at in (HOT, WARM, BLADDER):
        lesion = labels == labels[at]
        seed = np.ones(suv.shape, dtype=bool)
        seed[at] = False
        near = distance_transform_edt(seed) < 5
        np.testing.assert_array_equal(lesion, (suv >= 0.41 * suv[at]) & near)


def test_share_of_the_maximum_finds_a_lesion_inside_another_only_once() -> None:
    suv = (1 + bump((10, 10, 10), 9, 6) + bump((10, 10, 16), 7, 4)).astype(np.float32)
    labels = find_lesions(suv, SPACING, of_maximum(7.5))
    assert lesion_numbers(labels) == [1]
    assert labels[10, 10, 16] == 1


def test_clicks(suv: NDArray[np.float32]) -> None:
    none = np.zeros(suv.shape, dtype=np.int32)
    # On the lesion's flank, 2 voxels or 8 mm away: the same lesion as on its summit.
    flank = (10, 10, 12)
    np.testing.assert_array_equal(
        with_lesion(none, suv, SPACING, of_maximum(4), flank), with_lesion(none, suv, SPACING, of_maximum(4), HOT)
    )
    beside = (10, 10, 6)
    assert suv[beside] < 4 < suv[10, 10, 8]
    np.testing.assert_array_equal(
        with_lesion(none, suv, SPACING, fixed(4), beside), with_lesion(none, suv, SPACING, fixed(4), HOT)
    )
    with pytest.raises(UsageError, match=r"largest uptake within 10 mm of the click is SUV 1\.00"):
        with_lesion(none, suv, SPACING, fixed(4), (2, 2, 2))
    taken = with_lesion(none, suv, SPACING, fixed(4), HOT)
    with pytest.raises(UsageError, match="already"):
        with_lesion(taken, suv, SPACING, fixed(4), HOT)


def test_a_region_larger_than_its_first_box_is_whole() -> None:
    suv = np.ones((6, 60, 60), dtype=np.float32)
    suv[2:4, 3:58, 3:58] = 5
    suv[3, 50, 50] = 9
    none = np.zeros(suv.shape, dtype=np.int32)
    np.testing.assert_array_equal(with_lesion(none, suv, SPACING, fixed(4), (2, 5, 5)) > 0, suv >= 4)
    # 41 % of 9 is 3.69: the region around any of its voxels ends up as that of its hottest one.
    np.testing.assert_array_equal(with_lesion(none, suv, SPACING, of_maximum(4), (2, 5, 5)) > 0, suv >= 3.69)


def test_reference_regions_by_percist() -> None:
    liver = ReferenceRegion(LIVER, mean=2.0, deviation=0.25, voxels=100)
    assert of_reference(liver).suv == pytest.approx(1.5 * 2.0 + 2 * 0.25)
    blood = ReferenceRegion(BLOOD_POOL, mean=1.5, deviation=0.1, voxels=50)
    assert of_reference(blood).suv == pytest.approx(2.0 * 1.5 + 2 * 0.1)
    assert (of_reference(liver).method, of_reference(blood).method) == ("liver", "blood pool")


def test_reference_region_is_measured() -> None:
    suv = np.zeros((20, 20, 20), dtype=np.float32)
    sphere = ball(suv.shape, (2.0, 2.0, 2.0), (10, 10, 10))
    assert sphere.sum() * 8 == pytest.approx(4 / 3 * np.pi * 15**3, rel=0.02)
    tube = cylinder(suv.shape, (2.0, 2.0, 2.0), (10, 10, 10))
    assert sorted(np.unique(np.nonzero(tube)[0])) == list(range(5, 16))
    assert tube[10].sum() == 21
    suv[sphere] = 3
    suv[10, 10, 10] = 5
    count = int(sphere.sum())
    region = reference_region(suv, sphere, LIVER)
    assert region.mean == pytest.approx(3 + 2 / count)
    assert region.deviation == pytest.approx(2 / np.sqrt(count))
    assert region.voxels == count
    with pytest.raises(UsageError, match="beyond the scan"):
        ball(suv.shape, (2.0, 2.0, 2.0), (3, 10, 10))
    with pytest.raises(UsageError, match="spleen"):
        reference_region(suv, sphere, "spleen")
    with pytest.raises(MaskError, match="0 voxels"):
        reference_region(suv, np.zeros_like(sphere), LIVER)


@pytest.mark.parametrize("suv", [0.0, -1.0, float("nan")])
def test_thresholds_are_positive(suv: float) -> None:
    with pytest.raises(UsageError, match="positive"):
        fixed(suv)
    with pytest.raises(UsageError, match="share"):
        of_maximum(4, 1.5)


def test_measurements_by_hand() -> None:
    suv = np.ones((12, 12, 12), dtype=np.float32)
    suv[4:6, 4:6, 4:6] = 8
    suv[4, 4, 4] = 12
    suv[9, 9, 9] = 5
    labels = find_lesions(suv, (5.0, 5.0, 5.0), fixed(4))
    table = measure_lesions(suv, labels, (5.0, 5.0, 5.0))
    first, second = table.rows
    assert (first.voxels, first.volume_ml, first.suv_max, first.hottest) == (8, 1.0, 12.0, (4, 4, 4))
    assert first.suv_mean == pytest.approx((7 * 8 + 12) / 8)
    assert first.total_activity == pytest.approx(8.5)
    # 1 cm³ has a radius of 6.2 mm: at 5 mm the voxel and its six neighbours. At (4, 4, 4) three of them are 8, three 1.
    assert first.suv_peak == pytest.approx((12 + 3 * 8 + 3) / 7)
    assert second.suv_peak == pytest.approx((5 + 6) / 7)
    assert (table.count, table.suv_max, table.suv_peak) == (2, 12.0, first.suv_peak)
    assert table.volume_ml == pytest.approx(1.125)
    assert table.total_activity == pytest.approx(8.5 + 0.625)
    assert table.suv_mean == pytest.approx(9.125 / 1.125)
    assert table.warnings == ()
    assert all(row.peak_complete and not row.touches_end for row in table.rows)


def test_no_lesions_give_an_empty_table() -> None:
    table = measure_lesions(np.ones((3, 3, 3)), np.zeros((3, 3, 3), np.int32), SPACING)
    assert (table.count, table.volume_ml, table.total_activity) == (0, 0, 0)
    assert (table.suv_max, table.suv_peak, table.suv_mean) == (None, None, None)
    with pytest.raises(MaskError, match="shape"):
        measure_lesions(np.ones((3, 3, 3)), np.zeros((3, 3, 4), np.int32), SPACING)


def test_what_the_scan_cuts_off_is_told() -> None:
    suv = np.ones((8, 9, 9), dtype=np.float32)
    suv[0:2, 4, 4] = 7
    suv[5, 4, 4] = 6
    table = measure_lesions(suv, find_lesions(suv, (5.0, 5.0, 5.0), fixed(4)), (5.0, 5.0, 5.0))
    cut, whole = table.rows
    assert (cut.touches_end, cut.peak_complete) == (True, False)
    assert (whole.touches_end, whole.peak_complete) == (False, True)
    # The sphere around the outer hot voxel has lost one neighbour: 7 + 7 + four of 1.
    assert cut.suv_peak == pytest.approx(18 / 6)
    assert table.warnings == ("The scan ends within lesion 1: volume and activity are of the part that was scanned.",)
    suv[1, 4, 4] = 1
    alone = measure_lesions(suv, find_lesions(suv, (5.0, 5.0, 5.0), fixed(6.5)), (5.0, 5.0, 5.0)).rows[0]
    # Five of the six neighbours are in the scan.
    assert alone.suv_peak == pytest.approx((7 + 5) / 6)
    assert not alone.peak_complete


def test_rings_of_one_lesion_leave_the_others_out() -> None:
    mask = np.zeros((9, 9, 20), dtype=bool)
    mask[4, 4, 4] = mask[4, 4, 8] = True
    labels = labels_of_mask(mask)
    rings = rings_of_lesion(labels, 1, (2.0, 2.0, 2.0))
    assert rings.labels[4, 4, 4] == 1
    assert rings.labels[4, 4, 8] == 0
    assert rings.names == ("tumour", "0-3 mm", "3-5 mm", "5-10 mm")
    assert rings.labels[4, 4, 5] == 2
    assert rings.labels[4, 4, 9] == 4
    with pytest.raises(MaskError, match="no lesion 3; there are 1, 2"):
        rings_of_lesion(labels, 3, (2.0, 2.0, 2.0))
