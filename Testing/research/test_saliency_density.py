"""How much denser a saliency map is on the tumour and its bands than elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from TumorResponseLib.core.rings import make_rings
from TumorResponseLib.explain.shares import region_shares
from TumorResponseLib.research.evaluation.saliency import density, mean_shares

TUMOUR = np.zeros((60, 60), bool)
TUMOUR[25:35, 25:35] = True


@pytest.mark.parametrize(("where", "expected"), [("anywhere", 1.0), ("nowhere", 0.0), ("outside", 0.0)])
def test_a_map_that_does_not_point_at_the_tumour_is_not_dense_there(where: str, expected: float) -> None:
    rings = make_rings(TUMOUR, (1.0, 1.0))
    flat = np.ones(TUMOUR.shape)
    maps = {"anywhere": flat, "nowhere": 0 * flat, "outside": (rings.labels == 0) * flat}
    assert density(region_shares(maps[where], rings), region_shares(flat, rings)) == pytest.approx(expected)


def test_an_empty_map_among_others_lowers_the_density() -> None:
    rings = make_rings(TUMOUR, (1.0, 1.0))
    area = region_shares(np.ones(TUMOUR.shape), rings)
    on_it = region_shares(TUMOUR.astype(float), rings)
    nothing = region_shares(np.zeros(TUMOUR.shape), rings)
    alone = density(on_it, area)
    assert alone > 2
    assert density(mean_shares([on_it, nothing]), area) == pytest.approx(alone / 2)
