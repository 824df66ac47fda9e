"""The shipped PRRT-PFS bundle's saliency: on the lesions, about the weights, about the prediction."""

from __future__ import annotations

import pytest

from TumorResponseLib.core.loading import read_cohort
from TumorResponseLib.explain.shares import OUTSIDE
from TumorResponseLib.models.bundle import default_folders
from TumorResponseLib.models.runtime import ModelLibrary, resolve_device
from TumorResponseLib.predict.prrt_pfs import NAME
from TumorResponseLib.research.cohorts.prrt import simulate
from TumorResponseLib.research.evaluation.prrt_saliency import check_saliency
from TumorResponseLib.research.evaluation.saliency import SaliencyCheck

PATIENTS = 6


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> SaliencyCheck:
    """Of patients of another seed than the bundle was trained on."""
    folder = tmp_path_factory.mktemp("cohort") / "prrt"
    simulate(PATIENTS, 77, folder, workers=1)
    return check_saliency(read_cohort(folder), ModelLibrary(default_folders(), resolve_device("cpu")).open(NAME))


def test_saliency_lies_on_the_lesions_more_than_chance(check: SaliencyCheck) -> None:
    assert check.patients == PATIENTS
    assert sum(check.share_by_region.values()) == pytest.approx(1.0)
    assert check.share_by_region["tumour"] > 20 * check.area_by_region["tumour"]
    assert check.share_by_region[OUTSIDE] < 0.1 < check.area_by_region[OUTSIDE]


def test_saliency_hangs_on_the_weights(check: SaliencyCheck) -> None:
    assert abs(check.shuffled_correlation) < 0.6


def test_what_is_salient_moves_the_prediction_more_than_what_is_not(check: SaliencyCheck) -> None:
    assert check.deletion_salient > max(0.0, check.deletion_random)
    assert check.deletion_won > 0.8
    assert set(check.recovered) == {"laboratory", "PET and CT"}
