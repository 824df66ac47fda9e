"""What the PRRT networks see: places in the patient, scales, tissues, and what lies beyond the field."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from TumorResponseLib.core.crop import restore
from TumorResponseLib.core.errors import MaskError, StudyError
from TumorResponseLib.core.fusion_grid import Grid
from TumorResponseLib.core.image import Frame, Image, MaskArray, Spacing
from TumorResponseLib.core.study import Study
from TumorResponseLib.predict.prrt_inputs import SAMPLES, STEP_MM, field_in_patient, inputs_of, lesion_inputs

PET_GRID = Grid((44, 60, 60), (4.0, 5.0, 5.0), Frame((-140.0, -150.0, -80.0)))
CT_GRID = Grid((60, 100, 90), (3.5, 2.5, 2.5), Frame((-110.0, 120.0, -90.0), ((1, 0, 0), (0, -1, 0), (0, 0, 1))))
"""Its rows run to the front, the PET's to the back."""


def places(grid: Grid) -> NDArray[np.float64]:
    """Place of each voxel in the patient, mm, ``(slices, rows, columns, 3)``: x, y, z."""
    index = np.stack(np.meshgrid(*(np.arange(size) for size in grid.shape), indexing="ij"), axis=-1)
    return np.asarray(index @ grid.matrix.T + np.array(grid.frame.origin))


def ball(grid: Grid, centre: tuple[float, float, float], radius: float) -> MaskArray:
    return np.asarray(np.linalg.norm(places(grid) - np.array(centre), axis=-1) <= radius)


def study(suv: NDArray[np.floating], hu: NDArray[np.floating]) -> Study:
    pet = Image(suv.astype(np.float32), Spacing(PET_GRID.spacing_mm, "test"), PET_GRID.frame, "PT", units="SUVbw")
    ct = Image(hu.astype(np.float32), Spacing(CT_GRID.spacing_mm, "test"), CT_GRID.frame, "CT", units="HU")
    return Study("case", {"pet": pet, "ct": ct})


def slope(grid: Grid) -> NDArray[np.float64]:
    """A field that linear interpolation gives back exactly, from about 20 to 130."""
    return np.asarray(places(grid) @ np.array([0.15, -0.1, 0.3]) + 75.0)


LESIONS = ball(PET_GRID, (-20.0, 10.0, 0.0), 14.0) | ball(PET_GRID, (40.0, -30.0, 30.0), 10.0)


def test_both_images_show_the_same_place_in_the_patient() -> None:
    given = study(np.exp(slope(PET_GRID) / 50.0), slope(CT_GRID))
    seen = inputs_of(given, LESIONS)
    assert all(values.shape == (1, *SAMPLES) and values.dtype == np.float32 for values in seen.images.values())
    known = slope(field_in_patient(seen.grid, PET_GRID))
    lesion = seen.tissues[1] > 0
    # HU are related to 75 in units of 25, SUV to 10 in units of half a power of e.
    np.testing.assert_allclose(25.0 * seen.images["ct"][0][lesion] + 75.0, known[lesion], atol=0.01)
    suv = np.exp(0.5 * seen.images["pet"][0][lesion] + np.log(10.0))
    np.testing.assert_allclose(suv, np.exp(known[lesion] / 50.0), rtol=0.01)
    assert seen.lesions_in_field == 1.0 and seen.coverage == {"pet": 1.0, "ct": 1.0}


def test_values_are_cut_and_what_is_not_shown_is_background() -> None:
    given = study(np.full(PET_GRID.shape, 1e4), np.full(CT_GRID.shape, 3000.0))
    seen = inputs_of(given, LESIONS)
    lesion = seen.tissues[1] > 0
    np.testing.assert_allclose(seen.images["pet"][0][lesion], np.log(100.0 / 10.0) / 0.5, rtol=1e-5)
    np.testing.assert_allclose(seen.images["ct"][0][lesion], (250.0 - 75.0) / 25.0, rtol=1e-5)
    x = places(field_in_patient(seen.grid, PET_GRID))[..., 0]
    np.testing.assert_allclose(seen.images["ct"][0][x < -115.0], (-150.0 - 75.0) / 25.0, rtol=1e-5)


def test_tissues_are_the_lesions_and_their_hottest_quarter() -> None:
    uptake = np.where(LESIONS, 10.0, 1.0) + np.where(ball(PET_GRID, (-20.0, 10.0, 0.0), 7.0), 20.0, 0.0)
    uptake += np.where(ball(PET_GRID, (40.0, -30.0, 30.0), 5.0), 2.0, 0.0)
    seen = inputs_of(study(uptake, slope(CT_GRID)), LESIONS)
    hot, lesion = seen.tissues > 0
    volume = np.count_nonzero(LESIONS) * 100.0
    assert np.count_nonzero(lesion) * STEP_MM**3 == pytest.approx(volume, rel=0.1)
    assert not (hot & ~lesion).any() and 0.2 < hot.sum() / lesion.sum() < 0.45
    x = places(field_in_patient(seen.grid, PET_GRID))[..., 0]
    # The cooler lesion has its own quarter.
    assert 0.15 < (hot & (x > 15)).sum() / (lesion & (x > 15)).sum() < 0.5
    back = restore(seen.tissues[1], seen.grid) > 0.5
    assert 2 * (back & LESIONS).sum() / (back.sum() + LESIONS.sum()) > 0.85


def test_the_field_holds_the_largest_of_lesions_that_lie_far_apart() -> None:
    far = Grid((110, 30, 30), (4.0, 5.0, 5.0), Frame())
    large, small = ball(far, (70.0, 70.0, 60.0), 20.0), ball(far, (70.0, 70.0, 400.0), 10.0)
    pet = Image(np.ones(far.shape, dtype=np.float32), Spacing(far.spacing_mm, "test"), far.frame, "PT", units="SUVbw")
    seen = lesion_inputs({"pet": pet}, large | small)
    assert seen.lesions_in_field == pytest.approx(large.sum() / (large | small).sum(), abs=1e-9)
    assert seen.tissues[1].sum() * STEP_MM**3 == pytest.approx(large.sum() * 100.0, rel=0.1)


def test_a_ct_that_ends_within_the_lesions_is_measured() -> None:
    given = study(np.ones(PET_GRID.shape), slope(CT_GRID))
    ct = given.images["ct"]
    lesion = ball(PET_GRID, (-20.0, 10.0, 0.0), 14.0)
    # Slices of the CT end at 0 mm, the lesion's middle.
    cut = Image(ct.pixels[:26], ct.spacing, ct.frame, "CT", units="HU")
    seen = inputs_of(Study("case", {"pet": given.images["pet"], "ct": cut}), lesion)
    assert seen.coverage["ct"] == pytest.approx(0.5, abs=0.15) and seen.coverage["pet"] == 1.0


def test_bands_leave_air_out() -> None:
    hu = np.where(places(CT_GRID)[..., 0] < -20.0, -1000.0, 50.0)
    given = study(np.ones(PET_GRID.shape), hu)
    lesion = ball(PET_GRID, (-20.0, 10.0, 0.0), 14.0)
    seen = lesion_inputs(given.images, lesion, (6.0, 10.0))
    _, tumour, near, wide = seen.tissues > 0
    x = places(field_in_patient(seen.grid, PET_GRID))[..., 0]
    assert near.any() and wide.any() and not (near & wide).any() and not (near & tumour).any()
    assert x[near | wide].min() > -24.0 and x[tumour].min() < -28.0


def test_what_cannot_be_read_is_refused() -> None:
    given = study(np.ones(PET_GRID.shape), slope(CT_GRID))
    with pytest.raises(MaskError, match="no tumour"):
        inputs_of(given, np.zeros(PET_GRID.shape, dtype=np.bool_))
    with pytest.raises(MaskError, match="has shape"):
        inputs_of(given, LESIONS[1:])
    flat = Study("case", {"pet": given.images["pet"].at_time(0), "ct": given.images["pet"]})
    with pytest.raises(StudyError, match="not known to be in HU"):
        inputs_of(flat, LESIONS)
