"""CEUS from cine to prediction with the shipped bundle."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from TumorResponseLib.core.errors import MaskError, SpacingError, StudyError
from TumorResponseLib.core.image import Image
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.core.study import CINE_ROLE, Study
from TumorResponseLib.explain.activation import FUSED, saliency_maps
from TumorResponseLib.models.bundle import read_bundle
from TumorResponseLib.models.device import resolve_device
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.ceus import CLASSES, DECISIONS, Calibration, Ceus
from TumorResponseLib.predict.ceus_image import PARAMETERS, perfusion_image


@pytest.fixture(scope="module")
def bundle() -> OpenBundle:
    return OpenBundle(read_bundle(resources_folder() / "Models" / "ceus"), resolve_device("cpu"))


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study(resources_folder() / "SampleData" / "ceus")


def with_image(study: Study, image: Image) -> Study:
    return dataclasses.replace(study, images={CINE_ROLE: image})


def test_the_sample_is_predicted_with_interval_and_saliency(study: Study, bundle: OpenBundle) -> None:
    output = Ceus().predict(study, study.masks["tumour"], bundle)
    prediction = output.prediction
    assert prediction.classes == CLASSES and sum(prediction.probabilities) == pytest.approx(1.0)
    assert prediction.decision == DECISIONS[int(np.argmax(prediction.probabilities))]
    assert 0 <= prediction.interval[0] <= prediction.probabilities[-1] <= prediction.interval[1] <= 1
    assert prediction.in_distribution and prediction.evidence == "virtual cohort" and output.warnings == ()
    saliency = saliency_maps(output)[FUSED]
    assert saliency.shape == study.image().spatial_shape and saliency.max() == pytest.approx(1.0)
    # Nothing beyond tumour and rim takes part in the decision.
    rows, columns = np.nonzero(saliency)
    tumour = np.argwhere(study.masks["tumour"])
    assert all(np.abs(tumour - spot).max(axis=1).min() <= 16 for spot in np.column_stack([rows, columns])[::50])


def test_activations_speak_for_the_decided_class(study: Study, bundle: OpenBundle) -> None:
    output = Ceus().predict(study, study.masks["tumour"], bundle)
    raw = bundle.run("models/perfusion.onnx", {"perfusion": output.inputs["perfusion"][None]})
    logits = raw["logits"][0].mean(axis=0)
    np.testing.assert_allclose(raw["activation"][0].mean(axis=(1, 2)), logits, atol=2e-3)
    decided = int(np.argmax(logits))
    margin = logits[decided] - np.delete(logits, decided).mean()
    assert output.activated_class == decided
    assert output.activations["perfusion"].mean() == pytest.approx(margin, abs=2e-3) and margin > 0


def test_seconds_are_not_measured_on_a_cine_of_unknown_times(study: Study, bundle: OpenBundle) -> None:
    untimed = with_image(study, dataclasses.replace(study.image(), times_known=False))
    with pytest.raises(StudyError, match="does not say when its frames were taken"):
        Ceus().predict(untimed, study.masks["tumour"], bundle)


def test_the_cine_is_found_beside_a_still(study: Study, bundle: OpenBundle) -> None:
    cine = study.image()
    both = dataclasses.replace(study, images={"image": cine.at_time(0), CINE_ROLE: cine})
    alone, beside = (Ceus().predict(one, study.masks["tumour"], bundle).prediction for one in (study, both))
    assert alone == beside


def test_gain_and_dynamic_range_hardly_change_the_image(study: Study) -> None:
    cine, tumour = study.image(), study.masks["tumour"]
    assert cine.frame_times_ms is not None
    times = np.array(cine.frame_times_ms) / 1000
    frames = cine.pixels.astype(np.float32)
    plain, louder, flatter = (
        perfusion_image(changed, times, tumour, cine.spacing_mm).values
        for changed in (frames, frames + 20, 0.8 * frames)
    )
    np.testing.assert_allclose(louder, plain, atol=1e-3)
    np.testing.assert_allclose(flatter, plain, atol=1e-2)
    assert plain.shape == (len(PARAMETERS), 32, 32)


def test_frames_that_left_the_plane_are_left_out_and_told(study: Study, bundle: OpenBundle) -> None:
    cine, tumour = study.image(), study.masks["tumour"]
    pixels = cine.pixels.copy()
    pixels[20] = np.roll(pixels[20], (25, 25), axis=(0, 1))
    moved = with_image(study, dataclasses.replace(cine, pixels=pixels))
    before = Ceus().predict(study, tumour, bundle)
    after = Ceus().predict(moved, tumour, bundle)
    assert any("show another plane" in warning for warning in after.warnings)
    assert after.prediction.probabilities == pytest.approx(before.prediction.probabilities, abs=0.1)


def test_what_is_no_bolus_lies_outside_the_training_set(study: Study, bundle: OpenBundle) -> None:
    cine = study.image()
    noise: NDArray[np.uint8] = np.random.default_rng(0).integers(0, 255, cine.pixels.shape, dtype=np.uint8)
    output = Ceus().predict(with_image(study, dataclasses.replace(cine, pixels=noise)), study.masks["tumour"], bundle)
    assert not output.prediction.in_distribution
    assert output.prediction.outside_training in output.warnings


def test_wrong_input_is_refused_in_one_sentence(study: Study, bundle: OpenBundle) -> None:
    cine, tumour = study.image(), study.masks["tumour"]
    with pytest.raises(StudyError, match="reads the whole cine"):
        Ceus().predict(with_image(study, cine.at_time(3)), tumour, bundle)
    times = cine.frame_times_ms
    assert times is not None
    short = dataclasses.replace(cine, pixels=cine.pixels[:5], frame_times_ms=times[:5])
    with pytest.raises(StudyError, match="5 frames and perfusion needs 8"):
        Ceus().predict(with_image(study, short), tumour, bundle)
    with pytest.raises(SpacingError):
        Ceus().predict(with_image(study, dataclasses.replace(cine, spacing=None)), tumour, bundle)
    with pytest.raises(MaskError):
        Ceus().predict(study, np.zeros_like(tumour), bundle)
    with pytest.raises(MaskError):
        Ceus().predict(study, tumour[:-1], bundle)


def test_the_interval_is_that_of_the_jackknife() -> None:
    calibration = Calibration(temperature=1.0, interval_level=0.9)
    agreeing = np.tile([[0.0, 0.0, 1.0]], (4, 1))
    low, high = calibration.interval(agreeing)
    assert low == pytest.approx(high) == pytest.approx(calibration.probabilities(agreeing)[-1])
    spread = agreeing + np.array([-0.3, 0.1, -0.1, 0.3])[:, None] * np.array([0, 0, 1])
    wide = calibration.interval(spread)
    assert wide[0] < low < wide[1] and wide[1] - wide[0] > 0.2
