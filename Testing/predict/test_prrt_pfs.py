"""PRRT-PFS from PET/CT and laboratory values to prediction and exhibits, with the shipped bundle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit

from TumorResponseLib.core.errors import BundleError, MaskError, StudyError
from TumorResponseLib.core.exhibits import Exhibits
from TumorResponseLib.core.image import Image
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.pet.lesions import labels_of_mask
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.core.study import Study
from TumorResponseLib.explain.activation import FUSED, saliency_maps
from TumorResponseLib.models.bundle import default_folders
from TumorResponseLib.models.runtime import ModelLibrary, OpenBundle, resolve_device
from TumorResponseLib.predict.prrt_networks import rules_of
from TumorResponseLib.predict.prrt_pfs import CLASSES, NAME, PrrtPfs
from TumorResponseLib.predict.system import SystemOutput, View

SYSTEM = PrrtPfs()


@pytest.fixture(scope="module")
def bundle() -> OpenBundle:
    return ModelLibrary(default_folders(), resolve_device("cpu")).open(NAME)


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study(resources_folder() / "SampleData" / "prrt-pfs")


@pytest.fixture(scope="module")
def output(study: Study, bundle: OpenBundle) -> SystemOutput:
    return SYSTEM.predict(study, study.masks["tumour"], bundle)


@pytest.fixture(scope="module")
def exhibits(study: Study, output: SystemOutput, bundle: OpenBundle) -> Exhibits:
    return SYSTEM.exhibits(study, study.masks["tumour"], None, output, bundle)


def with_image(study: Study, role: str, image: Image) -> Study:
    return replace(study, images=study.images | {role: image})


def log_odds(output: SystemOutput) -> float:
    return float(logit(output.prediction.probabilities[-1]))


def test_the_pet_is_shown_over_the_ct(study: Study) -> None:
    assert SYSTEM.view(study) == View("pet", backdrop="ct")
    alone = replace(study, images={"pet": study.image("pet")})
    assert SYSTEM.view(alone) == View("pet")


def test_the_sample_is_predicted_with_interval_and_survival(output: SystemOutput) -> None:
    prediction = output.prediction
    early, late = prediction.estimates
    assert prediction.classes == CLASSES and sum(prediction.probabilities) == pytest.approx(1.0)
    assert 0 < prediction.interval[0] <= prediction.probabilities[-1] <= prediction.interval[1] < 1
    # Survival falls from 6 over 12 to 24 months, and the intervals hold it.
    assert early.value > prediction.probabilities[0] > late.value
    assert all(one.low <= one.value <= one.high for one in (early, late))
    assert set(prediction.branches) == {"laboratory", "PET", "CT"}
    assert prediction.evidence == "virtual cohort" and prediction.in_distribution
    assert output.warnings == (
        "Not known: alkaline phosphatase, ALT; the medians of the training patients stand in for them.",
    )


def test_saliency_lies_on_the_lesions_of_the_pet(study: Study, output: SystemOutput) -> None:
    maps = saliency_maps(output)
    assert {"PET", "CT", FUSED} <= set(maps) and maps[FUSED].max() == pytest.approx(1.0)
    lesions = np.argwhere(study.masks["tumour"])
    for name, values in maps.items():
        assert values.shape == study.image("pet").pixels.shape
        # In voxels of 4 mm: sampling to the networks' grid and back blurs, and gradients reach as far as they look.
        reach = 4 if name.endswith("gradient") else 2
        places = np.argwhere(values > 0.05)
        assert all(np.abs(lesions - place).max(axis=1).min() <= reach for place in places)


def test_a_laboratory_value_moves_the_result_by_its_own_part(
    study: Study, output: SystemOutput, exhibits: Exhibits, bundle: OpenBundle
) -> None:
    changed = replace(study, laboratory=study.laboratory | {"chromogranin_a": 900.0})
    other = SYSTEM.predict(changed, study.masks["tumour"], bundle)
    shown = SYSTEM.exhibits(changed, study.masks["tumour"], None, other, bundle)
    before, after = ({bar.name: bar.value for bar in each.bars[1].bars}["chromogranin A"] for each in (exhibits, shown))
    assert after - before == pytest.approx(log_odds(other) - log_odds(output), abs=1e-3)
    assert abs(after - before) > 1e-3


def test_the_mask_moves_the_result(study: Study, output: SystemOutput, bundle: OpenBundle) -> None:
    tumour = study.masks["tumour"].copy()
    tumour[tumour.shape[0] // 2 :] = False
    fewer = SYSTEM.predict(study, tumour, bundle)
    assert fewer.prediction.probabilities != output.prediction.probabilities


def test_missing_laboratory_values_are_told(study: Study, bundle: OpenBundle) -> None:
    rule = rules_of(bundle).imputation
    tumour = study.masks["tumour"]
    none, medians = (
        SYSTEM.predict(replace(study, laboratory=values), tumour, bundle) for values in ({}, dict(rule.values))
    )
    assert none.warnings[0].startswith("No laboratory value is known")
    assert medians.warnings == () and none.prediction == medians.prediction


def test_a_study_without_pet_or_ct_is_refused(study: Study, bundle: OpenBundle) -> None:
    for role in ("pet", "ct"):
        alone = replace(study, images={role: study.image(role)})
        missing = "ct" if role == "pet" else "pet"
        with pytest.raises(StudyError, match=f"has no {missing.upper()}; name it image_{missing}"):
            SYSTEM.predict(alone, study.masks["tumour"], bundle)


def test_images_that_do_not_belong_together_are_refused(study: Study, bundle: OpenBundle) -> None:
    tumour, ct, pet = study.masks["tumour"], study.image("ct"), study.image("pet")
    other = replace(ct, frame=replace(ct.frame, reference_uid="1.2.3"))
    with pytest.raises(StudyError, match="different Frame of Reference"):
        SYSTEM.predict(with_image(study, "ct", other), tumour, bundle)
    beside = replace(ct, frame=replace(ct.frame, origin=(900.0, 0.0, 0.0)))
    with pytest.raises(StudyError, match="do not overlap"):
        SYSTEM.predict(with_image(study, "ct", beside), tumour, bundle)
    for role, image, unit in (("pet", replace(pet, units=""), "SUV"), ("ct", replace(ct, units=""), "HU")):
        with pytest.raises(StudyError, match=f"{role} image is not known to be in {unit}"):
            SYSTEM.predict(with_image(study, role, image), tumour, bundle)
    with pytest.raises(MaskError):
        SYSTEM.predict(study, np.zeros_like(tumour), bundle)
    with pytest.raises(MaskError):
        SYSTEM.predict(study, tumour[1:], bundle)


def test_a_ct_that_ends_within_the_lesions_is_told(study: Study, bundle: OpenBundle) -> None:
    tumour, ct = study.masks["tumour"], study.image("ct")
    slices = np.flatnonzero(tumour.any(axis=(1, 2)))
    height_mm = study.image("pet").frame.origin[2] + 4.0 * (slices[0] + slices[-1]) / 2
    index = round((height_mm - ct.frame.origin[2]) / ct.spacing_mm[0])
    half = with_image(study, "ct", replace(ct, pixels=ct.pixels[:index]))
    assert any("CT does not show" in sentence for sentence in SYSTEM.predict(half, tumour, bundle).warnings)
    first = round((study.image("pet").frame.origin[2] + 4.0 * slices[0] - ct.frame.origin[2]) / ct.spacing_mm[0])
    if first > 3:
        below = with_image(study, "ct", replace(ct, pixels=ct.pixels[: first - 2]))
        with pytest.raises(StudyError, match="does not show the lesions"):
            SYSTEM.predict(below, tumour, bundle)


def test_organs_taken_for_lesions_are_told(study: Study, bundle: OpenBundle) -> None:
    everything = study.image("pet").pixels > 6
    warnings = SYSTEM.predict(study, everything, bundle).warnings
    assert any("those that PRRT-PFS was trained on" in sentence and " ml" in sentence for sentence in warnings)


def test_other_suv_than_by_body_weight_is_told(study: Study, bundle: OpenBundle) -> None:
    lean = replace(study.image("pet"), units="SUVlbm(Janma)")
    warnings = SYSTEM.predict(with_image(study, "pet", lean), study.masks["tumour"], bundle).warnings
    assert any("trained on SUV by body weight" in sentence for sentence in warnings)


def test_the_outline_is_the_thresholds_and_no_networks(study: Study, bundle: OpenBundle) -> None:
    found = SYSTEM.outline(study, study.image("pet"), bundle)
    truth = study.masks["tumour"]
    assert 2 * (found.mask & truth).sum() / (found.mask.sum() + truth.sum()) > 0.7
    assert (found.presence, found.confidence, found.bundle) == (None, None, NAME)
    assert "organs" in found.warnings[0]


def test_the_exhibits_agree_with_the_prediction(output: SystemOutput, exhibits: Exhibits, bundle: OpenBundle) -> None:
    (plot,) = exhibits.plots
    own = plot.lines[-1]
    assert own.y[own.x.index(12.0)] == pytest.approx(output.prediction.probabilities[0], abs=1e-6)
    assert own.y[own.x.index(24.0)] == pytest.approx(output.prediction.estimates[1].value, abs=1e-6)
    sources, laboratory, lesions, importance = exhibits.bars
    assert sum(bar.value for bar in laboratory.bars) == pytest.approx(sources.bars[0].value, abs=1e-3)
    assert len(laboratory.bars) == len(importance.bars) == len(rules_of(bundle).imputation.values)
    assert len(lesions.bars) == 2
    assert [table.name for table in exhibits.tables] == ["lesions", "laboratory"]
    assert len(exhibits.tables[0].rows) == 2 + 1


def test_a_lesion_left_out_is_as_if_it_had_not_been_outlined(
    study: Study, output: SystemOutput, exhibits: Exhibits, bundle: OpenBundle
) -> None:
    labels = labels_of_mask(study.masks["tumour"])
    for bar, number in zip(exhibits.bars[2].bars, (1, 2), strict=True):
        rest = SYSTEM.predict(study, (labels > 0) & (labels != number), bundle)
        # The field moves to the other lesion then, and samples it elsewhere.
        assert bar.value == pytest.approx(log_odds(output) - log_odds(rest), abs=0.25)


def test_a_damaged_bundle_is_told_in_one_sentence(study: Study) -> None:
    other = ModelLibrary(default_folders(), resolve_device("cpu")).open("ceus")
    with pytest.raises(BundleError):
        SYSTEM.predict(study, study.masks["tumour"], other)
    with pytest.raises(BundleError, match="postprocessing"):
        SYSTEM.outline(study, study.image("pet"), other)
