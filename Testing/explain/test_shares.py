"""Shares of saliency by region."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from TumorResponseLib.core.errors import MaskError
from TumorResponseLib.core.rings import Rings, make_rings
from TumorResponseLib.explain.shares import OUTSIDE, SLAB, region_shares

NAMES = ("tumour", "0-3 mm", "3-5 mm", "5-10 mm", OUTSIDE)


def rings() -> Rings:
    tumour = np.zeros((60, 60), dtype=np.bool_)
    tumour[25:35, 25:35] = True
    return make_rings(tumour, (0.5, 0.5))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_shares_are_the_sums_over_each_region(seed: int) -> None:
    saliency = np.random.default_rng(seed).random((60, 60)).astype(np.float32)
    around = rings()
    shares = region_shares(saliency, around)
    assert tuple(shares) == NAMES
    assert sum(shares.values()) == pytest.approx(1.0)
    for region, name in enumerate(around.names):
        assert shares[name] == pytest.approx(saliency[around.band(region)].sum() / saliency.sum(), rel=1e-4)


def test_all_in_one_place() -> None:
    saliency = np.zeros((60, 60), dtype=np.float32)
    saliency[0, 0] = 1.0
    assert region_shares(saliency, rings()) == {**dict.fromkeys(NAMES, 0.0), OUTSIDE: 1.0}


def test_an_empty_map_has_no_shares() -> None:
    assert set(region_shares(np.zeros((60, 60), dtype=np.float32), rings()).values()) == {0.0}


def test_another_image_is_refused() -> None:
    with pytest.raises(MaskError, match="one image"):
        region_shares(np.zeros((10, 10), dtype=np.float32), rings())


def test_a_volume_of_many_slabs_is_counted_whole() -> None:
    tumour = np.zeros((180, 160, 160), dtype=np.bool_)
    tumour[60:120, 70:90, 70:90] = True
    around = make_rings(tumour, (2.0, 2.0, 2.0), (4.0, 8.0))
    saliency = np.random.default_rng(0).random(tumour.shape, dtype=np.float32)
    shares = region_shares(saliency, around)
    assert tumour.size > SLAB
    for number, name in enumerate(around.names, start=1):
        part = saliency[around.labels == number].sum(dtype=np.float64)
        assert shares[name] == pytest.approx(part / saliency.sum(dtype=np.float64), rel=1e-9)
