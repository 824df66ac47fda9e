"""The automatic outline of lesions on PET: the bundle's threshold, organs left out, and what is told."""

from __future__ import annotations

import numpy as np
import pytest

from TumorResponseLib.core.errors import StudyError, UsageError
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.pet.thresholds import FIXED, LIVER, ReferenceRegion, fixed, of_maximum, threshold_of
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.predict.prrt_lesions import POSTPROCESSING, LesionRule, outline_lesions

SPACING = Spacing((5.0, 5.0, 5.0), "test")
"""Eight voxels a millilitre."""


def pet(**fields: object) -> Image:
    """Lesions of 1 and 2 ml, an organ of 27 ml, and a speck."""
    suv = np.ones((30, 30, 30), dtype=np.float32)
    suv[2:4, 2:4, 2:4] = 12
    suv[10:14, 2:4, 2:4] = 20
    suv[10:16, 10:16, 10:16] = 15
    suv[25, 25, 25] = 30
    return Image(suv, SPACING, modality="PT", units=str(fields.get("units", "SUVbw")))


def test_lesions_stay_and_organs_and_specks_go() -> None:
    image = pet()
    mask, told = outline_lesions(image, LesionRule(fixed(8), smallest_ml=0.5, largest_ml=20))
    expected = np.zeros(mask.shape, dtype=bool)
    expected[2:4, 2:4, 2:4] = expected[10:14, 2:4, 2:4] = True
    np.testing.assert_array_equal(mask, expected)
    assert told == (
        "1 region of more than 20 ml was taken for organs that take up the tracer and left out of the outline; add "
        "what is a lesion, and take away other physiologic uptake.",
    )
    everything, nothing_told = outline_lesions(image, LesionRule(fixed(8), smallest_ml=0.0, largest_ml=100))
    np.testing.assert_array_equal(everything, image.pixels >= 8)
    assert nothing_told == ()


def test_nothing_active_gives_an_empty_mask() -> None:
    mask, told = outline_lesions(pet(), LesionRule(fixed(99), smallest_ml=0.5, largest_ml=20))
    assert not mask.any() and told == ()


def test_a_pet_of_unknown_units_is_refused() -> None:
    with pytest.raises(StudyError, match="not known to be in SUV"):
        outline_lesions(pet(units=""), LesionRule(fixed(8), 0.5, 20))


def test_the_rule_is_read_from_the_bundles_setting() -> None:
    rule = LesionRule.of_json(POSTPROCESSING)
    assert rule == LesionRule(of_maximum(8.0), 0.5, 75.0)
    with pytest.raises(UsageError, match="no threshold method 'by eye'"):
        LesionRule.of_json({**POSTPROCESSING, "method": "by eye"})
    with pytest.raises(KeyError):
        LesionRule.of_json({"method": FIXED})


def test_thresholds_by_name() -> None:
    liver = ReferenceRegion(LIVER, mean=4.0, deviation=0.5, voxels=100)
    assert threshold_of(LIVER, region=liver).suv == pytest.approx(1.5 * 4 + 2 * 0.5)
    assert threshold_of(FIXED, 3.0) == fixed(3.0)
    for method, suv, region in ((FIXED, None, None), (LIVER, 3.0, None), ("blood pool", None, liver)):
        with pytest.raises(UsageError, match=r"needs a"):
            threshold_of(method, suv, region)


def test_the_samples_lesions_are_found_without_kidneys_and_spleen() -> None:
    study = load_study(resources_folder() / "SampleData" / "prrt-pfs")
    mask, told = outline_lesions(study.image("pet"), LesionRule.of_json(POSTPROCESSING))
    truth = study.masks["tumour"]
    assert 2 * (mask & truth).sum() / (mask.sum() + truth.sum()) > 0.7
    assert told[0].startswith("3 regions of more than 75 ml were taken for organs")
