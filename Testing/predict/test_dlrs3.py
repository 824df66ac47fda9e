"""DLRS3 as shipped, on simulated images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from TumorResponseLib.core.errors import MaskError, SpacingError, StudyError
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.loading import load_mask, load_study
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.core.rings import make_rings
from TumorResponseLib.core.study import Study
from TumorResponseLib.explain.activation import FUSED, saliency_maps
from TumorResponseLib.explain.shares import OUTSIDE, region_shares
from TumorResponseLib.models.bundle import read_bundle
from TumorResponseLib.models.device import resolve_device
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.dlrs3 import Dlrs3
from TumorResponseLib.predict.dlrs3_crops import REGIONS
from TumorResponseLib.predict.registry import systems
from TumorResponseLib.predict.system import SystemOutput
from TumorResponseLib.research.cohorts.dlrs3 import image_of
from TumorResponseLib.research.cohorts.dlrs3_biology import draw_patients

SEED = 77
SYSTEM = Dlrs3()


@pytest.fixture(scope="module")
def bundle() -> OpenBundle:
    return OpenBundle(read_bundle(resources_folder() / "Models" / "dlrs3"), resolve_device("cpu"))


def virtual_study(state: float) -> tuple[Study, NDArray[np.bool_]]:
    """A patient all of whose tissues are in one state: 2 responds, -2 does not."""
    patient = draw_patients(1, SEED)[0]
    made = image_of(replace(patient, states=(state, state, state, state)), SEED)
    image = Image(made.pixels, Spacing(made.spacing_mm, "simulated"), modality="US")
    return Study("virtual", {"image": image}), made.tumour


@pytest.fixture(scope="module")
def responder() -> tuple[Study, NDArray[np.bool_]]:
    return virtual_study(1.0)


@pytest.fixture(scope="module")
def output(bundle: OpenBundle, responder: tuple[Study, NDArray[np.bool_]]) -> SystemOutput:
    return SYSTEM.predict(*responder, bundle)


def test_the_registry_knows_it() -> None:
    assert systems()["dlrs3"].segmentation == "breast-us-segmentation"


def test_a_prediction_is_complete(output: SystemOutput, bundle: OpenBundle) -> None:
    prediction = output.prediction
    assert sum(prediction.probabilities) == pytest.approx(1.0)
    low, high = prediction.interval
    assert 0.0 <= low <= prediction.probabilities[-1] <= high <= 1.0
    assert prediction.interval_level == 0.9 and high > low
    assert set(prediction.branches) == set(REGIONS) == set(output.weights) == set(output.grids)
    assert all(0.0 <= chance <= 1.0 for chance in prediction.branches.values())
    assert sum(output.weights.values()) == pytest.approx(1.0) and min(output.weights.values()) >= 0.0
    assert prediction.evidence == "virtual cohort" and prediction.bundle_sha256 == bundle.bundle.sha256
    assert prediction.in_distribution and prediction.distance <= prediction.distance_limit
    assert output.warnings == ()


def test_the_tissue_decides(output: SystemOutput, bundle: OpenBundle) -> None:
    assert output.prediction.decision == "Responder" and output.prediction.probabilities[-1] > 0.8
    other = SYSTEM.predict(*virtual_study(-1.0), bundle).prediction
    assert other.decision == "Non-responder" and other.probabilities[-1] < 0.2


def test_the_map_is_the_logit(output: SystemOutput) -> None:
    for region, activation in output.activations.items():
        chance = output.prediction.branches[region]
        assert activation.mean() == pytest.approx(np.log(chance / (1 - chance)), abs=0.02)


def test_saliency_lies_on_the_tumour_and_its_bands(
    output: SystemOutput, responder: tuple[Study, NDArray[np.bool_]]
) -> None:
    study, tumour = responder
    rings = make_rings(tumour, study.image().spacing_mm)
    maps = saliency_maps(output)
    assert set(maps) == {*REGIONS, FUSED}
    for values in maps.values():
        shares = region_shares(values, rings)
        assert values.shape == tumour.shape and values.max() == pytest.approx(1.0)
        assert sum(shares.values()) == pytest.approx(1.0)
        # A cell of 2 mm at the border of a region reaches over it.
        assert shares[OUTSIDE] < 0.1
    assert region_shares(maps["intratumoral"], rings)["tumour"] > 0.7
    assert region_shares(maps["intratumoral"], rings)["5-10 mm"] == 0.0


def test_without_spacing_there_is_no_prediction(bundle: OpenBundle, responder: tuple[Study, NDArray[np.bool_]]) -> None:
    study, tumour = responder
    bare = replace(study, images={"image": replace(study.image(), spacing=None)})
    with pytest.raises(SpacingError):
        SYSTEM.predict(bare, tumour, bundle)


def test_masks_that_cannot_be_used_are_refused(bundle: OpenBundle, responder: tuple[Study, NDArray[np.bool_]]) -> None:
    study, tumour = responder
    for wrong in (np.zeros_like(tumour), tumour[:-1]):
        with pytest.raises(MaskError):
            SYSTEM.predict(study, wrong, bundle)


def test_a_volume_is_refused(bundle: OpenBundle) -> None:
    volume = Image(np.zeros((4, 40, 40), dtype=np.uint8), Spacing((1.0, 0.2, 0.2), "made up"))
    with pytest.raises(StudyError, match="one 2-D image"):
        SYSTEM.predict(Study("volume", {"image": volume}), np.ones((4, 40, 40), dtype=np.bool_), bundle)


def disc(like: NDArray[np.bool_], radius: float) -> NDArray[np.bool_]:
    rows, columns = np.ogrid[: like.shape[0], : like.shape[1]]
    return np.asarray(np.hypot(rows - like.shape[0] / 2, columns - like.shape[1] / 2) <= radius)


@pytest.mark.parametrize("radius", [12, 170], ids=["tiny", "huge"])
def test_tumours_of_unseen_size_are_told(
    bundle: OpenBundle, responder: tuple[Study, NDArray[np.bool_]], radius: float
) -> None:
    study, tumour = responder
    output = SYSTEM.predict(study, disc(tumour, radius), bundle)
    assert any("trained on" in warning and "mm²" in warning for warning in output.warnings)


def test_a_tumour_larger_than_the_field_is_told(bundle: OpenBundle, responder: tuple[Study, NDArray[np.bool_]]) -> None:
    study, tumour = responder
    coarse = replace(study, images={"image": study.image().with_spacing(Spacing((0.3, 0.3), "made up"))})
    output = SYSTEM.predict(coarse, disc(tumour, 150), bundle)
    assert any("beyond it" in warning for warning in output.warnings)


def test_noise_and_other_modalities_are_outside_the_training_set(
    bundle: OpenBundle, responder: tuple[Study, NDArray[np.bool_]]
) -> None:
    study, tumour = responder
    noise = np.random.default_rng(0).integers(0, 256, tumour.shape).astype(np.uint8)
    for pixels in (noise, np.zeros_like(noise), 255 - study.image().pixels):
        strange = replace(study, images={"image": replace(study.image(), pixels=pixels)})
        output = SYSTEM.predict(strange, tumour, bundle)
        assert not output.prediction.in_distribution
        assert output.prediction.outside_training in output.warnings
    called_mr = replace(study, images={"image": replace(study.image(), modality="MR")})
    assert any("it is MR" in warning for warning in SYSTEM.predict(called_mr, tumour, bundle).warnings)


def test_magnetic_resonance_and_most_real_patients_are_outside_the_virtual_training_set(
    bundle: OpenBundle, shared_data: Path
) -> None:
    volume = load_image_of(shared_data / "sts_dev/STS_001_mr.nii.gz")
    mask = load_mask(shared_data / "sts_dev/STS_001_mr_mask.nii.gz", volume)
    largest = int(mask.sum(axis=(1, 2)).argmax())
    slice_image = Image(volume.pixels[largest], Spacing(volume.spacing_mm[1:], "NIfTI"))
    output = SYSTEM.predict(Study("mr", {"image": slice_image}), mask[largest], bundle)
    assert not output.prediction.in_distribution
    flagged = []
    for number in ("002", "003", "005", "006", "007"):
        image = load_image_of(shared_data / f"busi_dev/images/malignant_{number}.png")
        tumour = load_mask(shared_data / f"busi_dev/masks/malignant_{number}.png", image)
        flagged.append(not SYSTEM.predict(Study("us", {"image": image}), tumour, bundle).prediction.in_distribution)
    assert sum(flagged) >= 3


def load_image_of(path: Path) -> Image:
    """The image of a file; pictures carry no spacing, so the tests say 0.1 mm."""
    spacing = Spacing((0.1, 0.1), "given by the test") if path.suffix == ".png" else None
    return load_study(path, spacing=spacing).image()
