"""The shipped segmentation bundle outlines the sample's lesion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.models.bundle import default_folders
from TumorResponseLib.models.runtime import ModelLibrary, OpenBundle, resolve_device
from TumorResponseLib.predict.segmentation import BREAST_ULTRASOUND, segment


@pytest.fixture(scope="module")
def bundle() -> OpenBundle:
    return ModelLibrary(default_folders(), resolve_device("cpu")).open(BREAST_ULTRASOUND)


@pytest.fixture(scope="module")
def sample() -> Image:
    return load_study(resources_folder() / "SampleData" / "dlrs3").image()


def test_the_sample_has_one_dark_lesion(bundle: OpenBundle, sample: Image) -> None:
    found = segment(sample, bundle)
    assert found.mask.shape == sample.pixels.shape
    assert found.probability.shape == sample.pixels.shape
    assert 0.01 < found.mask.mean() < 0.4
    assert sample.pixels[found.mask].mean() < sample.pixels[~found.mask].mean()
    assert found.presence is not None and found.presence > 0.5
    assert found.confidence is not None and 0.5 < found.confidence <= 1.0
    assert found.bundle_sha256 == bundle.bundle.sha256


def test_a_stretched_picture_is_outlined_at_the_same_place(bundle: OpenBundle, sample: Image) -> None:
    twice = replace(sample, pixels=np.kron(sample.pixels, np.ones((2, 2), dtype=sample.pixels.dtype)), spacing=None)
    small, large = segment(sample, bundle).mask, segment(twice, bundle).mask
    shrunk = large[::2, ::2]
    assert 2 * (small & shrunk).sum() / (small.sum() + shrunk.sum()) > 0.95


def test_an_image_without_any_structure_has_no_lesion(bundle: OpenBundle) -> None:
    found = segment(Image(np.full((300, 400), 90.0)), bundle)
    assert not found.mask.any()
    assert found.confidence is not None and found.confidence > 0.5


def test_a_volume_is_refused(bundle: OpenBundle) -> None:
    with pytest.raises(StudyError, match="single 2-D images"):
        segment(Image(np.zeros((4, 64, 64))), bundle)
